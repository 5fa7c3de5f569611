# syntax=docker/dockerfile:1
# Stageplay itself, as a multi-stage build: everything that builds stays behind, one static program ships.
#   docker build -t stageplay . && docker run --rm -p 127.0.0.1:8080:8080 stageplay

FROM rust:1.98-alpine AS builder
# Alpine's Rust links programs statically with musl. Node makes the page's editor.
RUN apk add --no-cache musl-dev nodejs npm
WORKDIR /src
# The compiler that the project pins, in a layer of its own.
COPY rust-toolchain.toml ./
RUN rustup toolchain install
COPY . .
RUN --mount=type=cache,target=/usr/local/cargo/registry \
    --mount=type=cache,target=/src/target \
    cargo xtask dist \
 && cargo build --release --locked -p stageplay \
 && mkdir -p /out/tmp \
 && cp target/release/stageplay /out/stageplay

FROM scratch
COPY --from=builder /out/stageplay /stageplay
# The one folder that the server writes: contexts on their way, and its journal.
COPY --from=builder --chown=65532:65532 /out/tmp /tmp
USER 65532:65532
EXPOSE 8080
ENTRYPOINT ["/stageplay"]
CMD ["serve", "--listen", "0.0.0.0:8080", "--state", "/tmp", "--engine", "none"]
