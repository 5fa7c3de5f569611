import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { pick } from "./quotes.js";

const app = new Hono();
app.get("/", (c) => c.text(pick()));

const server = serve({ fetch: app.fetch, port: 3000 }, () => console.log("listening on 3000"));
process.on("SIGTERM", () => server.close());
