//! `pip install` held against pip itself: the bytes that a virtual environment gains.
//!
//! The very versions of the table are installed, so that a newer release changes nothing. Needs python3 with
//! venv, and PyPI; says "skipped" without one of them.

use serde_json::Value;
use stageplay_core::packages::{Indexes, Table};
use stageplay_tests::{folder, skipped, stageplay, write};
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

/// How far a modelled size may be from the real one.
const BOUND: f64 = 0.05;

const INSTALLS: [&str; 5] =
    ["flask gunicorn", "requests", "django psycopg2-binary", "fastapi uvicorn[standard]", "numpy"];

fn bytes(place: &Path) -> u64 {
    let entries = std::fs::read_dir(place).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(about) if about.is_dir() => bytes(&entry.path()),
            Ok(about) if about.is_file() => about.len(),
            _ => 0,
        })
        .sum()
}

/// All that a requirement needs, as `name==version`.
fn pinned(table: &Table, names: &str) -> Vec<String> {
    let mut open: Vec<String> = names.split(' ').map(str::to_string).collect();
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        let row = table.find(&name).unwrap_or_else(|| panic!("{name} is not in the table"));
        open.extend(row.depends().map(str::to_string));
        all.extend((row.bytes > 0).then(|| format!("{}=={}", row.name, row.version)));
    }
    all
}

#[test]
fn installations_weigh_what_pip_makes_them_weigh() {
    let dir = folder("pip-real");
    let made = Command::new("python3").args(["-m", "venv"]).arg(dir.join("venv")).output();
    if !made.is_ok_and(|output| output.status.success()) {
        return skipped("no python3 with venv");
    }
    let table = Indexes::builtin().table("pypi").expect("the table");
    let mut wrong = Vec::new();
    for names in INSTALLS {
        let place = dir.join(names.replace(' ', "-"));
        let mut pip = Command::new(dir.join("venv/bin/pip"));
        pip.args(["--disable-pip-version-check", "-q", "install", "--no-deps", "--only-binary=:all:", "--target"]);
        let output = pip.arg(&place).args(pinned(&table, names)).output().expect("pip runs");
        if !output.status.success() {
            return skipped(&format!("pip: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        let real = bytes(&place) as f64;
        let image = folder("pip-image");
        let install = format!("pip install --no-cache-dir {names}");
        write(&image, &[("Dockerfile", &format!("FROM python:3.11\nRUN {install}\n"))]);
        let output = stageplay().args(["build", "--format", "json"]).arg(&image).output().expect("stageplay runs");
        let report: Value = serde_json::from_slice(&output.stdout).expect("a report");
        let size = &report["steps"][1]["layer"]["size"];
        assert_eq!(size["honesty"], "modelled", "{names}: {}", report["warnings"]);
        let ours = size["bytes"].as_f64().expect("a size");
        let error = ours / real - 1.0;
        println!("  {real:12} {ours:12}  {:+5.1}%  {names}", error * 100.0);
        if error.abs() > BOUND {
            wrong.push(format!("{names}: {:+.1}%", error * 100.0));
        }
    }
    let _ = std::fs::remove_dir_all(&dir);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
