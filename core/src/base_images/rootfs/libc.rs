//! The C library of a base image: loader, libraries and the symbol versions that they define.

use super::{RootfsBuilder, started_content};
use crate::elf::{self, Elf, Machine};
use crate::fs::{Content, path};

impl RootfsBuilder<'_> {
    /// A real ELF head of which the length in the image is not known.
    fn elf_content(elf: &Elf) -> Content {
        started_content("", elf::write(elf))
    }

    pub(super) fn libc(&mut self) {
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
}
