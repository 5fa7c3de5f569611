//! ELF files: reads what the kernel and the loaders need, and writes small ELF files.
//!
//! Reading is lazy: [`read`] reads headers and the dynamic section, [`Symbols`] the symbol tables, [`details`] build
//! information. Only the bytes that are needed are read, whatever the size of the file.

mod build_info;
mod byte_reader;
mod dynamic_symbols;
mod read;
mod relocations;
mod string_table;
mod symbol_versions;
mod table_region;
mod undefined_symbols;
mod write;

pub use build_info::{Details, GoBuild, details};
pub(crate) use dynamic_symbols::gnu_hash;
pub use dynamic_symbols::{Reference, Symbol, Symbols};
pub use read::{ElfError, is_elf, read};
pub(crate) use relocations::RelocationKind;
pub use relocations::Relocations;
pub use symbol_versions::Version;
pub use undefined_symbols::undefined_symbols;
pub use write::write;

/// An architecture, by ELF's `e_machine`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Machine {
    /// EM_X86_64, 62: `linux/amd64`.
    X86_64,
    /// EM_AARCH64, 183: `linux/arm64`.
    Aarch64,
    /// Another value of `e_machine`.
    Other(u16),
}

impl Machine {
    /// EM_386, 3: an x86-64 kernel also runs its programs.
    pub const I386: Machine = Machine::Other(3);

    /// From `e_machine`.
    pub fn from_number(number: u16) -> Self {
        match number {
            62 => Machine::X86_64,
            183 => Machine::Aarch64,
            other => Machine::Other(other),
        }
    }

    /// `e_machine`.
    pub fn number(self) -> u16 {
        match self {
            Machine::X86_64 => 62,
            Machine::Aarch64 => 183,
            Machine::Other(other) => other,
        }
    }

    /// The name that `file` prints.
    pub fn name(self) -> String {
        match self {
            Machine::X86_64 => "x86-64".into(),
            Machine::Aarch64 => "ARM aarch64".into(),
            Machine::Other(3) => "Intel 80386".into(),
            Machine::Other(40) => "ARM".into(),
            Machine::Other(21) => "64-bit PowerPC".into(),
            Machine::Other(22) => "IBM S/390".into(),
            Machine::Other(243) => "UCB RISC-V".into(),
            Machine::Other(258) => "LoongArch".into(),
            Machine::Other(number) => format!("machine {number:#x}"),
        }
    }
}

/// The type of a file: `e_type`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// ET_EXEC: a program with fixed addresses.
    Exec,
    /// ET_DYN: a shared object or a position-independent program.
    Dyn,
    /// ET_REL: input of a linker.
    Rel,
    /// ET_CORE: a memory dump.
    Core,
    /// Another value.
    Other(u16),
}

/// One PT_LOAD: a part of the file that is mapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are ELF's")]
pub struct Segment {
    pub offset: u64,
    pub vaddr: u64,
    pub filesz: u64,
    pub memsz: u64,
    pub writable: bool,
    pub executable: bool,
}

/// The versions that one needed library must define (one `Verneed` entry).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededVersions {
    /// The library, as in DT_NEEDED.
    pub library: String,
    /// Version names such as `GLIBC_2.34`, in the file's order.
    pub versions: Vec<String>,
    /// Those of them that may be missing (VER_FLG_WEAK).
    pub weak: Vec<String>,
}

impl NeededVersions {
    /// Versions none of which may be missing.
    pub fn strong(library: &str, versions: Vec<String>) -> Self {
        NeededVersions { library: library.to_string(), versions, weak: Vec::new() }
    }
}

/// Why a PT_INTERP is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BadInterpreter {
    /// It is empty, longer than a path may be, or does not end with NUL.
    Malformed,
    /// It lies outside of the file.
    Outside,
}

