// The words of the opened panel.
import { languageOf } from "./words.mjs";

const WORDS = {
  en: {
    files: "Files", file: "{0}, editable", readonly: "{0}, read only", reset: "Reset", resetHint: "Back to the author's text",
    undo: "Undo reset", openIn: "Open in Stageplay", newTab: "opens in a new tab", results: "Result", start: "Start", stages: "Stages",
    layers: "Layers", terminal: "Terminal", compare: "Compare", running: "Simulating …", loading: "Loading the simulator …",
    retry: "Try again", why: "Why", needs: "needs", has: "the image has", nothing: "nothing of the kind", steps: "Step by step",
    output: "Output", fixes: "What helps", apply: "Apply", provedSize: "starts, {0}", failedStep: "The command printed",
    line: "line {0}", base: "base: {0}", notBuilt: "not built", target: "result", fromStage: "from {0}: {1}", stage: "stage {0}",
    fromBase: "Base image, {0} layers", fromBaseOne: "Base image, one layer", layer: "Layer", size: "Size", made: "made by", total: "Image",
    legend: "≈ modelled · ≥ at least · ? not known · no sign: exact", noImage: "There is no image, because the build fails.",
    noRun: "The image is not started.", command: "Command", terminalHint: "A simulated host with Docker. The files are in its working directory.",
    before: "Original", now: "Your version", verdict: "Verdict", layerCount: "Layers", stageCount: "Stages built", cached: "Steps from the cache",
    same: "You have not changed anything yet.", comparing: "Comparing …", difference: "Difference", goals: "Goals", hiddenGoals: "Checked only when it is graded: {0} more", reached: "reached", missed: "not yet", notKnown: "not known",
    solved: "Solved", lowestFirst: "lowest first", warnings: "Notes", noStages: "The Dockerfile cannot be read.",
  },
  "zh-CN": {
    files: "文件", file: "{0}，可编辑", readonly: "{0}，只读", reset: "重置", resetHint: "恢复作者的原文",
    undo: "撤销重置", openIn: "在 Stageplay 中打开", newTab: "在新标签页中打开", results: "结果", start: "启动", stages: "阶段",
    layers: "层", terminal: "终端", compare: "对比", running: "正在模拟……", loading: "正在加载模拟器……",
    retry: "重试", why: "原因", needs: "需要", has: "镜像里有", nothing: "没有同类的东西", steps: "启动过程",
    output: "输出", fixes: "解决办法", apply: "应用", provedSize: "可以启动，{0}", failedStep: "命令的输出",
    line: "第 {0} 行", base: "基础镜像：{0}", notBuilt: "不构建", target: "最终镜像", fromStage: "来自 {0}：{1}", stage: "阶段 {0}",
    fromBase: "基础镜像的 {0} 层", fromBaseOne: "基础镜像，只有一层", layer: "层", size: "大小", made: "由何产生", total: "镜像",
    legend: "≈ 估算 · ≥ 至少 · ? 未知 · 无符号：精确值", noImage: "构建失败，没有镜像。",
    noRun: "没有启动镜像。", command: "命令", terminalHint: "一台装有 Docker 的模拟主机，文件就在它的工作目录里。",
    before: "原文", now: "你的版本", verdict: "结论", layerCount: "层数", stageCount: "构建的阶段", cached: "来自缓存的步骤",
    same: "你还没有改动任何内容。", comparing: "正在对比……", difference: "差异", goals: "目标", hiddenGoals: "另有 {0} 个目标在批改时才检查", reached: "已达成", missed: "尚未达成", notKnown: "未知",
    solved: "已完成", lowestFirst: "从底层开始", warnings: "提示", noStages: "无法读取这个 Dockerfile。",
  },
};

/** A function from an id and values to the words of a language. */
export const wordsOf = (language) => (id, ...values) =>
  (WORDS[languageOf(language)][id] ?? id).replace(/\{(\d)\}/g, (_, at) => values[Number(at)] ?? "");
