//! The report of one ELF file: `stageplay elf`.

use crate::elf::{self, Elf, ElfError, FileKind};
use crate::fs::Content;
use serde::Serialize;

/// What an ELF file says of itself.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ElfReport {
    /// 32 or 64.
    pub class: u8,
    /// `little` or `big`.
    pub endian: &'static str,
    /// `EXEC`, `DYN`, `REL`, `CORE` or `OTHER`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `dynamic`, `static`, `static-pie`, `shared` (a library) or `none` (neither program nor library).
    pub linking: &'static str,
    /// The processor.
    pub machine: String,
    /// Address of the first instruction.
    pub entry: u64,
    /// Bytes of the file.
    pub size: u64,
    /// PT_INTERP.
    pub interpreter: Option<String>,
    /// DT_NEEDED, in order.
    pub needed: Vec<String>,
    /// DT_SONAME.
    pub soname: Option<String>,
    /// DT_RPATH, its directories.
    pub rpath: Vec<String>,
    /// DT_RUNPATH, its directories.
    pub runpath: Vec<String>,
    /// `BIND_NOW`, `NODEFLIB`, `PIE`, `TEXTREL`, `RELR`.
    pub flags: Vec<&'static str>,
    /// Versions needed, by library.
    pub versions_needed: Vec<VersionsReport>,
    /// Versions defined.
    pub versions_defined: Vec<String>,
    /// Symbols that others must define and that are not weak, with their versions.
    pub undefined_symbols: Vec<String>,
    /// NT_GNU_BUILD_ID.
    pub build_id: Option<String>,
    /// The oldest kernel that it accepts.
    pub oldest_kernel: Option<String>,
    /// What compilers left in `.comment`.
    pub comment: Vec<String>,
    /// What Go's linker left.
    pub go: Option<GoReport>,
    /// Whether the table of local symbols was taken out.
    pub stripped: bool,
    /// Whether there is debugging information.
    pub debug_info: bool,
    /// Tables that the headers name and that cannot be read.
    pub damaged: Option<String>,
}

/// Versions asked of a library.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VersionsReport {
    /// The library.
    pub library: String,
    /// Names of versions.
    pub versions: Vec<String>,
}

/// Go's build information.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GoReport {
    /// Such as `go1.22.1`.
    pub version: String,
    /// The main package.
    pub path: Option<String>,
    /// Build settings in order.
    pub settings: Vec<(String, String)>,
}

/// How the file is linked, in one word.
fn linking(elf: &Elf) -> &'static str {
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

impl ElfReport {
    /// Reads a file.
    ///
    /// # Errors
    /// It is no ELF file, or its headers are malformed.
    pub fn read(content: &Content) -> Result<Self, ElfError> {
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
            undefined_symbols: elf::undefined(content, &elf),
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
}
