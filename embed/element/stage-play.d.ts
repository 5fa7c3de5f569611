/** The custom element `<stage-play>`: docs/bloggers.md describes its attributes and events. */
import type { BuildReport } from "./report.js";

export type View = "editor" | "stages" | "layers" | "start" | "terminal" | "compare";
/** `error`: the build fails; `built`: the image is not started. */
export type Verdict = "error" | "starts" | "fails" | "unknown" | "built";
/** `worker`: the simulator cannot be loaded; `timeout`: no answer; `request`: an attribute or a file is wrong; `data`: a file of the simulator's data is not there. */
export type ErrorCode = "worker" | "timeout" | "request" | "data" | "error";

export interface ReadyDetail { version: string }
export interface ChangeDetail { files: Record<string, string>; file?: string; isOriginal: boolean }
export interface ResultDetail { report: BuildReport; verdict: Verdict; why: string | null; isOriginal: boolean }
export interface GoalDetail {
  name: string; message: string; observed: string; points: number;
  standing: "reached" | "missed" | "unknown"; isReached: boolean; isSolved: boolean;
}
export interface ErrorDetail { code: ErrorCode; message: string }

export interface StagePlayEvents {
  ready: CustomEvent<ReadyDetail>;
  change: CustomEvent<ChangeDetail>;
  result: CustomEvent<ResultDetail>;
  goal: CustomEvent<GoalDetail>;
  error: CustomEvent<ErrorDetail>;
}

export declare class StagePlay extends HTMLElement {
  /** Attributes as properties: null without the attribute. */
  view: string | null;
  lesson: string | null;
  engine: string | null;
  builder: string | null;
  date: string | null;
  target: string | null;
  theme: string | null;
  height: string | null;
  dockerfile: string | null;
  compare: string | null;
  site: string | null;
  loading: string | null;
  readonly: boolean;
  get language(): "en" | "zh-CN";
  set language(tag: string);
  /** The views that are shown. */
  get views(): View[];
  /** The files by path; what is set replaces all of them. */
  files: Record<string, string>;
  get report(): BuildReport | null;
  get verdict(): Verdict | null;
  /** Simulates. Rejects if the simulator cannot be loaded or the request is wrong. */
  run(): Promise<BuildReport>;
  /** Takes the author's own files again, and simulates them. */
  reset(): Promise<BuildReport>;
  /** Opens the panel, as the attribute `open` does from the start. */
  open(): Promise<void>;
  addEventListener<K extends keyof StagePlayEvents>(type: K, listener: (event: StagePlayEvents[K]) => void, options?: boolean | AddEventListenerOptions): void;
  addEventListener(type: string, listener: EventListenerOrEventListenerObject, options?: boolean | AddEventListenerOptions): void;
}

export declare const VERSION: string;

declare global {
  interface HTMLElementTagNameMap { "stage-play": StagePlay }
}
