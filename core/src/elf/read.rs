//! Reads an [`Elf`] from bytes: headers, interpreter, dynamic section and symbol versions, nothing else.

use super::byte_reader::{Bytes, Reader, string};
use super::string_table::{MAX_STRING, Strings};
use super::symbol_versions::{defined_versions, needed_versions};
use super::{BadInterpreter, Elf, FileKind, Machine, Segment};
use crate::fs::Content;
use goblin::container::{Container, Ctx};
use goblin::elf::dynamic::{self, Dynamic};
use goblin::elf::header;
use goblin::elf::program_header::{self, ProgramHeader};
use std::fmt;

/// The name of the note in which a modelled compiler records the behaviour of its program.
pub(super) const NOTE_NAME: &str = "Stageplay";

/// The type of that note, and its type in a program of which the linking is assumed.
pub(super) const NOTE_OF_BEHAVIOUR: u32 = 1;
pub(super) const NOTE_OF_ASSUMED_LINKING: u32 = 2;
/// The most DT_NEEDED entries that are read.
const MAX_NEEDED: usize = 4096;
/// The largest dynamic section that is read, in bytes.
const MAX_DYNAMIC: u64 = 1 << 20;
/// Why bytes are not an ELF file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ElfError {
    /// The parser's reason.
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
    bytes.starts_with(header::ELFMAG)
}

/// Reads an ELF file's headers and its dynamic section.
///
/// A dynamic section that cannot be read is not an error, because the kernel does not read it; see [`Elf::damaged`].
///
/// # Errors
/// [`ElfError`] when the bytes are no ELF file or its headers are malformed.
pub fn read(content: &Content) -> Result<Elf, ElfError> {
    let reader = Reader::new(content);
    if !is_elf(reader.start()) {
        return Err(ElfError { reason: "no ELF magic number".into() });
    }
    let fail = |error: goblin::error::Error| ElfError { reason: error.to_string() };
    let head = goblin::elf::Elf::parse_header(reader.start()).map_err(fail)?;
    let class = if head.e_ident.get(header::EI_CLASS) == Some(&header::ELFCLASS64) {
        Container::Big
    } else {
        Container::Little
    };
    let ctx = Ctx::new(class, head.endianness().map_err(fail)?);
    let mut elf = Elf::new(Machine::from_number(head.e_machine), false);
    elf.is_64 = class.is_big();
    elf.big_endian = head.endianness().is_ok_and(|order| !order.is_little());
    elf.os_abi = head.e_ident.get(header::EI_OSABI).copied().unwrap_or(0);
    elf.entry = head.e_entry;
    elf.kind = match head.e_type {
        header::ET_EXEC => FileKind::Exec,
        header::ET_DYN => FileKind::Dyn,
        header::ET_REL => FileKind::Rel,
        header::ET_CORE => FileKind::Core,
        other => FileKind::Other(other),
    };
    let size = usize::from(head.e_phnum) * ProgramHeader::size(ctx);
    if head.e_phnum > 0 && usize::from(head.e_phentsize) != ProgramHeader::size(ctx) {
        return Err(ElfError { reason: format!("program headers of {} bytes", head.e_phentsize) });
    }
    let table = reader
        .exact(head.e_phoff, size)
        .ok_or_else(|| ElfError { reason: "the program headers lie outside of the file".into() })?;
    let headers = ProgramHeader::parse(&table, 0, usize::from(head.e_phnum), ctx).map_err(fail)?;
    elf.segments = headers
        .iter()
        .filter(|header| header.p_type == program_header::PT_LOAD)
        .map(|header| Segment {
            offset: header.p_offset,
            vaddr: header.p_vaddr,
            filesz: header.p_filesz,
            memsz: header.p_memsz,
            writable: header.is_write(),
            executable: header.is_executable(),
        })
        .collect();
    for header in &headers {
        let len = usize::try_from(header.p_filesz).unwrap_or(usize::MAX);
        match header.p_type {
            program_header::PT_INTERP => match interpreter(&reader, header.p_offset, len) {
                Ok(path) => elf.interpreter = Some(path),
                Err(bad) => elf.bad_interpreter = Some(bad),
            },
            program_header::PT_NOTE => {
                let notes = reader.at_most(header.p_offset, len.min(MAX_STRING)).unwrap_or_default();
                let notes = Bytes { data: &notes, big_endian: elf.big_endian }.notes(header.p_align);
                if let Some(own) = notes.into_iter().find(|note| note.name == NOTE_NAME.as_bytes()) {
                    elf.linking_assumed |= own.kind == NOTE_OF_ASSUMED_LINKING;
                    elf.behaviour = elf.behaviour.take().or_else(|| Some(own.description.to_vec()));
                }
            }
            program_header::PT_DYNAMIC => {
                elf.has_dynamic = header.p_filesz > 0;
                if let Err(reason) = dynamic_section(&reader, header, ctx, &mut elf) {
                    elf.damaged = Some(reason.into());
                }
            }
            _ => {}
        }
    }
    Ok(elf)
}

