//! `cargo xtask official`: renews the histories of official images in `core/data/official`.

use crate::run::{Done, command, root, run};

const USAGE: &str = "usage: cargo xtask official DIR   DIR holds official/FAMILY.json.gz and image-sizes-*.jsonl";

/// Packs the histories of a folder.
pub(crate) fn official(words: &[&str]) -> Done {
    let [directory] = words else { return Err(USAGE.into()) };
    let source = std::path::absolute(directory).map_err(|error| error.to_string())?;
    let script = root().join("xtask/src/official/pack.py");
    run(command("python3").arg(script).arg(source).args(["core/data/images.jsonl", "core/data/official"]))
}
