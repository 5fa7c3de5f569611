//! What a base image has: programs and libraries of a root that debootstrap made.

use super::today;
use crate::run::{Done, root};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const FOLDERS: [&str; 8] = [
    "bin",
    "sbin",
    "usr/bin",
    "usr/sbin",
    "lib/x86_64-linux-gnu",
    "usr/lib/x86_64-linux-gnu",
    "lib64",
    "etc/alternatives",
];

/// Writes `core/data/rootfs/NAME.txt`: a line for each folder, `FOLDER NAME… LINK->TARGET…`.
pub(super) fn write(name: &str, place: &Path) -> Done {
    let mut text = format!("# source: {name} as debootstrap --variant=minbase makes it, {}\n", today());
    for folder in FOLDERS {
        let at = place.join(folder);
        // /bin, /sbin and /lib may be links into /usr.
        let is_own = !place.join(folder.split('/').next().unwrap_or(folder)).is_symlink();
        let Some(entries) = fs::read_dir(&at).ok().filter(|_| is_own) else { continue };
        let mut words: Vec<String> = Vec::new();
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_no_library = folder.contains("lib") && !name.contains(".so");
            if entry.path().is_dir() || is_no_library || name.contains(' ') {
                continue;
            }
            // Manual pages have alternatives, too.
            let target = fs::read_link(entry.path()).ok();
            let is_program = |target: &PathBuf| target.parent().is_some_and(|folder| folder.ends_with("bin"));
            if folder == "etc/alternatives" && !target.as_ref().is_some_and(is_program) {
                continue;
            }
            words.push(match target {
                Some(target) => format!("{name}->{}", target.display()),
                None => name,
            });
        }
        words.sort();
        let _ = writeln!(text, "/{folder} {}", words.join(" "));
    }
    let file = root().join(format!("core/data/rootfs/{name}.txt"));
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
}
