//! The logs that an installation with apt writes: /var/log/dpkg.log and /var/log/apt.
//!
//! Figures: means over installations on Debian 12 made by debootstrap (380 packages, 2026-11-26).

use crate::fs::Content;
use crate::packages::root_file::write_root_file;
use crate::shell::Shell;

/// The logs: the initial size, and the growth for each package, in bytes.
const LOGS: [(&str, u64, u64); 4] = [
    ("/var/log/dpkg.log", 0, 520),
    ("/var/log/apt/eipp.log.xz", 4_600, 34),
    ("/var/log/apt/history.log", 100, 45),
    ("/var/log/apt/term.log", 200, 150),
];

/// Adds the lines of an installation of `count` packages to each log.
pub(crate) fn write_logs(shell: &mut Shell, count: u64) {
    for (place, start, each) in LOGS {
        let before = shell.fs.stat("/", place).ok().and_then(|(_, node)| Some(node.content()?.len)).unwrap_or(start);
        let content = Content::modelled([], before.saturating_add(each * count), "logs: a mean a package");
        write_root_file(shell, place, content);
    }
}
