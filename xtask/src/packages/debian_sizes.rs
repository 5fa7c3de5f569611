//! The sizes of the packages that the other tables leave out.

use super::{debian, today};
use crate::run::{Done, command, root, run};
use std::fs;

/// The tables, each with its release and the name of its suite.
const TABLES: [(&str, &str, &str); 3] =
    [("debian-11-sizes", "11", "bullseye"), ("debian-sizes", "12", "bookworm"), ("debian-13-sizes", "13", "trixie")];

/// Writes the tables of sizes of `core/data/packages` from the indexes of Debian 11, 12 and 13.
pub(super) fn write() -> Done {
    let place = root().join("target/packages/Packages");
    for (table, release, suite) in TABLES {
        let index = debian::fetch(suite, false)?;
        fs::write(&place, index.packages).map_err(|error| format!("{}: {error}", place.display()))?;
        let script = root().join("xtask/src/packages/debian_sizes.py");
        run(command("python3").arg(script).arg(release).arg(&place).args([table, &today()]))?;
    }
    Ok(())
}
