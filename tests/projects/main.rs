//! Well-known example projects, each Dockerfile with its own folder as the context, built and started.
//!
//! The projects are not ours and not here: `STAGEPLAY_PROJECTS` names a folder that holds clones of docker/awesome-compose,
//! dockersamples/example-voting-app and astral-sh/uv-docker-example, each under its name or as `OWNER+NAME`. Without it the
//! test says that it was skipped. docs/simulated-failures.md explains the failures that are expected.

use serde_json::Value;
use stageplay_tests::{skipped, stageplay, stdout};
use std::path::{Path, PathBuf};

const COLLECTIONS: [&str; 3] = ["awesome-compose", "example-voting-app", "uv-docker-example"];

/// Starts that fail on a real engine, too: the path in the collection, the cause, and why.
const TRUE_FAILURES: [(&str, &str, &str); 2] = [
    (
        "wasmedge-mysql-nginx/backend/Dockerfile",
        "not-found",
        "runc looks for order_demo_service.wasm in PATH; only WasmEdge's runtime starts it",
    ),
    (
        "wasmedge-kafka-mysql/etl/Dockerfile",
        "not-found",
        "runc looks for kafka.wasm in PATH; only WasmEdge's runtime starts it",
    ),
];

/// Percent of the Dockerfiles that build to the end.
const BUILT: usize = 95;
/// Percent of the Dockerfiles whose start has a verdict.
const WITH_VERDICT: usize = 85;
/// Percent of the Dockerfiles whose size is known or modelled. The aim is 60.
const WITH_SIZE: usize = 20;

fn is_dockerfile(name: &str) -> bool {
    name == "Dockerfile" || name.starts_with("Dockerfile.") || name.to_lowercase().ends_with(".dockerfile")
}

fn find(folder: &Path, found: &mut Vec<PathBuf>) {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for entry in entries.map(|entry| entry.expect("an entry of a folder")) {
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        match entry.file_type() {
            Ok(kind) if kind.is_dir() && name != ".git" && name != "node_modules" => find(&path, found),
            Ok(kind) if kind.is_file() && is_dockerfile(&name) => found.push(path),
            _ => {}
        }
    }
}

fn dockerfiles() -> Vec<PathBuf> {
    let Some(folder) = std::env::var_os("STAGEPLAY_PROJECTS").map(PathBuf::from) else {
        skipped("STAGEPLAY_PROJECTS names no folder with example projects");
        return Vec::new();
    };
    let mut found = Vec::new();
    for name in COLLECTIONS {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        let is_it = |path: &PathBuf| {
            let own = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            own == name || own.ends_with(&format!("+{name}"))
        };
        let collection = entries.filter_map(|entry| Some(entry.ok()?.path())).find(is_it);
        find(&collection.unwrap_or_else(|| panic!("{} holds no {name}", folder.display())), &mut found);
    }
    found.sort();
    found
}

fn simulate(dockerfile: &Path) -> Value {
    let context = dockerfile.parent().expect("a file is in a folder");
    let words = ["build", "--run", "--format", "json", "-f"];
    let output = stageplay().args(words).arg(dockerfile).arg(context).output().expect("the program runs");
    serde_json::from_str(&stdout(&output)).unwrap_or_else(|error| panic!("{}: {error}", dockerfile.display()))
}

#[test]
fn example_projects_build_start_and_are_weighed_as_far_as_that_is_known() {
    let all = dockerfiles();
    let (mut built, mut with_verdict, mut with_size) = (0, 0, 0);
    let mut wrong = Vec::new();
    for path in &all {
        let report = simulate(path);
        let name = path.display();
        let error = &report["error"];
        if !error.is_null() {
            wrong.push(format!("{name}: {} {}", error["code"], error["message"]));
            continue;
        }
        built += 1;
        let run = &report["run"];
        let verdict = run["verdict"].as_str().unwrap_or("");
        with_verdict += usize::from(verdict != "unknown");
        let expected = TRUE_FAILURES.iter().find(|(end, ..)| path.ends_with(end));
        match (verdict, expected) {
            ("fails", Some((_, cause, _))) if run["cause"] == *cause => {}
            ("fails", _) => wrong.push(format!("{name}: {} {}", run["cause"], run["stderr"])),
            (_, Some((.., why))) => wrong.push(format!("{name}: does not fail, although {why}")),
            _ => {}
        }
        let size = &report["image"]["size"];
        match size["bytes"].is_u64() {
            true => with_size += 1,
            false if size["at_least"].is_u64() => {}
            false => wrong.push(format!("{name}: the size has no bound")),
        }
    }
    let count = all.len();
    eprintln!("{count} Dockerfiles: {built} build, {with_verdict} have a verdict, {with_size} a size");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for (number, percent, what) in
        [(built, BUILT, "build"), (with_verdict, WITH_VERDICT, "have a verdict"), (with_size, WITH_SIZE, "have a size")]
    {
        assert!(number * 100 >= count * percent, "{number} of {count} {what}: less than {percent} %");
    }
}
