//! Symbol tables and relocations, as loaders use them: a symbol is found by its hash, nothing is
//! indexed beforehand.

use super::bytes::Bytes;
use super::region::Region;
use super::write::sysv_hash;
use super::{Elf, Machine};
use crate::fs::Content;
use std::ops::Range;

/// Largest table that is read, in bytes: four times that of any library met.
const MAX_TABLE: u64 = 64 << 20;
/// Symbols of one name in one table that are looked at; more do not exist in honest files.
const MAX_CHAIN: usize = 4096;

/// A file's dynamic symbols with their versions.
#[derive(Debug, Default)]
pub struct Symbols {
    is_64: bool,
    big_endian: bool,
    /// The tables, as they lie in the file.
    data: Region,
    strings: Range<usize>,
    symbols: Range<usize>,
    versym: Range<usize>,
    hash: Range<usize>,
    table: HashTable,
    /// By version index; index 0 and 1 have no name.
    versions: Vec<VersionName>,
}

/// What a version index stands for.
#[derive(Clone, Debug, Default)]
struct VersionName {
    name: Vec<u8>,
    /// For a needed one the library it is asked of.
    library: Option<String>,
    hidden: bool,
}

/// One entry of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are ELF's")]
pub struct Symbol {
    pub index: usize,
    pub value: u64,
    pub section: u16,
    pub info: u8,
    pub other: u8,
    name: u32,
}

impl Symbol {
    /// STT_…
    pub fn kind(&self) -> u8 {
        self.info & 15
    }

    /// STB_…: 0 local, 1 global, 2 weak, 10 unique.
    pub fn binding(&self) -> u8 {
        self.info >> 4
    }

    /// SHN_UNDEF.
    pub fn is_undefined(&self) -> bool {
        self.section == 0
    }
}

/// A symbol's version.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// Its number in the file that asks.
    pub index: usize,
    /// Such as `GLIBC_2.34`.
    pub name: &'a [u8],
    /// For a needed one the library it is asked of.
    pub library: Option<&'a str>,
}

/// What a relocation asks for.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    /// The symbol's name.
    pub name: &'a [u8],
    /// Its version and the library that should have it.
    pub version: Option<Version<'a>>,
    /// The version is marked hidden: a default one will not do.
    pub hidden: bool,
    /// The symbol's own entry.
    pub symbol: Symbol,
}

/// The GNU hash of a symbol's name: each byte added to 33 times what came before.
pub(crate) fn gnu_hash(name: &[u8]) -> u32 {
    let step = |hash: u32, byte: &u8| hash.wrapping_mul(33).wrapping_add(u32::from(*byte));
    // Four bytes at once: the products do not wait for each other.
    let (fours, rest) = name.as_chunks::<4>();
    let hash = fours.iter().fold(5381u32, |hash, four| {
        let four = four.map(u32::from);
        let sum = four[0] * (33 * 33 * 33) + four[1] * (33 * 33) + four[2] * 33 + four[3];
        hash.wrapping_mul(33 * 33 * 33 * 33).wrapping_add(sum)
    });
    rest.iter().fold(hash, step)
}

