//! `wasm-opt`: how strongly the programs of the page are optimised, and with which features.

use crate::run::{Done, command, run};
use std::fs;
use std::path::Path;

/// Optimises a program and its pieces, which stand in a folder.
pub(crate) fn optimise_all(folder: &Path) -> Done {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut programs = entries.flatten().map(|entry| entry.path());
    programs
        .by_ref()
        .filter(|path| path.extension().is_some_and(|extension| extension == "wasm"))
        .try_for_each(|path| optimise(&path))
}

/// `wasm-opt` with the features that Rust's target has.
fn optimise(program: &Path) -> Done {
    const FEATURES: [&str; 6] = [
        "--enable-bulk-memory",
        "--enable-sign-ext",
        "--enable-nontrapping-float-to-int",
        "--enable-reference-types",
        "--enable-multivalue",
        "--enable-mutable-globals",
    ];
    run(command("wasm-opt").arg("-O1").args(FEATURES).arg(program).arg("-o").arg(program))
}
