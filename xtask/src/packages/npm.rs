//! npm's packages: each is installed once, for glibc and for musl, and measured.

use super::{text, today};
use crate::run::{Done, command, output, root};
use std::fs;
use std::io::Write as _;
use std::process::Stdio;

/// Writes `core/data/packages/npm.tsv`.
pub(super) fn write() -> Done {
    let place = root().join("core/data/packages");
    let names = text(place.join("npm-names.txt"))?;
    let script = root().join("xtask/src/packages/npm.mjs");
    let mut child = command("node")
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("node: {error}"))?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(names.as_bytes()).map_err(|error| error.to_string())?;
    }
    let done = child.wait_with_output().map_err(|error| error.to_string())?;
    if !done.status.success() || done.stdout.is_empty() {
        return Err("npm measured nothing".into());
    }
    let version = output(command("npm").arg("--version")).unwrap_or_default();
    let table = format!(
        "# npm: name, version, bytes that npm leaves, needs, needs of one C library, programs, bytes of the archive, notes.\n\
         # source: the npm registry, unpacked by npm {} on Linux x86-64, {}; the names of npm-names.txt and all that they need.\n{}",
        version.trim(),
        today(),
        String::from_utf8_lossy(&done.stdout)
    );
    let file = place.join("npm.tsv");
    fs::write(&file, table).map_err(|error| format!("{}: {error}", file.display()))?;
    println!("{}: {} packages", file.display(), done.stdout.iter().filter(|byte| **byte == b'\n').count());
    Ok(())
}
