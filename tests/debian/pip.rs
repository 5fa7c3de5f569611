//! `pip install` held against pip itself: the bytes that a virtual environment gains.
//!
//! The very versions of the table are installed, so that a newer release changes nothing. Needs python3 with
//! venv, and PyPI; says "skipped" without one of them.

use serde_json::Value;
use stageplay_core::packages::index::{Indexes, PackageTable};
use stageplay_tests::{bytes, folder, program, skipped, stageplay, write};

/// How far a modelled size may be from the real one.
const BOUND: f64 = 0.05;

const INSTALLS: [&str; 5] =
    ["flask gunicorn", "requests", "django psycopg2-binary", "fastapi uvicorn[standard]", "numpy"];

/// The versions of the table, as constraints: what is needed is pip's own choice.
fn constraints(table: &PackageTable) -> String {
    table.rows().filter(|row| row.bytes > 0).map(|row| format!("{}=={}\n", row.name, row.version)).collect()
}

#[test]
fn installations_weigh_what_pip_makes_them_weigh() {
    let dir = folder("pip-real");
    let version = program("python3").args(["-c", "import sys; print(sys.version_info[1])"]).output();
    if !version.is_ok_and(|output| output.stdout == b"11\n") {
        return skipped("no Python 3.11, for which the table was made");
    }
    let made = program("python3").args(["-m", "venv"]).arg(dir.join("venv")).output();
    if !made.is_ok_and(|output| output.status.success()) {
        return skipped("no python3 with venv");
    }
    let table = Indexes::builtin().table("pypi").expect("the table");
    write(&dir, &[("constraints.txt", &constraints(&table))]);
    let mut wrong = Vec::new();
    for names in INSTALLS {
        let place = dir.join(names.replace(' ', "-"));
        let mut pip = program(dir.join("venv/bin/pip"));
        pip.args(["--disable-pip-version-check", "-q", "install", "--only-binary=:all:", "-c"]);
        pip.arg(dir.join("constraints.txt")).arg("--target").arg(&place);
        let output = pip.args(names.split(' ')).output().expect("pip runs");
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
