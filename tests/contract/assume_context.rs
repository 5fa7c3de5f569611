//! `build --assume-context`, and what the report tells of each step.

use super::{folder, json, stageplay, write};

#[test]
fn files_that_the_context_lacks_are_assumed_and_listed() {
    let dir = folder("contract-assume");
    let text = "FROM node:24\nWORKDIR /app\nCOPY package.json ./\nRUN npm install\nCOPY . .\nCMD [\"node\", \"dist/server.js\"]\n";
    write(&dir, &[("Dockerfile", text)]);
    let (report, code) = json(&dir, &[]);
    assert_eq!((code, report["error"]["code"].as_str()), (1, Some("copy-not-found")));
    assert_eq!(report["assumed"], serde_json::json!([]));
    let (report, code) = json(&dir, &["--assume-context", "--run"]);
    assert_eq!((code, &report["error"]), (0, &serde_json::Value::Null), "{report}");
    let assumed = serde_json::json!([{ "path": "package.json", "line": 3 }, { "path": ".", "line": 5 }]);
    assert_eq!(report["assumed"], assumed);
    let size = &report["image"]["size"];
    let parts = size["estimated"].as_array().or(size["unknown"].as_array());
    assert!(parts.is_some_and(|parts| !parts.is_empty()), "{size}");
    assert_ne!(report["run"]["verdict"], "fails");
    let output = stageplay().args(["build", "--assume-context"]).arg(&dir).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("package.json (line 3)\n") && told.contains(". (line 5)\n"), "{told}");
}

#[test]
fn steps_tell_their_output_and_exit_code() {
    let dir = folder("contract-step-output");
    write(&dir, &[("Dockerfile", "FROM alpine\nRUN echo one; echo two >&2\nENV A=1\nRUN unknown-tool || exit 3\n")]);
    let (report, code) = json(&dir, &[]);
    assert_eq!((code, report["error"]["code"].as_str()), (1, Some("run-failed")));
    let told: Vec<_> = report["steps"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| (step["output"].as_str().unwrap(), step["exit_code"].as_i64(), step["failed"].as_bool().unwrap()))
        .collect();
    let message = "/bin/sh: unknown-tool: not found\n";
    assert_eq!(told, [("", None, false), ("one\ntwo\n", Some(0), false), ("", None, false), (message, Some(3), true)]);
}
