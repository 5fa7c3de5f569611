//! The sizes of the packages that the other tables leave out.

use super::debian;
use crate::run::{Done, command, root, run};
use std::fs;

/// Writes `core/data/packages/debian-sizes.tsv` from the index of Debian 12.
pub(super) fn write() -> Done {
    let index = debian::fetch("bookworm", false)?;
    let place = root().join("target/packages/Packages");
    fs::write(&place, index.packages).map_err(|error| format!("{}: {error}", place.display()))?;
    run(command("python3").arg(root().join("xtask/src/packages/debian_sizes.py")).arg(place))
}
