//! ELF files: what the kernel and the loader need to know of one, read from real bytes and
//! written as real bytes.

mod read;
mod write;

pub use read::{ElfError, is_elf, read};
pub use write::write;

/// The architectures that images are made for here, by ELF's `e_machine`.
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
            Machine::Other(number) => format!("machine {number:#x}"),
        }
    }
}

/// The versions that one needed library must define (one `Verneed` entry).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NeededVersions {
    /// The library, as in DT_NEEDED.
    pub library: String,
    /// Version names such as `GLIBC_2.34`, in the file's order.
    pub versions: Vec<String>,
}

/// What is known of one ELF file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Elf {
    /// 64-bit (ELFCLASS64) or 32-bit.
    pub is_64: bool,
    /// The architecture.
    pub machine: Machine,
    /// `e_type` is ET_DYN: a shared object or a position-independent program.
    pub is_dyn: bool,
    /// PT_INTERP: the loader that the kernel must start.
    pub interpreter: Option<String>,
    /// DT_NEEDED, in order.
    pub needed: Vec<String>,
    /// DT_SONAME.
    pub soname: Option<String>,
    /// DT_RPATH, split at colons.
    pub rpath: Vec<String>,
    /// DT_RUNPATH, split at colons.
    pub runpath: Vec<String>,
    /// Symbol versions needed, by library (`.gnu.version_r`).
    pub needed_versions: Vec<NeededVersions>,
    /// Symbol versions defined (`.gnu.version_d`), the base version left out.
    pub defined_versions: Vec<String>,
    /// The content of a `Stageplay` note: what the modelled program does, as JSON.
    pub behaviour: Option<Vec<u8>>,
}

impl Elf {
    /// A 64-bit program or library with nothing else set.
    pub fn new(machine: Machine, is_dyn: bool) -> Self {
        Elf {
            is_64: true,
            machine,
            is_dyn,
            interpreter: None,
            needed: Vec::new(),
            soname: None,
            rpath: Vec::new(),
            runpath: Vec::new(),
            needed_versions: Vec::new(),
            defined_versions: Vec::new(),
            behaviour: None,
        }
    }

    /// Whether no loader is asked for.
    pub fn is_static(&self) -> bool {
        self.interpreter.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read_back() {
        let mut elf = Elf::new(Machine::X86_64, false);
        elf.interpreter = Some("/lib64/ld-linux-x86-64.so.2".into());
        elf.needed = vec!["libpthread.so.0".into(), "libc.so.6".into()];
        elf.runpath = vec!["$ORIGIN/lib".into()];
        elf.needed_versions = vec![
            NeededVersions { library: "libpthread.so.0".into(), versions: vec!["GLIBC_2.2.5".into()] },
            NeededVersions { library: "libc.so.6".into(), versions: vec!["GLIBC_2.34".into(), "GLIBC_2.2.5".into()] },
        ];
        elf.behaviour = Some(b"{}".to_vec());
        assert_eq!(read(&write(&elf)).unwrap(), elf);

        let mut library = Elf::new(Machine::Aarch64, true);
        library.soname = Some("libc.so.6".into());
        library.defined_versions = vec!["GLIBC_2.17".into(), "GLIBC_2.38".into()];
        assert_eq!(read(&write(&library)).unwrap(), library);
    }

    #[test]
    fn a_static_program_asks_for_nothing() {
        let elf = Elf::new(Machine::X86_64, false);
        let back = read(&write(&elf)).unwrap();
        assert!(back.is_static() && back.needed.is_empty());
    }

    #[test]
    fn damaged_files_are_refused_with_a_reason() {
        let bytes = write(&Elf::new(Machine::X86_64, false));
        for len in 0..bytes.len() {
            let _ = read(&bytes[..len]);
        }
        assert!(read(b"\x7fELF").is_err());
        assert!(read(b"#!/bin/sh").is_err());
        for at in 0..bytes.len() {
            let mut damaged = bytes.clone();
            damaged[at] ^= 0xff;
            let _ = read(&damaged);
        }
    }
}
