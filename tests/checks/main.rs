//! The pages of `docs/checks` are tests: each example fires its check, and what to use instead does not.

use serde_json::Value;
use stageplay_core::advice::RULES;
use stageplay_tests::{folder, program, root, stageplay, write};
use std::path::Path;

/// The fenced blocks of a page: what stands behind the fence, and the text.
fn blocks(page: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        if let Some(info) = line.strip_prefix("```") {
            let text = lines.by_ref().take_while(|line| *line != "```").map(|line| format!("{line}\n")).collect();
            found.push((info.to_string(), text));
        }
    }
    found
}

fn lint(directory: &Path, more: &[&str]) -> Value {
    let file = directory.join("Dockerfile");
    let output = stageplay().args(["lint", "--stageplay", "--format", "json"]).args(more).arg(file).output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn codes(report: &Value) -> Vec<&str> {
    report["warnings"].as_array().unwrap().iter().map(|one| one["rule"].as_str().unwrap()).collect()
}

#[test]
fn every_check_has_a_page_whose_examples_are_true() {
    for rule in RULES {
        let path = root().join(format!("docs/checks/{}.md", rule.code));
        let page = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert!(
            page.starts_with(&format!("# {} {}\n\n{}.\n", rule.code, rule.name, rule.description)),
            "{}",
            rule.code
        );
        let blocks = blocks(&page);
        let one = |wanted: &str| {
            let found = blocks.iter().find(|(info, _)| info == wanted);
            found.unwrap_or_else(|| panic!("{}: no block {wanted}", rule.code)).1.clone()
        };
        for (name, fires) in [("dockerfile fires", true), ("dockerfile quiet", false)] {
            let directory = folder(&format!("checks-{}-{fires}", rule.code));
            let files = blocks.iter().filter_map(|(info, text)| Some((info.strip_prefix("file ")?, text.as_str())));
            write(&directory, &files.collect::<Vec<_>>());
            write(&directory, &[("Dockerfile", &one(name))]);
            let report = lint(&directory, &[]);
            assert_eq!(codes(&report).contains(&rule.code), fires, "{} {name}: {report}", rule.code);
            assert_eq!(report["assumed"], Value::Array(vec![]), "{} {name}", rule.code);
        }
    }
}

#[test]
fn without_the_flag_only_buildkits_checks_speak() {
    let directory = folder("checks-none");
    write(&directory, &[("Dockerfile", "FROM alpine\nCMD [\"true\"]\n")]);
    let output = stageplay().args(["lint", "--format", "json"]).arg(directory.join("Dockerfile")).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((codes(&report).len(), report.get("assumed")), (0, None));
}

#[test]
fn a_safe_fix_is_applied_and_leaves_nothing_to_apply() {
    let directory = folder("checks-fix");
    write(&directory, &[("tool", "x"), ("Dockerfile", "FROM alpine\nCOPY tool /t\nRUN chmod 700 /t\nUSER 1\n")]);
    let report = lint(&directory, &["--fix"]);
    assert!(codes(&report).is_empty(), "{report}");
    let text = std::fs::read_to_string(directory.join("Dockerfile")).unwrap();
    assert_eq!(text, "FROM alpine\nCOPY --chmod=700 tool /t\nUSER 1\n");
}

#[test]
fn costs_carry_their_honesty() {
    let directory = folder("checks-cost");
    write(&directory, &[("tool", "12345"), ("Dockerfile", "FROM alpine\nCOPY tool /t\nRUN chmod 700 /t\nUSER 1\n")]);
    let report = lint(&directory, &[]);
    let cost = &report["warnings"][0]["cost"];
    assert_eq!((&cost["bytes"], &cost["honesty"]), (&5.into(), &"exact".into()), "{report}");
}

fn git(directory: &Path, args: &[&str]) -> std::process::Output {
    let mut path = std::ffi::OsString::from(Path::new(stageplay().get_program()).parent().unwrap());
    path.push(":");
    path.push(std::env::var_os("PATH").unwrap_or_default());
    let mut git = program("git");
    git.current_dir(directory).args(["-c", "user.name=a", "-c", "user.email=a@example.org"]).args(args);
    // A repository of its own, whatever surrounds it.
    git.env("PATH", path).env_remove("GIT_DIR").env_remove("GIT_INDEX_FILE").output().unwrap()
}

#[test]
fn the_git_hook_stops_a_commit_with_findings_and_lets_others_pass() {
    let directory = folder("checks-hook");
    assert!(git(&directory, &["init", "--quiet"]).status.success());
    let hooks = directory.join(".git/hooks");
    std::fs::create_dir_all(&hooks).unwrap();
    std::fs::copy(root().join("docs/examples/pre-commit"), hooks.join("pre-commit")).unwrap();
    write(&directory, &[("app/Dockerfile", "FROM alpine as a\n")]);
    git(&directory, &["add", "."]);
    // Mended on disk, not in what is committed.
    write(&directory, &[("app/Dockerfile", "FROM alpine AS a\n")]);
    let refused = git(&directory, &["commit", "-m", "bad"]);
    let said = String::from_utf8_lossy(&refused.stderr) + String::from_utf8_lossy(&refused.stdout);
    assert!(!refused.status.success() && said.contains("app/Dockerfile:1: FromAsCasing"), "{said}");
    git(&directory, &["add", "."]);
    let taken = git(&directory, &["commit", "-m", "good"]);
    assert!(taken.status.success(), "{}", String::from_utf8_lossy(&taken.stderr));
}

#[test]
fn the_commands_of_the_ci_example_work_on_a_checkout() {
    let directory = folder("checks-ci");
    git(&directory, &["init", "--quiet"]);
    write(&directory, &[("Dockerfile", "FROM alpine as a\n"), ("sub/my.dockerfile", "FROM alpine\n")]);
    git(&directory, &["add", "."]);
    let example = std::fs::read_to_string(root().join("docs/examples/ci.yml")).unwrap();
    let command = example.lines().find_map(|line| line.trim().strip_prefix("run: git ")).unwrap();
    let script = directory.join("check.sh");
    std::fs::write(&script, format!("git {command}\n")).unwrap();
    let folder = Path::new(stageplay().get_program()).parent().unwrap().display().to_string();
    let path = format!("{folder}:{}", std::env::var("PATH").unwrap());
    let done = program("sh").arg(&script).current_dir(&directory).env("PATH", path).output().unwrap();
    assert!(!done.status.success(), "findings fail the job");
    let sarif: Value =
        serde_json::from_str(&std::fs::read_to_string(directory.join("stageplay.sarif")).unwrap()).unwrap();
    let results = sarif["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 1, "{sarif}");
    assert_eq!(results[0]["ruleId"], "FromAsCasing");
}
