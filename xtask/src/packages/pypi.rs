//! Python's packages: each is installed once by pip and measured.

use super::{text, today};
use crate::run::{Done, command, root, run};
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

/// Writes `core/data/packages/pypi.tsv`.
pub(super) fn write() -> Done {
    let place = root().join("core/data/packages");
    let names = text(place.join("pypi-names.txt"))?;
    let names: String = names.lines().filter(|line| !line.starts_with('#')).map(|line| format!("{line}\n")).collect();
    let venv = root().join("target/packages/venv");
    run(command("python3").args(["-m", "venv"]).arg(&venv))?;
    let python = venv.join("bin/python");
    run(command(&venv.join("bin/pip").to_string_lossy()).args(["install", "-q", "uv"]))?;
    let script = root().join("xtask/src/packages/pypi.py");
    let mut child = command(&python.to_string_lossy())
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("{}: {error}", python.display()))?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(names.as_bytes()).map_err(|error| error.to_string())?;
    }
    let output = child.wait_with_output().map_err(|error| error.to_string())?;
    if !output.status.success() || output.stdout.is_empty() {
        return Err("pip measured nothing".into());
    }
    let version = crate::run::output(command(&python.to_string_lossy()).arg("--version")).unwrap_or_default();
    let table = format!(
        "# pypi: name, version, bytes without compiled modules, needs, -, programs, bytes of the wheel, -, bytes of compiled modules.\n\
         # source: PyPI, unpacked for {} on Linux x86-64 and compiled by it, {}; the names of pypi-names.txt and all that they need.\n{}",
        version.trim().replace("Python", "CPython"),
        today(),
        String::from_utf8_lossy(&output.stdout)
    );
    let file = place.join("pypi.tsv");
    fs::write(&file, table).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{}: {} packages", file.display(), output.stdout.iter().filter(|byte| **byte == b'\n').count());
    Ok(())
}
