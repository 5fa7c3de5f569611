//! Builds the page: what trunk needs before, and trunk.

use crate::run::{Done, command, root, run, step};
use std::fs;
use std::path::Path;
use std::time::SystemTime;

/// The folders and files that the page is made from.
const INPUTS: [&str; 8] =
    ["app", "core", "www", "Cargo.toml", "Cargo.lock", "Trunk.toml", "package-lock.json", "rust-toolchain.toml"];

/// The newest change below a path; `www/generated` is made from the rest.
fn newest(path: &Path) -> Option<SystemTime> {
    if path.ends_with("www/generated") {
        return None;
    }
    let meta = fs::metadata(path).ok()?;
    if meta.is_file() {
        return meta.modified().ok();
    }
    let entries = fs::read_dir(path).ok()?;
    entries.flatten().filter_map(|entry| newest(&entry.path())).max()
}

/// Whether `dist` is newer than everything it is made from.
pub(crate) fn is_fresh() -> bool {
    let made = fs::metadata(root().join("dist/.made")).and_then(|meta| meta.modified()).ok();
    let changed = INPUTS.iter().filter_map(|input| newest(&root().join(input))).max();
    matches!((made, changed), (Some(made), Some(changed)) if made >= changed)
}

/// Builds the page into `dist`, unless nothing changed.
pub(crate) fn build(force: bool) -> Done {
    if !force && is_fresh() {
        println!("==> the page is up to date");
        return Ok(());
    }
    step("build the page (the first time takes a minute or two)", || {
        run(command("trunk")
            .args(["build", "--release", "--offline", "--config", "Trunk.toml"])
            .env_remove("NO_COLOR"))?;
        fs::write(root().join("dist/.made"), "").map_err(|error| format!("cannot write dist/.made: {error}"))
    })
}

/// Compresses the page for the program that embeds it, once and as well as it goes. A page that is read from
/// its folder needs no such files: the server compresses it by itself, faster and less.
pub(crate) fn compress() -> Done {
    step("compress the page", || {
        let script = root().join("xtask/src/compress.mjs");
        run(command("node").arg(script).arg(root().join("dist")))
    })
}

/// Trunk's hook before the build: the editor's bundle.
pub(crate) fn inputs() -> Done {
    let out = root().join("www/generated/editor.js");
    let source = root().join("www/editor/editor.mjs");
    let made = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let lock = root().join("package-lock.json");
    let sources = newest(&root().join("www/editor"));
    if made(&out).is_some_and(|out| Some(out) >= sources && Some(out) >= made(&lock)) {
        return Ok(());
    }
    run(command("esbuild")
        .arg(&source)
        .args(["--bundle", "--minify", "--format=iife", "--log-level=warning"])
        .arg(format!("--outfile={}", out.display())))
}
