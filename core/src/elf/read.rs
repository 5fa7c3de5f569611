//! Bytes to [`Elf`]. The only file that names goblin.

use super::{Elf, Machine, NeededVersions};
use goblin::elf::Elf as Goblin;
use std::fmt;

/// Name of the note in which a modelled compiler says what its program does.
pub(super) const NOTE_NAME: &str = "Stageplay";

/// Why bytes are not an ELF file that a loader can use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElfError {
    /// What is wrong, from the parser.
    pub reason: String,
}

impl fmt::Display for ElfError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not a usable ELF file: {}", self.reason)
    }
}

impl std::error::Error for ElfError {}

/// Whether the bytes start with ELF's magic number.
pub fn is_elf(bytes: &[u8]) -> bool {
    bytes.starts_with(b"\x7fELF")
}

/// Reads an ELF file, or the head of one that holds all its tables.
///
/// # Errors
/// [`ElfError`] when the bytes are no ELF file or its tables are malformed.
pub fn read(bytes: &[u8]) -> Result<Elf, ElfError> {
    if !is_elf(bytes) {
        return Err(ElfError { reason: "no ELF magic number".into() });
    }
    let file = Goblin::parse(bytes).map_err(|error| ElfError { reason: error.to_string() })?;
    let mut elf =
        Elf::new(Machine::from_number(file.header.e_machine), file.header.e_type == goblin::elf::header::ET_DYN);
    elf.is_64 = file.is_64;
    elf.interpreter = file.interpreter.map(str::to_string);
    elf.needed = file.libraries.iter().map(|name| name.to_string()).collect();
    elf.soname = file.soname.map(str::to_string);
    let split = |paths: &Vec<&str>| -> Vec<String> {
        paths.iter().flat_map(|list| list.split(':')).map(str::to_string).collect()
    };
    elf.rpath = split(&file.rpaths);
    elf.runpath = split(&file.runpaths);
    if let Some(section) = &file.verneed {
        for need in section.iter() {
            let library = file.dynstrtab.get_at(need.vn_file).unwrap_or("").to_string();
            let versions =
                need.iter().filter_map(|aux| file.dynstrtab.get_at(aux.vna_name)).map(str::to_string).collect();
            elf.needed_versions.push(NeededVersions { library, versions });
        }
    }
    if let Some(section) = &file.verdef {
        for definition in section.iter().filter(|definition| definition.vd_flags & 1 == 0) {
            let first = definition.iter().next();
            elf.defined_versions.extend(first.and_then(|aux| file.dynstrtab.get_at(aux.vda_name)).map(str::to_string));
        }
    }
    if let Some(notes) = file.iter_note_headers(bytes) {
        elf.behaviour = notes.filter_map(Result::ok).find(|note| note.name == NOTE_NAME).map(|note| note.desc.to_vec());
    }
    Ok(elf)
}
