/** Stageplay's simulator of container builds. */
import type { BuildReport, Size } from "./report.js";

export type { BuildReport, Size } from "./report.js";
export type * from "./report.js";

/** A file of the build context: text, bytes, or either with the execute permission. */
export type FileContent = string | Uint8Array | { content: string | Uint8Array; executable?: boolean };
/** The build context by path, with `/` between folders and none at the start. */
export type Files = Record<string, FileContent>;

export interface Options {
  /** The Dockerfile's path in `files`; `Dockerfile` without it. */
  dockerfile?: string;
  /** An engine's id, such as `docker-20.10`; `docker-28` without it. See `Simulator.engines()`. */
  engine?: string;
  /** `classic` or `buildkit`; the engine's default without it. */
  builder?: "classic" | "buildkit";
  /** The day on which tags are looked up, `YYYY-MM-DD`; the day of the engine without it. */
  date?: string;
  /** `--target` */
  target?: string;
  /** `--build-arg`, by name */
  buildArgs?: Record<string, string>;
  /** Whether the image is started; true without it. */
  run?: boolean;
  /** Arguments for the image. */
  args?: string[];
  /** The language of messages: `en` or `zh-CN`. */
  language?: "en" | "zh-CN";
  /** Whether the report lists the entries of layers; true without it. */
  entries?: boolean;
  /** Whether files that the context lacks are assumed to exist; always if `files` holds nothing but Dockerfiles. */
  assumeContext?: boolean;
}

export interface StageGraph { target: number; arrows: { from: number; to: number; label: string; copies: boolean }[] }
export interface CauseDiagram { program: string; required: string[]; present: string[] }
export interface LayerRow {
  instruction: string;
  line: number | null;
  stage: number | null;
  base: string | null;
  size: Size;
  known_bytes: number;
  compressed: Size | null;
  reason: string | null;
  changes: [added: number, changed: number, removed: number];
  reclaimable: number;
}
export interface Details {
  report: BuildReport;
  /** A longer explanation of why the start fails. */
  why: string | null;
  /** The stages as a graph; null if the Dockerfile cannot be parsed. */
  graph: StageGraph | null;
  /** What the program requires, and what of it the image has. */
  diagram: CauseDiagram | null;
  /** The layers of the image, from the lowest; null without an image. */
  layers: LayerRow[] | null;
}
export interface Engine { id: string; version: string; builders: string[]; day: string }

export declare class Simulator {
  private constructor();
  static engines(): Engine[];
  simulate(files: Files, options?: Options): Promise<BuildReport>;
  details(files: Files, options?: Options): Promise<Details>;
}

/** Builds `files` and starts the image. Rejects if the options or the files are wrong; a build that fails resolves. */
export declare function simulate(files: Files, options?: Options): Promise<BuildReport>;
/** A simulator with data of its own. */
export declare function createSimulator(places?: { data?: string | URL; wasm?: BufferSource | WebAssembly.Module | URL }): Promise<Simulator>;
export declare const VERSION: string;