/// DT_FLAGS, DT_FLAGS_1 and the older entries for the same flags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags {
    /// DT_BIND_NOW, DF_BIND_NOW or DF_1_NOW: every symbol is looked up at the start.
    pub bind_now: bool,
    /// DF_1_NODEFLIB: default directories are not searched.
    pub no_default_lib: bool,
    /// DF_1_PIE: a position-independent program.
    pub pie: bool,
    /// DT_TEXTREL or DF_TEXTREL.
    pub text_relocations: bool,
    /// DT_RELR: compact relative relocations.
    pub relr: bool,
}

/// Addresses of the tables that DT_… entries name; 0 for a table that does not exist.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tables {
    pub(super) strings: u64,
    pub(super) strings_size: u64,
    pub(super) symbols: u64,
    pub(super) hash: u64,
    pub(super) gnu_hash: u64,
    pub(super) versym: u64,
    pub(super) verneed: u64,
    pub(super) verdef: u64,
    pub(super) rela: (u64, u64),
    pub(super) rela_relative: u64,
    pub(super) rel: (u64, u64),
    pub(super) rel_relative: u64,
    pub(super) plt: (u64, u64),
    pub(super) plt_is_rela: bool,
}

/// The headers and the dynamic section of an ELF file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elf {
    /// 64-bit (ELFCLASS64) or 32-bit.
    pub is_64: bool,
    /// Big-endian (ELFDATA2MSB).
    pub big_endian: bool,
    /// EI_OSABI: 0 System V, 3 GNU.
    pub os_abi: u8,
    /// The architecture.
    pub machine: Machine,
    /// `e_type`.
    pub kind: FileKind,
    /// `e_entry`.
    pub entry: u64,
    /// PT_INTERP: the loader that the kernel must start.
    pub interpreter: Option<String>,
    /// Why PT_INTERP cannot be used, though there is one.
    pub bad_interpreter: Option<BadInterpreter>,
    /// PT_LOAD, in order.
    pub segments: Vec<Segment>,
    /// Whether there is a PT_DYNAMIC.
    pub has_dynamic: bool,
    /// DT_NEEDED, in order.
    pub needed: Vec<String>,
    /// DT_SONAME.
    pub soname: Option<String>,
    /// DT_RPATH, split at colons.
    pub rpath: Vec<String>,
    /// DT_RUNPATH, split at colons.
    pub runpath: Vec<String>,
    /// DT_FLAGS and DT_FLAGS_1.
    pub flags: Flags,
    /// Symbol versions needed, by library (`.gnu.version_r`).
    pub needed_versions: Vec<NeededVersions>,
    /// Symbol versions defined (`.gnu.version_d`), the base version left out.
    pub defined_versions: Vec<String>,
    /// The content of a `Stageplay` note: the behaviour of a modelled program, as JSON.
    pub behaviour: Option<Vec<u8>>,
    /// A modelled program that may as well be linked statically: whether it has the code that needs libraries depends on
    /// sources that are not at hand. The type of the `Stageplay` note says so.
    pub linking_assumed: bool,
    /// Why a table that the headers name cannot be read.
    pub damaged: Option<String>,
    pub(crate) tables: Tables,
}

impl Elf {
    /// Sets DT_NEEDED, the needed versions of each library, and DT_RUNPATH.
    pub fn need(&mut self, needed: &[(&str, Vec<String>)], runpath: &str) {
        self.has_dynamic = true;
        self.runpath = runpath.split(':').filter(|path| !path.is_empty()).map(str::to_string).collect();
        for (library, versions) in needed {
            self.needed.push((*library).to_string());
            if !versions.is_empty() {
                self.needed_versions.push(NeededVersions::strong(library, versions.clone()));
            }
        }
    }

    /// A 64-bit program or library with nothing else set.
    pub fn new(machine: Machine, is_dyn: bool) -> Self {
        Elf {
            is_64: true,
            big_endian: false,
            os_abi: 0,
            machine,
            kind: if is_dyn { FileKind::Dyn } else { FileKind::Exec },
            entry: 0,
            interpreter: None,
            bad_interpreter: None,
            segments: Vec::new(),
            has_dynamic: false,
            needed: Vec::new(),
            soname: None,
            rpath: Vec::new(),
            runpath: Vec::new(),
            flags: Flags::default(),
            needed_versions: Vec::new(),
            defined_versions: Vec::new(),
            behaviour: None,
            linking_assumed: false,
            damaged: None,
            tables: Tables::default(),
        }
    }

