// The tools for teachers: they write exercises and grade submissions, all in this browser. Loaded when somebody opens one.
import { adopt, h, icon } from "../exercises/dom.mjs";
import { translator } from "../exercises/words.mjs";
import { author } from "./author.mjs";
import { grade } from "./grade.mjs";
import css from "./teach.css";
import chinese from "./words/zh-CN.json";
import english from "./words/en.json";

adopt(css);

const TOOLS = { author, grade };

let opened = null;

/** Opens a tool over the page. `host`: the page's language, its exercises, and how to get its files and open a pack. */
function open(name, host) {
  opened?.close();
  const t = translator(host.language, { en: english, "zh-CN": chinese });
  const body = h("div.t-body");
  const close = () => element.close();
  const element = h("dialog.t-tool", { "aria-labelledby": "tool-title", id: `tool-${name}` },
    h("header", {}, h("h2", { id: "tool-title" }, t(`${name}.title`)),
      h("button.x-plain", { type: "button", id: "close-tool", "aria-label": t("close"), title: t("close"), onclick: close }, icon("close"))),
    body);
  const end = TOOLS[name]({ ...host, t, body, close });
  element.addEventListener("close", () => {
    end?.();
    element.remove();
    opened = null;
    if (location.hash === `#${name}`) history.replaceState(history.state, "", `${location.pathname}${location.search}`);
  });
  // A dialog over it closes by Escape alone.
  document.body.append(element);
  element.showModal();
  opened = element;
}

globalThis.StageplayTeach = { open };