impl Symbols {
    /// Reads the tables; those that cannot be read are empty.
    pub fn read(content: &Content, elf: &Elf) -> Self {
        let tables = &elf.tables;
        if tables.symbols == 0 || tables.strings == 0 {
            return Symbols::default();
        }
        // A table's size stands nowhere; it ends where the next one starts.
        let starts = [
            tables.strings,
            tables.symbols,
            tables.hash,
            tables.gnu_hash,
            tables.versym,
            tables.verneed,
            tables.verdef,
            tables.rela.0,
            tables.rel.0,
            tables.plt.0,
        ];
        let place = |address: u64, size: Option<u64>| -> Range<u64> {
            let Some(offset) = elf.offset_of(address).filter(|_| address != 0) else {
                return 0..0;
            };
            let segment_end = elf
                .segments
                .iter()
                .find(|segment| address.checked_sub(segment.vaddr).is_some_and(|at| at < segment.filesz))
                .map_or(address, |segment| segment.vaddr.saturating_add(segment.filesz));
            let next = starts.into_iter().filter(|start| *start > address).fold(segment_end, u64::min);
            let len = size.unwrap_or(next - address).min(MAX_TABLE);
            offset.min(content.len)..offset.saturating_add(len).min(content.len)
        };
        let places = [
            place(tables.strings, Some(tables.strings_size)),
            place(tables.symbols, None),
            place(tables.versym, None),
            place(tables.gnu_hash, None),
            place(if tables.gnu_hash == 0 { tables.hash } else { 0 }, None),
            place(tables.verneed, None),
            place(tables.verdef, None),
        ];
        // They lie side by side in what linkers make: read at once.
        let used = || places.iter().filter(|place| !place.is_empty());
        let start = used().map(|place| place.start).min().unwrap_or(0);
        let end = used().map(|place| place.end).max().unwrap_or(0);
        let data = Region::read(content, start..end);
        let within =
            |place: Range<u64>| (place.start.max(start) - start) as usize..(place.end.max(start) - start) as usize;
        let [strings, table, versym, gnu_hash, hash, verneed, verdef] = places.map(within);
        let is_gnu = !gnu_hash.is_empty();
        let mut symbols = Symbols {
            is_64: elf.is_64,
            big_endian: elf.big_endian,
            data,
            strings,
            symbols: table,
            versym,
            hash: if is_gnu { gnu_hash } else { hash },
            table: HashTable::None,
            versions: Vec::new(),
        };
        symbols.table = match &symbols.hash {
            hash if hash.is_empty() => HashTable::None,
            _ if is_gnu => GnuHash::read(&symbols).map_or(HashTable::None, HashTable::Gnu),
            _ => HashTable::Old,
        };
        symbols.versions = symbols.read_versions(&symbols.data.part(verneed), &symbols.data.part(verdef));
        symbols
    }

