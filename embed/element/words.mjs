// The words that an element shows before it is opened, in its languages.

const WORDS = {
  en: {
    try: "Try it",
    starts: "Builds and starts", fails: "Builds, but does not start", unknown: "Builds; whether it starts is not known",
    error: "The build fails", built: "It builds", problem: "Not simulated", label: "Container build, simulated by Stageplay",
  },
  "zh-CN": {
    try: "试一试",
    starts: "构建成功，可以启动", fails: "构建成功，但不能启动", unknown: "构建成功；能否启动未知",
    error: "构建失败", built: "构建成功", problem: "未能模拟", label: "由 Stageplay 模拟的容器构建",
  },
};

/** `en` or `zh-CN`, for a language tag. */
export const languageOf = (tag) => (/^zh\b/i.test(tag ?? "") ? "zh-CN" : "en");

/** The word of an id. */
export const say = (language, id) => WORDS[languageOf(language)][id] ?? id;
