//! What a base image has: programs and libraries of a root that debootstrap made.

use super::{starts, today};
use crate::run::{Done, root};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

const FOLDERS: [&str; 11] = [
    "bin",
    "sbin",
    "usr/bin",
    "usr/sbin",
    "lib/x86_64-linux-gnu",
    "usr/lib/x86_64-linux-gnu",
    "lib",
    "lib64",
    "usr/lib",
    "usr/lib64",
    "etc/alternatives",
];

/// Writes `core/data/rootfs/NAME.txt`: a line for each folder, `FOLDER NAME… LINK->TARGET…` (`FOLDER +` where
/// nothing is told of what it holds), and one for each way
/// in which files start, `=WAY NAME:BYTES…`.
pub(super) fn write(name: &str, place: &Path) -> Done {
    let mut text =
        format!("# source: {name} as debootstrap --variant=minbase --include=adduser makes it, {}\n", today());
    let stageplay = starts::program()?;
    let mut ways = starts::Starts::new();
    for folder in FOLDERS {
        let at = place.join(folder);
        // /bin, /sbin and /lib may be links into /usr.
        let is_own = !place.join(folder.split('/').next().unwrap_or(folder)).is_symlink();
        let Some(entries) = fs::read_dir(&at).ok().filter(|_| is_own) else { continue };
        let (mut words, mut others): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let is_no_library = folder.contains("lib") && !name.contains(".so");
            // Other folders are there, and not told.
            if entry.path().is_dir() && !entry.path().is_symlink() {
                let inner = format!("{folder}/{name}");
                if !FOLDERS.contains(&inner.as_str()) {
                    others.push(inner);
                }
                continue;
            }
            if entry.path().is_dir() || is_no_library || name.contains(' ') {
                continue;
            }
            // Manual pages have alternatives, too.
            let target = fs::read_link(entry.path()).ok();
            let is_program = |target: &PathBuf| target.parent().is_some_and(|folder| folder.ends_with("bin"));
            if folder == "etc/alternatives" && !target.as_ref().is_some_and(is_program) {
                continue;
            }
            if let Some(way) = starts::start(&entry.path(), &stageplay) {
                ways.entry(way).or_default().insert(starts::sized(&name, &entry.path()));
            }
            words.push(match target {
                Some(target) => format!("{name}->{}", target.display()),
                None => name,
            });
        }
        words.sort();
        others.sort();
        let _ = writeln!(text, "{}", format!("/{folder} {}", words.join(" ")).trim_end());
        others.iter().for_each(|other| {
            let _ = writeln!(text, "/{other} +");
        });
    }
    for (way, names) in &ways {
        let _ = writeln!(text, "={way} {}", names.iter().map(String::as_str).collect::<Vec<_>>().join(" "));
    }
    let file = root().join(format!("core/data/rootfs/{name}.txt"));
    fs::write(&file, text).map_err(|error| format!("{}: {error}", file.display()))
}