    /// A shared object or a position-independent program.
    pub fn is_dyn(&self) -> bool {
        self.kind == FileKind::Dyn
    }

    /// Whether the file has no PT_INTERP.
    pub fn is_static(&self) -> bool {
        self.interpreter.is_none()
    }

    /// Whether it has a symbol table. Files that a model writes have none.
    pub fn has_symbols(&self) -> bool {
        self.tables.symbols != 0 && (self.tables.hash != 0 || self.tables.gnu_hash != 0)
    }

    /// Whether it has a table of defined versions.
    pub(crate) fn has_version_table(&self) -> bool {
        self.tables.verdef != 0
    }

    /// The offset in the file of an address.
    pub(crate) fn offset_of(&self, address: u64) -> Option<u64> {
        self.segments
            .iter()
            .find(|segment| address.checked_sub(segment.vaddr).is_some_and(|at| at < segment.filesz))
            .and_then(|segment| segment.offset.checked_add(address - segment.vaddr))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Content;

    fn reread(elf: &Elf) -> Elf {
        let mut back = read(&Content::inline(write(elf))).unwrap();
        assert_eq!(back.damaged, None);
        // What only a file has.
        (back.tables, back.segments, back.entry) = (Tables::default(), Vec::new(), 0);
        back
    }

    #[test]
    fn what_is_written_is_read_back() {
        let mut elf = Elf::new(Machine::X86_64, false);
        elf.has_dynamic = true;
        elf.interpreter = Some("/lib64/ld-linux-x86-64.so.2".into());
        elf.needed = vec!["libpthread.so.0".into(), "libc.so.6".into()];
        elf.runpath = vec!["$ORIGIN/lib".into()];
        elf.needed_versions = vec![
            NeededVersions::strong("libpthread.so.0", vec!["GLIBC_2.2.5".into()]),
            NeededVersions::strong("libc.so.6", vec!["GLIBC_2.34".into(), "GLIBC_2.2.5".into()]),
        ];
        elf.behaviour = Some(b"{}".to_vec());
        assert_eq!(reread(&elf), elf);

        let mut library = Elf::new(Machine::Aarch64, true);
        library.has_dynamic = true;
        library.soname = Some("libc.so.6".into());
        library.defined_versions = vec!["GLIBC_2.17".into(), "GLIBC_2.38".into()];
        assert_eq!(reread(&library), library);
    }

    #[test]
    fn a_static_program_asks_for_nothing() {
        let back = reread(&Elf::new(Machine::X86_64, false));
        assert!(back.is_static() && back.needed.is_empty() && !back.has_dynamic);
    }

    #[test]
    fn damaged_files_are_refused_with_a_reason() {
        let mut library = Elf::new(Machine::X86_64, true);
        library.needed = vec!["libc.so.6".into()];
        library.defined_versions = vec!["A_1".into()];
        let bytes = write(&library);
        let try_all = |bytes: Vec<u8>| {
            let content = Content::inline(bytes);
            if let Ok(elf) = read(&content) {
                let symbols = Symbols::read(&content, &elf);
                let _ = symbols.find("printf").count();
                let _ = Relocations::read(&content, &elf);
            }
            let _ = details(&content);
        };
        for len in 0..bytes.len() {
            try_all(bytes[..len].to_vec());
        }
        assert!(read(&Content::inline(*b"\x7fELF")).is_err());
        assert!(read(&Content::inline(*b"#!/bin/sh")).is_err());
        for at in 0..bytes.len() {
            for flip in [0xff, 0x80, 0x01] {
                let mut damaged = bytes.clone();
                damaged[at] ^= flip;
                try_all(damaged);
            }
        }
    }
}
