//! The dynamic symbol table with its hash tables (DT_GNU_HASH, DT_HASH), as loaders search it.

use super::Elf;
use super::byte_reader::Bytes;
use super::symbol_versions::{Version, VersionName, version_names};
use super::table_region::Region;
use super::write::sysv_hash;
use crate::fs::Content;
use std::ops::Range;

/// The largest table that is read, in bytes: four times the largest one of known libraries.
pub(super) const MAX_TABLE: u64 = 64 << 20;
/// The most symbols of one hash chain that are read.
const MAX_CHAIN: usize = 4096;

/// A file's dynamic symbols with their versions.
#[derive(Debug, Default)]
pub struct Symbols {
    is_64: bool,
    big_endian: bool,
    /// The tables, as in the file.
    data: Region,
    strings: Range<usize>,
    symbols: Range<usize>,
    versym: Range<usize>,
    hash: Range<usize>,
    table: HashTable,
    /// By version index; indices 0 and 1 have no name.
    versions: Vec<VersionName>,
}

/// One entry of the symbol table.
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

/// The symbol that a relocation refers to.
#[derive(Clone, Copy, Debug)]
pub struct Reference<'a> {
    /// The symbol's name.
    pub name: &'a [u8],
    /// Its version and the library that must define it.
    pub version: Option<Version<'a>>,
    /// The version is marked hidden: a default version does not match.
    pub hidden: bool,
    /// The symbol's own entry.
    pub symbol: Symbol,
}

/// The GNU hash of a symbol's name: for each byte, hash = 33 * hash + byte.
pub(crate) fn gnu_hash(name: &[u8]) -> u32 {
    let step = |hash: u32, byte: &u8| hash.wrapping_mul(33).wrapping_add(u32::from(*byte));
    // Four bytes per round, so that the multiplications are independent of each other.
    let (fours, rest) = name.as_chunks::<4>();
    let hash = fours.iter().fold(5381u32, |hash, four| {
        let four = four.map(u32::from);
        let sum = four[0] * (33 * 33 * 33) + four[1] * (33 * 33) + four[2] * 33 + four[3];
        hash.wrapping_mul(33 * 33 * 33 * 33).wrapping_add(sum)
    });
    rest.iter().fold(hash, step)
}

impl Symbols {
    /// Reads the tables; a table that cannot be read is empty.
    pub fn read(content: &Content, elf: &Elf) -> Self {
        let tables = &elf.tables;
        if tables.symbols == 0 || tables.strings == 0 {
            return Symbols::default();
        }
        // The size of the symbol table is not recorded; it ends where the next table starts.
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
        // Linkers place these tables next to each other, so they are read at once.
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
        let (needed, defined) = (symbols.data.part(verneed), symbols.data.part(verdef));
        let string = |at: u32| symbols.string(at).map(<[u8]>::to_vec);
        let versions = version_names(symbols.bytes(&needed), symbols.bytes(&defined), string);
        drop((needed, defined));
        symbols.versions = versions;
        symbols
    }

    fn bytes<'a>(&self, data: &'a [u8]) -> Bytes<'a> {
        Bytes { data, big_endian: self.big_endian }
    }

    /// `len` bytes of a table.
    fn entry(&self, table: &Range<usize>, at: usize, len: usize) -> Option<Bytes<'_>> {
        let start = table.start.checked_add(at)?;
        let bytes = (start.checked_add(len)? <= table.end).then(|| self.data.get(start, len))??;
        Some(self.bytes(bytes))
    }

    /// A number of the hash table.
    fn hashed(&self, at: usize) -> Option<u32> {
        self.entry(&self.hash, at, 4)?.u32(0)
    }

    fn string(&self, at: u32) -> Option<&[u8]> {
        self.data.string(self.strings.start.checked_add(at as usize)?, self.strings.end)
    }

    /// Whether no symbol can be found by name.
    pub fn is_empty(&self) -> bool {
        self.symbols.is_empty() || matches!(self.table, HashTable::None)
    }

    /// The entry of an index.
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

    /// Whether a symbol has this name.
    fn is_named(&self, symbol: &Symbol, name: &[u8]) -> bool {
        match self.entry(&self.strings, symbol.name as usize, name.len() + 1) {
            Some(entry) => entry.data.last() == Some(&0) && entry.data.starts_with(name),
            None => self.string(symbol.name) == Some(name),
        }
    }

    /// The raw version index of a symbol: bit 15 marks it hidden. `None` without a version table.
    pub fn version_index(&self, symbol: &Symbol) -> Option<u16> {
        self.entry(&self.versym, symbol.index.checked_mul(2)?, 2)?.u16(0)
    }

    /// The name of a version; empty for an index without name.
    pub fn version_name(&self, index: u16) -> &[u8] {
        self.versions.get(usize::from(index & 0x7fff)).map_or(&[], |version| &version.name)
    }

    /// The reference of a relocation against the symbol with this index.
    pub fn reference(&self, index: usize) -> Option<Reference<'_>> {
        self.at(index).map(|symbol| self.reference_of(symbol))
    }

    /// As [`Symbols::reference`], for a symbol.
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

    /// The entries with this name, found by the hash table.
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

    /// The start of a chain of DT_GNU_HASH; `None` if the Bloom filter excludes the name.
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

/// A position in a hash chain.
enum Chain {
    Gnu { at: Option<usize>, at_chain: usize, first: usize, hash: u32 },
    Old { next: u32, at_chain: usize },
}

/// The hash table in which names are looked up.
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
    /// The index of the first symbol in the hash table.
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
