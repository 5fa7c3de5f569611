// Chromium for the tests of pages. CHROME is its path.
import { chromium } from "playwright-core";

export const launch = () => chromium.launch({
  executablePath: process.env.CHROME ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"],
});

/**
 * A page in a context of its own, which is put into `contexts`. An error on it, and a violation of its policy, is put
 * into `errors`. `timeout` is that of each action, in milliseconds.
 */
export async function watched_page(browser, options, timeout, contexts, errors) {
  const context = await browser.newContext(options);
  contexts.push(context);
  const page = await context.newPage();
  page.setDefaultTimeout(timeout);
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => {
    if (/Content.Security.Policy/i.test(message.text())) errors.push(message.text());
  });
  return page;
}
