//! Simulates an example and compares the result with what is expected.

use super::description::{Expect, SizeBound};
use serde_json::Value;
use stageplay_tests::{stageplay, stdout};
use std::path::Path;

fn json(words: &[&str], path: &Path) -> Value {
    let output = stageplay().args(words).args(["--format", "json"]).arg(path).output().expect("the program runs");
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// All differences between the simulation of the project in `context` and what is expected.
pub(crate) fn faults(context: &Path, expect: &Expect) -> Vec<String> {
    let mut faults = differences(&json(&["build", "--run"], context), expect);
    for target in &expect.targets {
        let error = &json(&["build", "--target", target], context)["error"];
        if !error.is_null() {
            faults.push(format!("target {target}: {error}"));
        }
    }
    let lint = json(&["lint", "--stageplay"], &context.join("Dockerfile"));
    let mut findings: Vec<&str> = list(&lint["warnings"]).iter().filter_map(|one| one["rule"].as_str()).collect();
    findings.sort_unstable();
    findings.dedup();
    if findings != expect.findings || !lint["error"].is_null() {
        faults.push(format!("checks: {findings:?} instead of {:?}: {lint}", expect.findings));
    }
    for assumed in list(&lint["assumed"]) {
        faults.push(format!("checks assume {assumed}"));
    }
    faults
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// The differences between a report of `build --run` and what is expected.
fn differences(report: &Value, expect: &Expect) -> Vec<String> {
    let mut found = Vec::new();
    let mut differ = |what: &str, is: String, wanted: &dyn std::fmt::Debug| {
        found.push(format!("{what}: {is} instead of {wanted:?}"));
    };
    let build = report["error"]["code"].as_str().unwrap_or("ok");
    if build != expect.build {
        differ("build", report["error"].to_string(), &expect.build);
    }
    let start = &report["run"]["verdict"];
    if start.as_str() != Some(expect.start.as_str()) {
        differ("start", format!("{start} {}", report["run"]["stderr"]), &expect.start);
    }
    let stages = list(&report["stages"]).len();
    if stages != expect.stages {
        differ("stages", stages.to_string(), &expect.stages);
    }
    let size = &report["image"]["size"];
    let fits = match expect.size {
        SizeBound::Known { from, to } => size["bytes"].as_u64().is_some_and(|bytes| (from..=to).contains(&bytes)),
        SizeBound::AtLeast { at_least } => {
            size["bytes"].as_u64().or(size["at_least"].as_u64()).is_some_and(|bytes| bytes >= at_least)
        }
    };
    if !fits {
        differ("size", size.to_string(), &expect.size);
    }
    let hints = list(&report["run"]["hints"]);
    if !hints.is_empty() {
        differ("hints", Value::from(hints).to_string(), &"none");
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expected() -> Expect {
        let text = "build = \"ok\"\nstart = \"starts\"\nsize = { from = 10, to = 20 }\nstages = 2\n";
        toml::from_str(text).expect("an expectation")
    }

    fn report(bytes: Value, verdict: &str) -> Value {
        serde_json::json!({
            "error": null,
            "stages": [{}, {}],
            "image": {"size": {"bytes": bytes, "at_least": 15}},
            "run": {"verdict": verdict, "stderr": "", "hints": []},
        })
    }

    #[test]
    fn another_result_is_found() {
        assert_eq!(differences(&report(15.into(), "starts"), &expected()), Vec::<String>::new());
        assert_eq!(differences(&report(15.into(), "unknown"), &expected()).len(), 1);
        assert_eq!(differences(&report(21.into(), "fails"), &expected()).len(), 2);
        let bounded = |at_least| Expect { size: SizeBound::AtLeast { at_least }, ..expected() };
        assert_eq!(differences(&report(Value::Null, "starts"), &expected()).len(), 1, "a bound is no size");
        assert_eq!(differences(&report(Value::Null, "starts"), &bounded(15)).len(), 0);
        assert_eq!(differences(&report(Value::Null, "starts"), &bounded(16)).len(), 1);
        assert_eq!(differences(&report(30.into(), "starts"), &Expect { stages: 3, ..bounded(16) }).len(), 1);
    }
}
