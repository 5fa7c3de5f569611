// Runs before the page is shown, in its head: what the first paint depends on, and what the page's program asks of the browser
// beside what `web_sys` has. One script, because each costs a journey to the server.
import "./visit.mjs";
import "../browser/deflate.mjs";
import "../browser/dropped_files.mjs";
import "../browser/first_visit.mjs";
import "../browser/skip_link.mjs";
