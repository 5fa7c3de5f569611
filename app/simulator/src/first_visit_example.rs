//! The files of the first visit: a build whose program does not start and can be fixed.

use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::{Content, Tree};
use stageplay_core::workspace::of_context;
use stageplay_protocol::Workspace;

const FILES: [(&str, &str); 2] = [
    (
        "/Dockerfile",
        "FROM golang:latest AS builder\nWORKDIR /src\nCOPY main.go .\nRUN go build -o server main.go\n\nFROM alpine:latest\nCOPY --from=builder /src/server /server\nENTRYPOINT [\"/server\"]\n",
    ),
    (
        "/main.go",
        "package main\n\nimport (\n\t\"fmt\"\n\t\"log\"\n\t\"net/http\"\n)\n\nfunc main() {\n\tfmt.Println(\"listening on :1111\")\n\tlog.Fatal(http.ListenAndServe(\":1111\", nil))\n}\n",
    ),
];

/// The engine of the first visit.
pub(crate) const ENGINE: &str = "docker-28";

/// The workspace of the first visit.
pub fn example_workspace() -> Workspace {
    let mut context = Tree::new();
    for (path, text) in FILES {
        let _ = context.write(path, Content::inline(text.as_bytes()), 0o644, 0, 0);
    }
    let builder = EngineProfile::find(ENGINE).map_or("buildkit", |engine| engine.default_builder().as_str());
    of_context(&context, ENGINE, builder, "Dockerfile", None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_has_all_its_files() {
        assert_eq!(example_workspace().files.len(), FILES.len());
        assert!(stageplay_core::workspace::contents(&example_workspace()).is_ok());
    }
}