    fn bytes<'a>(&self, data: &'a [u8]) -> Bytes<'a> {
        Bytes { data, big_endian: self.big_endian }
    }

    /// Some bytes of a table.
    fn entry(&self, table: &Range<usize>, at: usize, len: usize) -> Option<Bytes<'_>> {
        let start = table.start.checked_add(at)?;
        let bytes = (start.checked_add(len)? <= table.end).then(|| self.data.get(start, len))??;
        Some(self.bytes(bytes))
    }

    /// A number in the hash table.
    fn hashed(&self, at: usize) -> Option<u32> {
        self.entry(&self.hash, at, 4)?.u32(0)
    }

    fn string(&self, at: u32) -> Option<&[u8]> {
        self.data.string(self.strings.start.checked_add(at as usize)?, self.strings.end)
    }

    /// Names of version indices. A chain that leads nowhere ends there.
    fn read_versions(&self, needed: &[u8], defined: &[u8]) -> Vec<VersionName> {
        let mut found: Vec<(usize, VersionName)> = Vec::new();
        let text = |at: u32| self.string(at).map(<[u8]>::to_vec);
        let mut walk = || -> Option<()> {
            let bytes = self.bytes(needed);
            let (mut at, mut left) = (0usize, MAX_CHAIN);
            while !needed.is_empty() {
                let library =
                    text(bytes.u32(at.checked_add(4)?)?).map(|name| String::from_utf8_lossy(&name).into_owned());
                let mut aux = at.checked_add(bytes.u32(at + 8)? as usize)?;
                loop {
                    left = left.checked_sub(1)?;
                    let other = bytes.u16(aux.checked_add(6)?)?;
                    let name = text(bytes.u32(aux + 8)?)?;
                    let hidden = other & 0x8000 != 0;
                    found.push((usize::from(other & 0x7fff), VersionName { name, library: library.clone(), hidden }));
                    match bytes.u32(aux + 12)? {
                        0 => break,
                        step => aux = aux.checked_add(step as usize)?,
                    }
                }
                match bytes.u32(at + 12)? {
                    0 => break,
                    step => at = at.checked_add(step as usize)?,
                }
            }
            Some(())
        };
        let _ = walk();
        let mut walk = || -> Option<()> {
            let bytes = self.bytes(defined);
            let mut at = 0usize;
            for _ in 0..if defined.is_empty() { 0 } else { MAX_CHAIN } {
                let (flags, index) = (bytes.u16(at.checked_add(2)?)?, bytes.u16(at + 4)?);
                let aux = at.checked_add(bytes.u32(at + 12)? as usize)?;
                if flags & 1 == 0 {
                    let name = text(bytes.u32(aux)?)?;
                    found.push((usize::from(index & 0x7fff), VersionName { name, ..VersionName::default() }));
                }
                match bytes.u32(at + 16)? {
                    0 => break,
                    step => at = at.checked_add(step as usize)?,
                }
            }
            Some(())
        };
        let _ = walk();
        let mut versions = Vec::new();
        for (index, version) in found {
            if index >= versions.len() {
                versions.resize(index + 1, VersionName::default());
            }
            if let Some(place) = versions.get_mut(index) {
                *place = version;
            }
        }
        versions
    }

    /// Whether there is a table to look names up in.
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty() || matches!(self.table, HashTable::None)
    }

    /// The entry with an index.
    pub fn at(&self, index: usize) -> Option<Symbol> {
        let size = if self.is_64 { 24 } else { 16 };
        let start = index.checked_mul(size)?;
        let entry = self.entry(&self.symbols, start, size)?;
        let byte = |at: usize| entry.data.get(at).copied();
        Some(if self.is_64 {
            Symbol {
                index,
                name: entry.u32(0)?,
                info: byte(4)?,
                other: byte(5)?,
                section: entry.u16(6)?,
                value: entry.u64(8)?,
            }
        } else {
            Symbol {
                index,
                name: entry.u32(0)?,
                value: u64::from(entry.u32(4)?),
                info: byte(12)?,
                other: byte(13)?,
                section: entry.u16(14)?,
            }
        })
    }

    /// A symbol's name.
    pub fn name(&self, symbol: &Symbol) -> &[u8] {
        self.string(symbol.name).unwrap_or(&[])
    }

    /// Whether a symbol has this name, without a search for the end of its own.
    fn is_named(&self, symbol: &Symbol, name: &[u8]) -> bool {
        match self.entry(&self.strings, symbol.name as usize, name.len() + 1) {
            Some(entry) => entry.data.last() == Some(&0) && entry.data.starts_with(name),
            None => self.string(symbol.name) == Some(name),
        }
    }

    /// The raw version index of a symbol: bit 15 hides it. Nothing without a table of versions.
    pub fn version_index(&self, symbol: &Symbol) -> Option<u16> {
        self.entry(&self.versym, symbol.index.checked_mul(2)?, 2)?.u16(0)
    }

    /// A version's name; empty for the indices without one.
    pub fn version_name(&self, index: u16) -> &[u8] {
        self.versions.get(usize::from(index & 0x7fff)).map_or(&[], |version| &version.name)
    }

    /// What a relocation against the symbol with this index asks for.
    pub fn reference(&self, index: usize) -> Option<Reference<'_>> {
        self.at(index).map(|symbol| self.reference_of(symbol))
    }

    /// The same of the symbol's own entry.
    pub(crate) fn reference_of(&self, symbol: Symbol) -> Reference<'_> {
        let index = self.version_index(&symbol).map(|index| usize::from(index & 0x7fff));
        let version = index.and_then(|index| Some((index, self.versions.get(index)?)));
        let version = version.filter(|(_, version)| !version.name.is_empty());
        Reference {
            name: self.name(&symbol),
            version: version.map(|(index, version)| Version {
                index,
                name: &version.name,
                library: version.library.as_deref(),
            }),
            hidden: version.is_some_and(|(_, version)| version.hidden),
            symbol,
        }
    }

    /// Entries with this name, by way of the hash table.
    pub fn find<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Symbol> + 'a {
        self.find_hashed(name.as_bytes(), gnu_hash(name.as_bytes()))
    }

    /// As [`Symbols::find`], with the GNU hash of the name.
    pub(crate) fn find_hashed<'a>(&'a self, name: &'a [u8], hash: u32) -> impl Iterator<Item = Symbol> + 'a {
        let mut chain = match &self.table {
            HashTable::Gnu(table) => self.gnu_chain(table, hash),
            HashTable::Old => self.old_chain(name),
            HashTable::None => None,
        };
        let mut left = MAX_CHAIN;
        std::iter::from_fn(move || {
            loop {
                let index = self.follow(chain.as_mut()?)?;
                left = left.checked_sub(1)?;
                let symbol = self.at(index)?;
                if self.is_named(&symbol, name) {
                    return Some(symbol);
                }
            }
        })
    }

    /// The start of a chain of DT_GNU_HASH; nothing if the filter says that there is none.
    fn gnu_chain(&self, table: &GnuHash, hash: u32) -> Option<Chain> {
        let (word, bits) = if self.is_64 { (8, 64) } else { (4, 32) };
        let slot = (hash / bits).checked_rem(table.bloom)? as usize;
        let filter = self.entry(&self.hash, 16 + slot * word, word)?.word(0, self.is_64)?;
        let second = hash.checked_shr(table.shift).unwrap_or(0) % bits;
        if filter >> (hash % bits) & (filter >> second) & 1 == 0 {
            return None;
        }
        let bucket = self.hashed(table.at_buckets.checked_add(4 * hash.checked_rem(table.buckets)? as usize)?)?;
        let at = bucket.checked_sub(table.first).filter(|_| bucket != 0)? as usize;
        Some(Chain::Gnu { at: Some(at), at_chain: table.at_chain, first: table.first as usize, hash })
    }

    /// A bucket of DT_HASH.
    fn old_chain(&self, name: &[u8]) -> Option<Chain> {
        let buckets = self.hashed(0)?;
        let next = self.hashed(8 + 4 * sysv_hash(name).checked_rem(buckets)? as usize)?;
        Some(Chain::Old { next, at_chain: 8usize.checked_add(4 * buckets as usize)? })
    }

    /// The next index of a chain.
    fn follow(&self, chain: &mut Chain) -> Option<usize> {
        match chain {
            Chain::Gnu { at, at_chain, first, hash } => loop {
                let index = (*at)?;
                let found = self.hashed(at_chain.checked_add(index.checked_mul(4)?)?)?;
                // The last one of a bucket has the lowest bit set.
                *at = (found & 1 == 0).then_some(index + 1);
                if found | 1 == *hash | 1 {
                    return index.checked_add(*first);
                }
            },
            Chain::Old { next, at_chain } => {
                let index = Some(*next as usize).filter(|index| *index != 0)?;
                *next = self.hashed(at_chain.checked_add(index.checked_mul(4)?)?)?;
                Some(index)
            }
        }
    }
}

