//! The ELF file that Go links: its loader, its C library and the versions that it needs of it.

use super::cgo::LinkMode;
use super::measured_sizes::facts;
use crate::commands::c_library;
use crate::elf::{Elf, NeededVersions};
use crate::shell::Shell;
use crate::toolchains::c::library_search;

impl LinkMode {
    /// The program; `None` if it links libraries that are not known.
    pub(crate) fn program(&self, shell: &Shell) -> Option<Elf> {
        let mut program = Elf::new(self.machine, false);
        if !self.cgo || self.static_c {
            return Some(program);
        }
        if self.has_unknown_library {
            return None;
        }
        program.linking_assumed = self.is_assumed;
        program.needed.clone_from(&self.needed);
        if let Some(loader) = c_library::musl_loader(shell) {
            program.interpreter = Some(loader);
            program.needed.push(format!("libc.musl-{}.so.1", c_library::arch(self.machine)));
            return Some(program);
        }
        program.interpreter = Some(c_library::glibc_loader(self.machine).into());
        let Some(facts) = facts() else { return Some(program) };
        // Since glibc 2.34 the threads are in libc.so.6 itself.
        let merged = library_search::defines(shell, "GLIBC_2.34");
        let versions = if merged { &facts.glibc_versions_current } else { &facts.glibc_versions_before_2_34 };
        if !merged {
            program.needed.push("libpthread.so.0".into());
            program.needed_versions.push(NeededVersions::strong("libpthread.so.0", versions.clone()));
        }
        program.needed.push("libc.so.6".into());
        let of_libc = if merged { versions.clone() } else { vec!["GLIBC_2.2.5".into()] };
        program.needed_versions.push(NeededVersions::strong("libc.so.6", of_libc));
        Some(program)
    }
}
