//! The file system of a base image, as far as the catalogue's facts tell it.
//!
//! What is listed exists; directories that hold more than is listed are marked partial, so that
//! nobody concludes from a missing entry that a file is missing.

use super::installed::Installed;
use crate::elf::{self, Elf, Machine, NeededVersions};
use crate::fs::{Content, Kind, Tree, path};
use crate::image::{BaseFacts, EntrypointScript};
use crate::packages::index;
use crate::packages::index::{Indexes, ProgramStart, Row};
use crate::packages::package_database::{APK_INSTALLED, DPKG_STATUS, Database};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

const UNKNOWN_SIZE: &str = "a file of the base image; the catalogue does not list its size";

/// What whole roots of a release hold; a line for each folder, `FOLDER NAME… LINK->TARGET…` (`FOLDER +` where
/// it is not told what it holds), and one for each way
/// in which files start, `=WAY NAME…` (see `packages::ProgramStart`).
const LISTINGS: [(&str, &str, &str); 4] = [
    ("alpine", "3", include_str!("../../data/rootfs/alpine-3.txt")),
    ("debian", "11", include_str!("../../data/rootfs/debian-11.txt")),
    ("debian", "12", include_str!("../../data/rootfs/debian-12.txt")),
    ("debian", "13", include_str!("../../data/rootfs/debian-13.txt")),
];

/// What `data/rootfs/rules.json` holds: names that whole families of images share.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct Rootfs {
    alpine_passwd: Vec<String>,
    alpine_group: Vec<String>,
    debian_passwd: Vec<String>,
    debian_group: Vec<String>,
    debian_commands: Vec<String>,
    busybox_applets: Vec<String>,
    rpm_commands: Vec<String>,
    compiler_commands: Vec<String>,
    glibc_versions: Vec<String>,
    glibc_libraries: Vec<String>,
    cc_libraries: Vec<String>,
    /// What the `#!` line of a script of `own` names, by the script's name.
    script_interpreters: BTreeMap<String, String>,
    /// By image: the programs of its own.
    own: BTreeMap<String, ImagePrograms>,
    #[serde(skip)]
    installed: Installed,
}

/// What an image brings beside its distribution's files.
#[derive(Debug, Deserialize)]
struct ImagePrograms {
    programs: Vec<String>,
    scripts: Vec<String>,
    links: BTreeMap<String, String>,
}

impl Rootfs {
    pub(crate) fn builtin() -> Self {
        let read: Self = serde_json::from_str(include_str!("../../data/rootfs/rules.json")).unwrap_or_default();
        Rootfs { installed: Installed::builtin(), ..read }
    }

    /// Makes the tree of one base image.
    pub(crate) fn tree(&self, facts: &BaseFacts, indexes: &Indexes) -> Tree {
        let mut maker = RootfsBuilder { tree: Tree::new(), facts, data: self, shared: None, heads: BTreeMap::new() };
        maker.directories();
        maker.identity();
        maker.libc();
        maker.listed();
        maker.packages(indexes);
        maker.commands();
        maker.toolchain();
        if let Some(directory) = &facts.config.workdir {
            maker.dir(directory, 0o755, false);
        }
        maker.tree.seal()
    }
}

struct RootfsBuilder<'a> {
    tree: Tree,
    facts: &'a BaseFacts,
    data: &'a Rootfs,
    /// The head of a program of this image of which nothing more is known.
    shared: Option<Arc<[u8]>>,
    /// The heads of programs by the way in which they start.
    heads: BTreeMap<String, Arc<[u8]>>,
}

