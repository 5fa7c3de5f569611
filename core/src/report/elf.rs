//! The report of one ELF file.

use crate::elf::{self, Elf, ElfError, FileKind};
use crate::fs::Content;
use stageplay_report::{ElfReport, GoReport, VersionsReport};

/// How the file is linked, in one word: `dynamic`, `static`, `static-pie`, `shared` or `none`.
pub fn linking(elf: &Elf) -> &'static str {
    match (elf.kind, &elf.interpreter) {
        (FileKind::Exec | FileKind::Dyn, Some(_)) if elf.soname.is_none() || elf.flags.pie => "dynamic",
        (FileKind::Exec, None) => "static",
        // A library can be executed too, if it has an interpreter: glibc's own.
        (FileKind::Dyn, Some(_)) => "shared",
        (FileKind::Dyn, None) if elf.flags.pie || (elf.soname.is_none() && elf.needed.is_empty() && elf.entry != 0) => {
            "static-pie"
        }
        (FileKind::Dyn, None) => "shared",
        _ => "none",
    }
}

/// Reads a file and reports what its headers say.
///
/// # Errors
/// It is no ELF file, or its headers are malformed.
pub fn elf_report(content: &Content) -> Result<ElfReport, ElfError> {
    let elf = elf::read(content)?;
    let details = elf::details(content);
    let flags = [
        (elf.flags.bind_now, "BIND_NOW"),
        (elf.flags.no_default_lib, "NODEFLIB"),
        (elf.flags.pie, "PIE"),
        (elf.flags.text_relocations, "TEXTREL"),
        (elf.flags.relr, "RELR"),
    ];
    Ok(ElfReport {
        class: if elf.is_64 { 64 } else { 32 },
        endian: if elf.big_endian { "big" } else { "little" },
        kind: match elf.kind {
            FileKind::Exec => "EXEC",
            FileKind::Dyn => "DYN",
            FileKind::Rel => "REL",
            FileKind::Core => "CORE",
            FileKind::Other(_) => "OTHER",
        },
        linking: linking(&elf),
        machine: elf.machine.name(),
        entry: elf.entry,
        size: content.len,
        flags: flags.into_iter().filter(|(set, _)| *set).map(|(_, name)| name).collect(),
        versions_needed: elf
            .needed_versions
            .iter()
            .map(|need| VersionsReport { library: need.library.clone(), versions: need.versions.clone() })
            .collect(),
        undefined_symbols: elf::undefined_symbols(content, &elf),
        interpreter: elf.interpreter,
        needed: elf.needed,
        soname: elf.soname,
        rpath: elf.rpath,
        runpath: elf.runpath,
        versions_defined: elf.defined_versions,
        build_id: details.build_id,
        oldest_kernel: details.oldest_kernel,
        comment: details.comments,
        go: details.go.map(|go| GoReport { version: go.version, path: go.path, settings: go.settings }),
        stripped: details.stripped,
        debug_info: details.debug_info,
        damaged: elf.damaged,
    })
}
