import { serve } from "@hono/node-server";
import { Hono } from "hono";

const app = new Hono();
const notes = new Map();

app.get("/notes", (c) => c.json([...notes.values()]));
app.post("/notes", async (c) => {
  const note = { id: notes.size + 1, ...(await c.req.json()) };
  notes.set(note.id, note);
  return c.json(note, 201);
});

const server = serve({ fetch: app.fetch, port: 3000 }, ({ port }) => {
  console.log(`listening on ${port}`);
});

process.on("SIGTERM", () => server.close(() => process.exit(0)));