/// PT_INTERP as the kernel reads it: at least a character and its NUL, at most PATH_MAX.
fn interpreter(reader: &Reader<'_>, offset: u64, len: usize) -> Result<String, BadInterpreter> {
    if !(2..=4096).contains(&len) {
        return Err(BadInterpreter::Malformed);
    }
    let bytes = reader.exact(offset, len).ok_or(BadInterpreter::Outside)?;
    if bytes.last() != Some(&0) {
        return Err(BadInterpreter::Malformed);
    }
    Ok(String::from_utf8_lossy(string(&bytes, 0).unwrap_or(&[])).into_owned())
}

fn dynamic_section(reader: &Reader<'_>, header: &ProgramHeader, ctx: Ctx, elf: &mut Elf) -> Result<(), &'static str> {
    let len = header.p_filesz.min(MAX_DYNAMIC) as usize;
    let bytes = reader.exact(header.p_offset, len).ok_or("the dynamic section lies outside of the file")?;
    let here = ProgramHeader { p_offset: 0, p_filesz: len as u64, p_vaddr: u64::MAX, ..header.clone() };
    let entries = Dynamic::parse(&bytes, &[here], ctx).map_err(|_| "the dynamic section is malformed")?;
    let entries = entries.map(|dynamic| dynamic.dyns).unwrap_or_default();
    let (mut needed, mut soname, mut rpath, mut runpath) = (Vec::new(), None, None, None);
    let tables = &mut elf.tables;
    for entry in &entries {
        let value = entry.d_val;
        match entry.d_tag {
            dynamic::DT_NULL => break,
            dynamic::DT_NEEDED if needed.len() < MAX_NEEDED => needed.push(value),
            dynamic::DT_SONAME => soname = Some(value),
            dynamic::DT_RPATH => rpath = Some(value),
            dynamic::DT_RUNPATH => runpath = Some(value),
            dynamic::DT_STRTAB => tables.strings = value,
            dynamic::DT_STRSZ => tables.strings_size = value,
            dynamic::DT_SYMTAB => tables.symbols = value,
            dynamic::DT_HASH => tables.hash = value,
            dynamic::DT_GNU_HASH => tables.gnu_hash = value,
            dynamic::DT_VERSYM => tables.versym = value,
            dynamic::DT_VERNEED => tables.verneed = value,
            dynamic::DT_VERDEF => tables.verdef = value,
            dynamic::DT_RELA => tables.rela.0 = value,
            dynamic::DT_RELASZ => tables.rela.1 = value,
            dynamic::DT_RELACOUNT => tables.rela_relative = value,
            dynamic::DT_REL => tables.rel.0 = value,
            dynamic::DT_RELSZ => tables.rel.1 = value,
            dynamic::DT_RELCOUNT => tables.rel_relative = value,
            dynamic::DT_JMPREL => tables.plt.0 = value,
            dynamic::DT_PLTRELSZ => tables.plt.1 = value,
            dynamic::DT_PLTREL => tables.plt_is_rela = value == dynamic::DT_RELA,
            dynamic::DT_BIND_NOW => elf.flags.bind_now = true,
            dynamic::DT_TEXTREL => elf.flags.text_relocations = true,
            dynamic::DT_FLAGS => {
                elf.flags.bind_now |= value & dynamic::DF_BIND_NOW != 0;
                elf.flags.text_relocations |= value & dynamic::DF_TEXTREL != 0;
            }
            dynamic::DT_FLAGS_1 => {
                elf.flags.bind_now |= value & dynamic::DF_1_NOW != 0;
                elf.flags.no_default_lib = value & dynamic::DF_1_NODEFLIB != 0;
                elf.flags.pie = value & dynamic::DF_1_PIE != 0;
            }
            // DT_RELR, since 2022.
            36 => elf.flags.relr = true,
            _ => {}
        }
    }
    let (address, size) = (elf.tables.strings, elf.tables.strings_size);
    if address == 0 {
        return Ok(());
    }
    let outside = "the string table lies outside of the file";
    let offset = elf.offset_of(address).ok_or(outside)?;
    let strings = Strings::read(reader, offset, size).ok_or(outside)?;
    let split = |list: Option<u64>| -> Vec<String> {
        let text = list.and_then(|at| strings.get(at));
        text.map(|text| text.split(':').map(str::to_string).collect()).unwrap_or_default()
    };
    elf.needed = needed.into_iter().filter_map(|at| strings.get(at)).collect();
    elf.soname = soname.and_then(|at| strings.get(at));
    elf.rpath = split(rpath);
    elf.runpath = split(runpath);
    needed_versions(reader, elf, &strings).ok_or("the needed versions are malformed")?;
    defined_versions(reader, elf, &strings).ok_or("the defined versions are malformed")
}
