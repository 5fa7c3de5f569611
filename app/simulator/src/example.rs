//! The files of the first visit: a build whose program does not start and can be fixed.

use stageplay_core::engine::EngineProfile;
use stageplay_core::fs::Content;
use stageplay_core::fs::Tree;
use stageplay_core::workspace::Workspace as Checked;
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
    plain(&Checked::of(&context, ENGINE, builder, "Dockerfile", None))
}

/// A workspace as plain data.
pub(crate) fn plain(workspace: &Checked) -> Workspace {
    // Both are the form of docs/formats/share-link.md; a test holds them against each other.
    serde_json::from_str(&workspace.to_json()).unwrap_or_else(|_| Workspace {
        version: workspace.version,
        engine: workspace.engine.clone(),
        builder: workspace.builder.clone(),
        as_of: None,
        dockerfile: workspace.dockerfile.clone(),
        files: Vec::new(),
        lesson: None,
        assume_context: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_workspace_has_one_form_on_both_sides() {
        let json = r#"{"version":1,"engine":"docker-28","builder":"classic","as_of":"2018-01-08","dockerfile":"D","files":[{"path":"D","mode":420,"text":"FROM a\n"},{"path":"app","mode":493,"binary":{"head":"f0VMRg","len":70,"basis":"b"}}],"lesson":"then/1","assume_context":true}"#;
        let checked = Checked::from_json(json).unwrap();
        let shared = plain(&checked);
        assert_eq!((shared.to_json().as_str(), checked.to_json().as_str()), (json, json));
        assert!(shared.as_of.as_deref() == Some("2018-01-08"));
        assert_eq!(example_workspace().files.len(), FILES.len());
    }
}
