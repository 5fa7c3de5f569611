// The pages and files that the tests of embeds share.

export const GO = `FROM golang AS build
WORKDIR /src
COPY main.go .
RUN go build -o /app main.go

FROM alpine
COPY --from=build /app /app
ENTRYPOINT ["/app"]
`;

export const MAIN = `package main

import "net/http"

func main() {
\thttp.ListenAndServe(":80", nil)
}
`;

export const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** An element with the program that does not start. `inside` is added to its content. */
export const element = (attributes = "", inside = "") =>
  `<stage-play ${attributes}>\n<pre data-file="Dockerfile">${escape(GO)}</pre>\n<pre data-file="main.go">${escape(MAIN)}</pre>\n${inside}</stage-play>`;

/** A post with a script of `folder` and something in its text. */
export const post = (folder, body, head = "") => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>A post</title>${head}
<script type="module" src="${folder}stage-play.mjs"></script></head>
<body><main><h1>A post</h1><p>Some words.</p>
${body}
<p id="after">And the text goes on.</p></main></body></html>`;

/** The recorded answer as `stageplay embed render` writes it. */
export const ANSWER = `<div class="stage-play-answer" data-stage-play-answer>
<p><strong>✗ Builds, but does not start</strong> · ≈ 17.1MB</p>
</div>
`;