impl RootfsBuilder<'_> {
    fn distro(&self) -> &str {
        self.facts.distro.get("id").map_or("", String::as_str)
    }

    /// Major and minor number: 3.9 is older than 3.17.
    fn release(&self) -> (u32, u32) {
        let version = self.facts.distro.get("version").map_or("", String::as_str);
        let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
        (parts.next().unwrap_or(0), parts.next().unwrap_or(0))
    }

    fn is_musl(&self) -> bool {
        self.facts.libc.flavor == "musl"
    }

    /// Distributions in which /bin, /sbin and /lib are links into /usr.
    fn merged_usr(&self) -> bool {
        match self.distro() {
            "alpine" | "busybox" | "scratch" => false,
            "debian" => self.release() >= (12, 0),
            "ubuntu" => self.release() >= (20, 4),
            _ => true,
        }
    }

    fn dir(&mut self, path: &str, mode: u32, partial: bool) {
        if let Ok(real) = self.tree.mkdir_all(path, 0o755, 0, 0) {
            let exists_partial =
                matches!(self.tree.get(&real).map(|node| &node.kind), Some(Kind::Dir { partial: true }));
            self.tree.put(&real, Kind::Dir { partial: partial || exists_partial }, mode, 0, 0);
        }
    }

    fn file(&mut self, path: &str, content: Content, mode: u32) {
        let directory = path::parent(path).to_string();
        if let Ok(real) = self.tree.mkdir_all(&directory, 0o755, 0, 0) {
            let place = path::join(&real, path::file_name(path));
            if self.tree.get(&place).is_none() {
                let _ = self.tree.write(&place, content, mode, 0, 0);
            }
        }
    }

    fn link(&mut self, target: &str, path: &str) {
        let directory = path::parent(path).to_string();
        if let Ok(real) = self.tree.mkdir_all(&directory, 0o755, 0, 0) {
            let _ = self.tree.symlink(target, &path::join(&real, path::file_name(path)), 0, 0);
        }
    }

    fn directories(&mut self) {
        let bare = self.facts.shell.is_none();
        for name in ["/usr", "/etc", "/var", "/usr/share", "/var/lib"] {
            self.dir(name, 0o755, true);
        }
        if self.merged_usr() {
            for name in ["bin", "sbin", "lib", "lib64"] {
                self.dir(&format!("/usr/{name}"), 0o755, true);
                self.link(&format!("usr/{name}"), &format!("/{name}"));
            }
        } else {
            for name in ["/bin", "/sbin", "/lib", "/usr/bin", "/usr/sbin", "/usr/lib"] {
                self.dir(name, 0o755, true);
            }
            if self.facts.libc.flavor == "glibc" {
                self.dir("/lib64", 0o755, false);
            }
        }
        for name in
            ["/usr/local", "/usr/local/bin", "/usr/local/lib", "/opt", "/home", "/srv", "/mnt", "/media", "/run"]
        {
            // Images built on a distribution put their own programs here.
            let own = self.distro() != self.facts.name && self.facts.name != "golang";
            self.dir(name, 0o755, own);
        }
        for name in ["/dev", "/proc", "/sys"] {
            self.dir(name, 0o755, false);
        }
        self.dir("/root", 0o700, false);
        self.dir("/tmp", 0o1777, false);
        self.dir("/var/tmp", 0o1777, false);
        if bare {
            self.dir("/home/nonroot", 0o755, false);
        }
        if self.distro() != self.facts.name && self.facts.name != "golang" {
            // An image with a program of its own may hold any directory at the top.
            self.dir("/", 0o755, true);
        }
    }

    fn identity(&mut self) {
        let version = self.facts.distro.get("version").cloned().unwrap_or_default();
        let release = format!("ID={}\nVERSION_ID=\"{version}\"\n", self.distro());
        self.file("/etc/os-release", Content::inline(release.into_bytes()), 0o644);
        let text = |lines: &[String]| lines.iter().map(|line| format!("{line}\n")).collect::<String>();
        let bare = self.facts.name.contains("distroless") || self.facts.name.contains("chainguard");
        let (mut passwd, mut group) = match self.distro() {
            _ if bare => (
                "root:x:0:0:root:/root:/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n"
                    .to_string(),
                "root:x:0:\nnobody:x:65534:\n".to_string(),
            ),
            "alpine" => (text(&self.data.alpine_passwd), text(&self.data.alpine_group)),
            // Ubuntu's differ from Debian's in nothing that these files are asked for.
            "debian" | "ubuntu" => (text(&self.data.debian_passwd), text(&self.data.debian_group)),
            _ => {
                let shell = if self.facts.bash { "/bin/bash" } else { "/bin/sh" };
                let passwd =
                    format!("root:x:0:0:root:/root:{shell}\nnobody:x:65534:65534:nobody:/nonexistent:/sbin/nologin\n");
                (passwd, "root:x:0:\nnobody:x:65534:\n".to_string())
            }
        };
        if bare {
            passwd.push_str("nonroot:x:65532:65532:nonroot:/home/nonroot:/sbin/nologin\n");
            group.push_str("nonroot:x:65532:\n");
        }
        if self.facts.name == "node" {
            passwd.push_str("node:x:1000:1000::/home/node:/bin/sh\n");
            group.push_str("node:x:1000:\n");
            self.dir("/home/node", 0o755, true);
        }
        if matches!(self.distro(), "debian" | "ubuntu") && !bare {
            self.skel();
        }
        self.file("/etc/passwd", Content::inline(passwd.into_bytes()), 0o644);
        self.file("/etc/group", Content::inline(group.into_bytes()), 0o644);
        if self.facts.ca_certificates == Some(true) {
            self.file("/etc/ssl/certs/ca-certificates.crt", Content::unknown(UNKNOWN_SIZE), 0o644);
        }
    }

    /// What a new home gets: the lengths are those of Debian 11, 12 and 13, and of Ubuntu 22.04 and 24.04.
    fn skel(&mut self) {
        let bashrc = if self.distro() == "ubuntu" { 3_771 } else { 3_526 };
        self.dir("/etc/skel", 0o755, false);
        for (name, bytes) in [(".bash_logout", 220), (".bashrc", bashrc), (".profile", 807)] {
            let content = Content::modelled([], bytes, "as long as in the distribution's release");
            self.file(&format!("/etc/skel/{name}"), content, 0o644);
        }
    }

    /// A real ELF head of which the length in the image is not known.
    fn elf_content(elf: &Elf) -> Content {
        Content::started(elf::write(elf), UNKNOWN_SIZE)
    }

    fn libc(&mut self) {
        let machine = Machine::X86_64;
        for loader in self.facts.interp.clone() {
            let mut library = Elf::new(machine, true);
            if self.is_musl() {
                // musl's loader is the C library itself.
                library.soname = Some("libc.musl-x86_64.so.1".into());
                self.file(&loader, Self::elf_content(&library), 0o755);
                self.link(path::file_name(&loader), "/lib/libc.musl-x86_64.so.1");
            } else {
                library.soname = Some(path::file_name(&loader).to_string());
                library.defined_versions = self.glibc_versions();
                self.file(&loader, Self::elf_content(&library), 0o755);
            }
        }
        if self.facts.libc.flavor != "glibc" || self.facts.interp.is_empty() {
            return;
        }
        let directory = match self.distro() {
            "debian" | "ubuntu" => "/lib/x86_64-linux-gnu",
            _ => "/usr/lib64",
        };
        self.dir(directory, 0o755, true);
        let bare = self.facts.shell.is_none();
        let mut names: Vec<&str> = self.data.glibc_libraries.iter().map(String::as_str).collect();
        if !bare || self.facts.name.contains("/cc-") {
            names.extend(self.data.cc_libraries.iter().map(String::as_str));
        }
        for name in names {
            let mut library = Elf::new(machine, true);
            library.soname = Some(name.to_string());
            if self.data.glibc_libraries.iter().any(|own| own == name) {
                library.defined_versions = self.glibc_versions();
            }
            self.file(&format!("{directory}/{name}"), Self::elf_content(&library), 0o755);
        }
    }

    /// The programs and libraries that the distribution's own image of this release has.
    fn listed(&mut self) {
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
    fn packages(&mut self, indexes: &Indexes) {
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

    /// The symbol versions that a glibc of this version defines on x86-64.
    fn glibc_versions(&self) -> Vec<String> {
        let own = self.facts.libc.version.as_deref().unwrap_or("");
        let minor =
            |version: &str| -> u32 { version.split('.').nth(1).and_then(|m| m.parse().ok()).unwrap_or(u32::MAX) };
        let limit = minor(own);
        self.data
            .glibc_versions
            .iter()
            .filter(|version| minor(version) <= limit)
            .map(|version| format!("GLIBC_{version}"))
            .collect()
    }

    fn program(&mut self, path: &str) {
        let head = match &self.shared {
            Some(head) => head.clone(),
            None => {
                let mut elf = Elf::new(Machine::X86_64, true);
                if let Some(loader) = self.facts.interp.first() {
                    let library = if self.is_musl() { "libc.musl-x86_64.so.1" } else { "libc.so.6" };
                    elf.interpreter = Some(loader.clone());
                    elf.needed = vec![library.to_string()];
                    if !self.is_musl() {
                        let versions = vec!["GLIBC_2.2.5".to_string()];
                        elf.needed_versions = vec![NeededVersions::strong(library, versions)];
                    }
                }
                let head: Arc<[u8]> = elf::write(&elf).into();
                self.shared = Some(head.clone());
                head
            }
        };
        let content = Content::started(head, UNKNOWN_SIZE);
        self.file(path, content, 0o755);
    }

    fn commands(&mut self) {
        let Some(shell) = self.facts.shell.clone() else {
            return;
        };
        let data = self.data;
        if shell.starts_with("busybox") {
            self.program("/bin/busybox");
            for name in &data.busybox_applets {
                let listed = ["/bin", "/sbin", "/usr/bin", "/usr/sbin"]
                    .iter()
                    .any(|folder| self.tree.get(&format!("{folder}/{name}")).is_some());
                if !listed {
                    self.link("/bin/busybox", &format!("/bin/{name}"));
                }
            }
            if self.facts.bash {
                self.program("/bin/bash");
            }
            if self.distro() == "alpine" {
                // Of musl-utils, which the minimal root file system has.
                for name in ["ldd", "getent", "iconv"] {
                    self.program(&format!("/usr/bin/{name}"));
                }
            }
        } else {
            let rpm = !matches!(self.distro(), "debian" | "ubuntu");
            let names = if rpm { &data.rpm_commands } else { &data.debian_commands };
            for name in names {
                let bin = [
                    "bash", "cat", "chgrp", "chmod", "chown", "cp", "date", "dash", "echo", "false", "grep", "gzip",
                    "ln", "ls", "mkdir", "mktemp", "mv", "pwd", "rm", "rmdir", "sed", "sleep", "tar", "touch", "true",
                    "uname", "which",
                ];
                let directory = if bin.contains(&name.as_str()) { "/bin" } else { "/usr/bin" };
                // A listing may have it among the administrator's.
                if self.tree.stat("/", &format!("/usr/sbin/{name}")).is_ok() {
                    continue;
                }
                self.program(&format!("{directory}/{name}"));
            }
            let target = match shell.as_str() {
                "bash" => "bash",
                _ => "dash",
            };
            self.link(target, "/bin/sh");
        }
        let manager = match self.facts.package_manager.as_deref() {
            Some("apt") => Some("/usr/bin/apt-get"),
            Some("apk") => Some("/sbin/apk"),
            Some("dnf") => Some("/usr/bin/dnf"),
            Some("microdnf") => Some("/usr/bin/microdnf"),
            _ => None,
        };
        if let Some(path) = manager {
            self.program(path);
        }
    }

    fn toolchain(&mut self) {
        let data = self.data;
        if let Some((script, path)) = EntrypointScript::of_base(self.facts) {
            self.file(&path, script.content(), 0o755);
        }
        if let Some(own) = data.own.get(&self.facts.name) {
            own.programs.iter().for_each(|path| self.program(path));
            for path in &own.scripts {
                let interpreter = data.script_interpreters.get(path::file_name(path));
                let head = interpreter.map(|interpreter| format!("#!{interpreter}\n")).unwrap_or_default();
                self.file(path, Content::started(head.into_bytes(), UNKNOWN_SIZE), 0o755);
            }
            own.links.iter().for_each(|(path, target)| self.link(target, path));
        }
        if self.facts.c_compiler == Some(true) {
            for name in &self.data.compiler_commands {
                self.program(&format!("/usr/bin/{name}"));
            }
        }
        if let Some(version) = self.facts.toolchain.get("go") {
            self.dir("/usr/local/go", 0o755, true);
            self.dir("/usr/local/go/bin", 0o755, false);
            self.file("/usr/local/go/VERSION", Content::inline(format!("go{version}\n").into_bytes()), 0o644);
            self.program("/usr/local/go/bin/go");
            self.program("/usr/local/go/bin/gofmt");
            for name in ["/go", "/go/src", "/go/bin"] {
                self.dir(name, 0o777, false);
            }
        }
    }
}

/// A file of which the beginning is a model, and the length as the release's root has it, if that is told.
fn weighed(head: Arc<[u8]>, bytes: Option<u64>) -> Content {
    match bytes.filter(|bytes| *bytes >= head.len() as u64) {
        Some(bytes) => Content::modelled(head, bytes, "as long as in debootstrap's root of this release"),
        None => Content::started(head, UNKNOWN_SIZE),
    }
}
