import ms from "ms";

const started = Date.now();

const timer = setInterval(() => console.log(`up for ${ms(Date.now() - started)}`), 10_000);
process.on("SIGTERM", () => clearInterval(timer));
