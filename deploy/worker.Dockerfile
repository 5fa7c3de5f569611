# A build worker: the program of this repository in BuildKit's image that needs no root.
#
#   docker build -t stageplay .
#   docker build -t stageplay-worker -f deploy/worker.Dockerfile deploy
FROM moby/buildkit:rootless
COPY --from=stageplay /stageplay /usr/bin/stageplay
ENTRYPOINT ["/usr/bin/stageplay", "build-worker"]
