//! Relocations: the symbols that an ELF file needs, in the order in which loaders look them up.

use super::byte_reader::Bytes;
use super::dynamic_symbols::MAX_TABLE;
use super::{Elf, Machine};
use crate::fs::Content;

/// How a loader treats a relocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RelocationKind {
    /// A slot of the procedure linkage table.
    Plt,
    /// A copy relocation: the program has its own copy of a library's data.
    Copy,
    /// Any other relocation with a symbol.
    Other,
}

/// The symbols of relocations, each once for each table, in order.
#[derive(Debug, Default)]
pub struct Relocations {
    /// DT_REL and DT_RELA: applied at the start.
    pub(crate) data: Vec<(RelocationKind, u32)>,
    /// DT_JMPREL: applied at the first call, or at the start if the object has a BIND_NOW flag.
    pub(crate) plt: Vec<(RelocationKind, u32)>,
}

impl Relocations {
    /// Reads the relocations, each symbol once. Relative relocations, which are most of them, are skipped.
    pub fn read(content: &Content, elf: &Elf) -> Self {
        Self::read_with(content, elf, true)
    }

    /// Reads all relocations, including repeated symbols.
    pub(crate) fn read_all(content: &Content, elf: &Elf) -> Self {
        Self::read_with(content, elf, false)
    }

    fn read_with(content: &Content, elf: &Elf, once: bool) -> Self {
        let tables = &elf.tables;
        let entry = |is_rela: bool| if elf.is_64 { 16 + 8 * u64::from(is_rela) } else { 8 + 4 * u64::from(is_rela) };
        // Offset, length and entry size in bytes of a table without its relative relocations.
        let place = |(address, size): (u64, u64), is_rela: bool, skip: u64| -> (u64, u64, usize) {
            let skipped = skip.saturating_mul(entry(is_rela)).min(size);
            let offset = elf.offset_of(address).and_then(|offset| offset.checked_add(skipped));
            let len = offset.map_or(0, |_| (size - skipped).min(MAX_TABLE));
            (offset.unwrap_or(0), len, entry(is_rela) as usize)
        };
        let rel = place(tables.rel, false, tables.rel_relative);
        let rela = place(tables.rela, true, tables.rela_relative);
        let plt = place(tables.plt, tables.plt_is_rela, 0);
        let read = |(offset, len, entry): (u64, u64, usize)| -> Vec<(RelocationKind, u32)> {
            let data = content.load(offset, len as usize);
            symbols_of(Bytes { data: &data, big_endian: elf.big_endian }, elf, entry, once)
        };
        let mut found = Relocations { data: read(rel), plt: Vec::new() };
        if rela.0.checked_add(rela.1) == Some(plt.0) && rela.2 == plt.2 {
            // Linkers place both tables next to each other, so they are read at once.
            let data = content.load(rela.0, (rela.1 + plt.1) as usize);
            let (data, of_plt) = data.split_at(data.len().min(rela.1 as usize));
            let bytes = |data| Bytes { data, big_endian: elf.big_endian };
            found.data.extend(symbols_of(bytes(data), elf, rela.2, once));
            found.plt = symbols_of(bytes(of_plt), elf, plt.2, once);
        } else {
            found.data.extend(read(rela));
            found.plt = read(plt);
        }
        found
    }
}

/// The symbols that the relocations of a table name.
fn symbols_of(bytes: Bytes<'_>, elf: &Elf, entry: usize, once: bool) -> Vec<(RelocationKind, u32)> {
    let mut found: Vec<(RelocationKind, u32)> = Vec::new();
    let mut seen: Vec<u64> = Vec::new();
    for at in (0..bytes.data.len() / entry).map(|index| index * entry) {
        let info = if elf.is_64 { bytes.u64(at + 8) } else { bytes.u32(at + 4).map(u64::from) };
        let Some(info) = info else { break };
        let (symbol, kind) =
            if elf.is_64 { ((info >> 32) as u32, info as u32) } else { ((info >> 8) as u32, (info & 0xff) as u32) };
        if symbol == 0 || kind == 0 {
            continue;
        }
        let kind = relocation_kind(elf.machine, kind);
        if once && kind != RelocationKind::Copy {
            let (word, bit) = (symbol as usize / 64, 1u64 << (symbol % 64));
            if word >= seen.len() {
                // The index is beyond the largest possible table.
                if u64::from(symbol) * 16 > MAX_TABLE {
                    continue;
                }
                seen.resize(word + 1, 0);
            }
            match seen.get_mut(word) {
                Some(bits) if *bits & bit == 0 => *bits |= bit,
                _ => continue,
            }
        }
        found.push((kind, symbol));
    }
    found
}

fn relocation_kind(machine: Machine, number: u32) -> RelocationKind {
    match (machine, number) {
        (Machine::X86_64 | Machine::I386, 7) | (Machine::Aarch64, 1026) => RelocationKind::Plt,
        (Machine::X86_64 | Machine::I386, 5) | (Machine::Aarch64, 1024) => RelocationKind::Copy,
        _ => RelocationKind::Other,
    }
}
