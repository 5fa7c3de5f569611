// What people do with the page, each deed a test, a file for each part of the page. Runs in a real Chrome on the built
// page.
//   CHROME=/usr/bin/chromium STAGEPLAY_PAGE=http://127.0.0.1:8080/ node tests/browser/main.mjs [part or test …]
import { run } from "./runner.mjs";
import { tests as accessibility } from "./accessibility.mjs";
import { tests as command_palette } from "./command_palette.mjs";
import { tests as editor } from "./editor.mjs";
import { tests as first_load } from "./first_load.mjs";
import { tests as firefox } from "./firefox.mjs";
import { tests as exercises } from "./exercises.mjs";
import { tests as layers } from "./layers.mjs";
import { tests as layout } from "./layout.mjs";
import { tests as lessons } from "./lessons.mjs";
import { tests as lms } from "./lms.mjs";
import { tests as loading } from "./loading.mjs";
import { tests as memory } from "./memory.mjs";
import { tests as pieces } from "./pieces.mjs";
import { tests as real_builds } from "./real_builds.mjs";
import { tests as result } from "./result.mjs";
import { tests as simulator_pieces } from "./simulator_pieces.mjs";
import { tests as stages } from "./stages.mjs";
import { tests as start } from "./start.mjs";
import { tests as teaching } from "./teaching.mjs";
import { tests as terminal } from "./terminal.mjs";
import { tests as workspaces } from "./workspaces.mjs";

const parts = { loading, first_load, pieces, simulator_pieces, result, stages, layers, start, editor, command_palette, terminal, lessons, exercises, teaching, lms, workspaces, layout, memory, real_builds, accessibility, firefox };
process.exit((await run(parts, process.argv.slice(2))) ? 0 : 1);