/// A walk through the entries of one hash.
enum Chain {
    Gnu { at: Option<usize>, at_chain: usize, first: usize, hash: u32 },
    Old { next: u32, at_chain: usize },
}

/// Which table names are looked up in.
#[derive(Debug, Default)]
enum HashTable {
    #[default]
    None,
    Gnu(GnuHash),
    Old,
}

/// The head of DT_GNU_HASH.
#[derive(Debug)]
struct GnuHash {
    buckets: u32,
    /// The first symbol that can be found.
    first: u32,
    /// Words of the Bloom filter, and the shift of its second bit.
    bloom: u32,
    shift: u32,
    /// Offsets in the table.
    at_buckets: usize,
    at_chain: usize,
}

impl GnuHash {
    fn read(of: &Symbols) -> Option<Self> {
        let table = of.entry(&of.hash, 0, 16)?;
        let (buckets, first, bloom, shift) = (table.u32(0)?, table.u32(4)?, table.u32(8)?, table.u32(12)?);
        let word = if of.is_64 { 8 } else { 4 };
        let at_buckets = 16usize.checked_add((bloom as usize).checked_mul(word)?)?;
        let at_chain = at_buckets.checked_add(4 * buckets as usize)?;
        Some(GnuHash { buckets, first, bloom, shift, at_buckets, at_chain })
    }
}

