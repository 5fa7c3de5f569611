// Runs the browser tests, each with a page of its own.
import assert from "node:assert/strict";
import { launch, watched_page } from "../chromium.mjs";
import { DESK, page_address } from "./page.mjs";

export const browser = await launch();

// The longest test takes a minute and a half on two processors.
const TEST_LIMIT_MS = 300_000;

/** Fails if `work` does not end in time: a page that hangs answers no script. */
async function in_time(work) {
  let timer;
  const late = new Promise((_, fail) => {
    timer = setTimeout(() => fail(new Error(`did not end within ${TEST_LIMIT_MS / 1000} s`)), TEST_LIMIT_MS);
  });
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * Runs one test. It gets `fresh(options, address, prepare)`, which opens a page in a context of its own, and, if it asks
 * for `page`, such a page at desktop size. An error on a page, or a violation of its policy, fails the test.
 */
async function run_one(test) {
  const contexts = [];
  const errors = [];
  const fresh = async (options, address = page_address, prepare = () => {}) => {
    const page = await watched_page(browser, options, 10_000, contexts, errors);
    await prepare(page);
    await page.goto(address);
    // Of another address only the frame is the page.
    if (address.startsWith(page_address)) await page.locator(".cm-line").first().waitFor({ state: "attached" });
    return page;
  };
  try {
    await in_time((async () => test({ page: test.length ? await fresh(DESK) : undefined, fresh }))());
    assert.deepEqual(errors, [], "errors on the page");
  } finally {
    for (const context of contexts) await context.close();
  }
}

/** Runs the tests of `parts`, by part and name, a failed one once more; only those that `only` names, by part or by test, unless it is empty. */
export async function run(parts, only) {
  let [passed, failed] = [0, 0];
  for (const [part, tests] of Object.entries(parts)) {
    for (const [name, test] of Object.entries(tests)) {
      if (only.length && !only.includes(name) && !only.includes(part)) continue;
      const start = Date.now();
      try {
        await run_one(test);
        passed += 1;
        console.log(`  ok      ${name} (${Date.now() - start} ms)`);
      } catch (error) {
        // On a busy machine a page may be late once.
        const again = await run_one(test).then(() => null, (error) => error);
        if (again) failed += 1;
        else passed += 1;
        console.log(again ? `  FAILED  ${name}\n${again.stack}` : `  second  ${name} passed at the second try; the first:\n${error.stack}`);
      }
    }
  }
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  return failed === 0;
}
