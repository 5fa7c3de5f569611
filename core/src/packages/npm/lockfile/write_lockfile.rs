//! The lock file that an installation writes: package-lock.json with its copy in `node_modules`, and how long
//! yarn.lock and pnpm-lock.yaml are.

use crate::fs::{Content, path};
use crate::packages::index::Row;
use crate::packages::npm::registry::{name_of, note};
use crate::shell::Shell;

/// The length of a lockfile in bytes, by the average length of an entry.
pub(crate) fn lockfile_bytes(tool: &str, packages: usize) -> u64 {
    let (head, entry) = if tool == "yarn" { (90, 316) } else { (300, 250) };
    head + entry * packages as u64
}

/// Writes package-lock.json if it is new, and its copy in `node_modules`.
pub(crate) fn write_package_lock(shell: &mut Shell, rows: &[(Row<'_>, String)], copies: bool, is_new: bool) {
    // The length of each archive's address. The table leaves it out, since npm was told to omit it during the
    // measurement.
    let address = |row: &Row<'_>| {
        let name = name_of(row.name);
        "      \"resolved\": \"https://registry.npmjs.org//-/-.tgz\",\n".len()
            + name.len()
            + path::file_name(name).len()
            + row.version.len()
    };
    let bytes = 83 + rows.iter().map(|(row, _)| note(row, "lock") + address(row) as u64).sum::<u64>();
    if is_new {
        write_file_of_size(shell, "package-lock.json", bytes, false);
    }
    if copies {
        write_file_of_size(shell, "node_modules/.package-lock.json", bytes, false);
    }
}

pub(crate) fn write_file_of_size(shell: &mut Shell, name: &str, bytes: u64, only_new: bool) {
    let place = path::join(&shell.cwd, name);
    if only_new && shell.fs.stat("/", &place).is_ok() {
        return;
    }
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
    let content = Content::modelled([], bytes, "the lines that a lock file has of each package");
    let _ = shell.fs.write(&place, content, mode, uid, gid);
}
