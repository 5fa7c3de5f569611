//! The files that the distribution's own image of a release has, and those of packages beside them.

use super::{RootfsBuilder, started_content};
use crate::elf::{self, Elf, Machine};
use crate::fs::{Content, Kind, path};
use crate::packages::index;
use crate::packages::index::{Indexes, ProgramStart, Row};
use crate::packages::package_database::{APK_INSTALLED, DPKG_STATUS, Database};
use std::collections::BTreeMap;
use std::sync::Arc;

/// What whole roots of a release hold; a line for each folder, `FOLDER NAME… LINK->TARGET…` (`FOLDER +` where
/// it is not told what it holds), and one for each way
/// in which files start, `=WAY NAME…` (see `packages::ProgramStart`).
const LISTINGS: [(&str, &str, &str); 4] = [
    ("alpine", "3", include_str!("../../../data/rootfs/alpine-3.txt")),
    ("debian", "11", include_str!("../../../data/rootfs/debian-11.txt")),
    ("debian", "12", include_str!("../../../data/rootfs/debian-12.txt")),
    ("debian", "13", include_str!("../../../data/rootfs/debian-13.txt")),
];

impl RootfsBuilder<'_> {
    /// The programs and libraries that the distribution's own image of this release has.
    pub(super) fn listed(&mut self) {
        let version = self.facts.distro.get("version").map_or("", String::as_str);
        let major = version.split('.').next().unwrap_or(version);
        let listing = LISTINGS.iter().find(|(id, of, _)| *id == self.distro() && *of == major);
        let Some((id, _, text)) = listing.filter(|_| self.facts.shell.is_some()) else { return };
        // Before OpenSSL 3 it had other libraries.
        let is_alpine = *id == "alpine";
        if is_alpine && self.release() < (3, 17) {
            return;
        }
        // Debian's sizes are debootstrap's own to 0.02 %: nothing else is in the image. In Alpine's are the
        // packages that its apk database names.
        let in_full = self.facts.name == self.distro() && (is_alpine || matches!(major, "12" | "13"));
        let ways: BTreeMap<&str, (&str, Option<u64>)> = text
            .lines()
            .filter_map(|line| line.strip_prefix('=')?.split_once(' '))
            .flat_map(|(way, names)| {
                names.split(' ').map(index::name_and_bytes).map(move |(name, size)| (name, (way, size)))
            })
            .collect();
        for line in text.lines().filter(|line| !line.starts_with(['#', '='])) {
            let mut words = line.split(' ');
            let folder = words.next().unwrap_or("/");
            if self.tree.resolve("/", folder, true).is_err() {
                self.dir(folder, 0o755, true);
            }
            let is_told = line != format!("{folder} +");
            // Files first: what a link leads to is there then.
            let (links, files): (Vec<&str>, Vec<&str>) =
                words.filter(|_| is_told).partition(|word| word.contains("->"));
            for word in files.into_iter().chain(links) {
                match word.split_once("->") {
                    Some((name, target)) => {
                        self.make_way(target, &format!("{folder}/{name}"));
                        self.link(target, &format!("{folder}/{name}"));
                    }
                    None if word.contains(".so") => self.library(&format!("{folder}/{word}"), ways.get(word).copied()),
                    None => match ways.get(word) {
                        Some((way, bytes)) => self.started(&format!("{folder}/{word}"), way, *bytes),
                        None => self.program(&format!("{folder}/{word}")),
                    },
                }
            }
            if in_full
                && is_told
                && (is_alpine || folder.starts_with("/usr"))
                && let Ok(place) = self.tree.resolve("/", folder, true)
            {
                self.tree.put(&place, Kind::Dir { partial: false }, 0o755, 0, 0);
            }
        }
    }

    /// The packages beside the distribution's own, and the package manager's list of all.
    pub(super) fn packages(&mut self, indexes: &Indexes) {
        let manager = match self.facts.package_manager.as_deref() {
            Some("apt") => &DPKG_STATUS,
            Some("apk") => &APK_INSTALLED,
            _ => return,
        };
        let Some((release, names)) = self.data.installed.of(self.facts, indexes) else { return };
        let rows: Vec<Row<'_>> = names.iter().filter_map(|name| Some(release.find(name)?.0)).collect();
        let further: Vec<Row<'_>> =
            rows.iter().filter(|row| !row.in_base).filter_map(|row| release.files(row.name)).collect();
        release.write_files(&mut self.tree, &further);
        self.file(manager.path, Database::of(rows.into_iter(), manager).content(), 0o644);
    }

    /// A library by its file's name: `libz.so.1.2.13` calls itself `libz.so.1`.
    fn library(&mut self, path: &str, way: Option<(&str, Option<u64>)>) {
        let mut library = Elf::new(Machine::X86_64, true);
        let name = path::file_name(path);
        let (stem, version) = name.split_once(".so.").unwrap_or((name, ""));
        let major = version.split('.').next().filter(|major| !major.is_empty());
        library.soname = Some(major.map_or_else(|| name.to_string(), |major| format!("{stem}.so.{major}")));
        if let Some(ProgramStart::Dynamic { needed, runpath }) = way.map(|(way, _)| ProgramStart::read(way)) {
            library.need(&needed, runpath);
        }
        let bytes = way.and_then(|(_, bytes)| bytes);
        self.file(path, weighed(elf::write(&library).into(), bytes), 0o644);
        self.weigh(path, bytes);
    }

    /// A file that stands where the release has a link, as the loader's path does, is what the link leads to.
    fn make_way(&mut self, target: &str, path: &str) {
        let place =
            self.tree.lstat("/", path).ok().filter(|(_, node)| node.content().is_some()).map(|(place, _)| place);
        let target = self.tree.resolve(path::parent(path), target, true).ok();
        let (Some(place), Some(target)) = (place, target) else { return };
        if self.tree.get(&target).is_none() {
            return;
        }
        // Of a library with a version the listing tells more.
        if path::file_name(&place) != path::file_name(&target) {
            let _ = self.tree.remove(&place);
            return;
        }
        let bytes = self.tree.get(&target).and_then(|node| node.content()).map(|content| content.len);
        let _ = self.tree.rename(&place, &target);
        self.weigh(&target, bytes);
    }

    /// Gives a file that was there already, as the C library's are, its length.
    fn weigh(&mut self, path: &str, bytes: Option<u64>) {
        let Ok((place, node)) = self.tree.stat("/", path) else { return };
        let head: Option<Arc<[u8]>> =
            node.content().filter(|content| !content.len_known).map(|content| content.head().into());
        let (mode, uid, gid) = (node.mode, node.uid, node.gid);
        if let Some(head) = head.filter(|_| bytes.is_some()) {
            let _ = self.tree.write(&place, weighed(head, bytes), mode, uid, gid);
        }
    }

    /// A program that starts in a way that is known.
    fn started(&mut self, path: &str, way: &str, bytes: Option<u64>) {
        let head = match self.heads.get(way) {
            Some(head) => head.clone(),
            None => {
                let head: Arc<[u8]> = match ProgramStart::read(way) {
                    ProgramStart::Script(interpreter) => format!("#!{interpreter}\n").into_bytes().into(),
                    ProgramStart::Static => elf::write(&Elf::new(Machine::X86_64, false)).into(),
                    ProgramStart::Dynamic { needed, runpath } => {
                        let mut program = Elf::new(Machine::X86_64, true);
                        program.interpreter = self.facts.interp.first().cloned();
                        program.need(&needed, runpath);
                        elf::write(&program).into()
                    }
                };
                self.heads.insert(way.to_string(), head.clone());
                head
            }
        };
        self.file(path, weighed(head, bytes), 0o755);
    }
}

/// A file of which the beginning is a model, and the length as the release's root has it, if that is told.
fn weighed(head: Arc<[u8]>, bytes: Option<u64>) -> Content {
    match bytes.filter(|bytes| *bytes >= head.len() as u64) {
        Some(bytes) => Content::modelled(head, bytes, "as long as in debootstrap's root of this release"),
        None => started_content("", head),
    }
}