/// Symbols that others must define and that are not weak, as `name` or `name@version`, in the order
/// in which relocations name them.
pub fn undefined(content: &Content, elf: &Elf) -> Vec<String> {
    let symbols = Symbols::read(content, elf);
    let relocations = Relocations::read(content, elf);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut found: Vec<String> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for (_, index) in relocations.data.iter().chain(&relocations.plt) {
        let Some(reference) = symbols.reference(*index as usize) else { continue };
        let wanted = reference.symbol.is_undefined() && reference.symbol.binding() == 1;
        if wanted && seen.insert(*index) {
            found.push(match reference.version {
                Some(version) => format!("{}@{}", text(reference.name), text(version.name)),
                None => text(reference.name),
            });
        }
    }
    found
}

/// How a loader treats a relocation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RelocationKind {
    /// A slot of the procedure linkage table.
    Plt,
    /// The program's own copy of a library's data.
    Copy,
    /// Anything else that names a symbol.
    Other,
}

/// The symbols that relocations name, each once for each table, in order.
#[derive(Debug, Default)]
pub struct Relocations {
    /// DT_REL and DT_RELA: done at the start.
    pub(crate) data: Vec<(RelocationKind, u32)>,
    /// DT_JMPREL: done at the first call, unless the object asks for it at the start.
    pub(crate) plt: Vec<(RelocationKind, u32)>,
}

impl Relocations {
    /// Reads them, each symbol once. Relative relocations, by far the most, are passed over unread.
    pub fn read(content: &Content, elf: &Elf) -> Self {
        Self::read_with(content, elf, true)
    }

    /// Reads them all, however often a symbol is named.
    pub(crate) fn read_all(content: &Content, elf: &Elf) -> Self {
        Self::read_with(content, elf, false)
    }

    fn read_with(content: &Content, elf: &Elf, once: bool) -> Self {
        let tables = &elf.tables;
        let entry = |is_rela: bool| if elf.is_64 { 16 + 8 * u64::from(is_rela) } else { 8 + 4 * u64::from(is_rela) };
        // Offset, bytes and bytes of an entry of a table without its relative relocations.
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
            named(Bytes { data: &data, big_endian: elf.big_endian }, elf, entry, once)
        };
        let mut found = Relocations { data: read(rel), plt: Vec::new() };
        if rela.0.checked_add(rela.1) == Some(plt.0) && rela.2 == plt.2 {
            // Side by side, as linkers lay them: read at once.
            let data = content.load(rela.0, (rela.1 + plt.1) as usize);
            let (data, of_plt) = data.split_at(data.len().min(rela.1 as usize));
            let bytes = |data| Bytes { data, big_endian: elf.big_endian };
            found.data.extend(named(bytes(data), elf, rela.2, once));
            found.plt = named(bytes(of_plt), elf, plt.2, once);
        } else {
            found.data.extend(read(rela));
            found.plt = read(plt);
        }
        found
    }
}

fn named(bytes: Bytes<'_>, elf: &Elf, entry: usize, once: bool) -> Vec<(RelocationKind, u32)> {
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
                // An index beyond the largest table there may be is nonsense.
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
