//! Which data only one piece of a program uses, from the relocations that the linker keeps with `--emit-relocs`.
//!
//! Relocations of the code tell which symbols a function uses, those of the data which symbols a symbol refers to. A byte
//! goes to a piece if each symbol that covers it is used by functions of that piece, and by no other. Bytes that no symbol
//! covers, and symbols that nothing uses, stay in the main piece.
//!
//! Format: <https://github.com/WebAssembly/tool-conventions/blob/main/Linking.md>.

use anyhow::{Result, ensure};
use std::collections::{BTreeSet, HashMap};
use std::ops::Range;
use wasmparser::{
    DataKind, DefinedDataSymbol, KnownCustom, Linking, Name, Operator, Parser, Payload, RelocationEntry,
    RelocationType, SymbolInfo,
};

/// A range of addresses whose bytes only one piece uses.
pub(crate) type Place = Range<u64>;

/// Shorter places stay where they are: a segment of its own would cost more.
const MIN_PLACE: u64 = 64;

/// A linked program, as far as its data is concerned. Ranges are those of the file.
#[derive(Default)]
struct Linked<'a> {
    names: HashMap<u32, &'a str>,
    imported: u32,
    /// The bodies of its functions, and where the code section begins.
    bodies: Vec<Range<usize>>,
    code_start: usize,
    /// Address and place of each segment, and where the data section begins.
    segments: Vec<(u64, Range<usize>)>,
    data_start: usize,
    /// The symbols that are data, by the number of the symbol.
    symbols: HashMap<u32, DefinedDataSymbol>,
    code_relocations: Vec<RelocationEntry>,
    data_relocations: Vec<RelocationEntry>,
}

impl<'a> Linked<'a> {
    fn parse(bytes: &'a [u8]) -> Result<Linked<'a>> {
        let mut linked = Linked::default();
        let (mut sections, mut code, mut data) = (0_u32, None, None);
        for payload in Parser::new(0).parse_all(bytes) {
            let payload = payload?;
            match &payload {
                Payload::ImportSection(imports) => {
                    for import in imports.clone().into_imports() {
                        linked.imported += u32::from(matches!(import?.ty, wasmparser::TypeRef::Func(_)));
                    }
                }
                Payload::CodeSectionStart { range, .. } => (code, linked.code_start) = (Some(sections), range.start),
                Payload::CodeSectionEntry(body) => linked.bodies.push(body.range()),
                Payload::DataSection(segments) => {
                    (data, linked.data_start) = (Some(sections), segments.range().start);
                    for segment in segments.clone() {
                        let segment = segment?;
                        let DataKind::Active { offset_expr, .. } = &segment.kind else { continue };
                        let Operator::I32Const { value } = offset_expr.get_operators_reader().read()? else { continue };
                        let start = segment.range.end - segment.data.len();
                        linked.segments.push((u64::from(value as u32), start..segment.range.end));
                    }
                    ensure!(linked.segments.len() == segments.count() as usize, "a data segment has no fixed place");
                }
                Payload::CustomSection(section) => match section.as_known() {
                    KnownCustom::Name(names) => {
                        for part in names {
                            let Name::Function(functions) = part? else { continue };
                            for function in functions {
                                let function = function?;
                                linked.names.insert(function.index, function.name);
                            }
                        }
                    }
                    KnownCustom::Linking(linking) => {
                        for part in linking.subsections() {
                            let Linking::SymbolTable(symbols) = part? else { continue };
                            for (number, symbol) in (0..).zip(symbols) {
                                if let SymbolInfo::Data { symbol: Some(symbol), .. } = symbol? {
                                    linked.symbols.insert(number, symbol);
                                }
                            }
                        }
                    }
                    KnownCustom::Reloc(relocations) => {
                        let entries = relocations.entries().into_iter().collect::<Result<Vec<_>, _>>()?;
                        let section = Some(relocations.section_index());
                        if section == code {
                            linked.code_relocations = entries;
                        } else if section == data {
                            linked.data_relocations = entries;
                        }
                    }
                    _ => {}
                },
                _ => {}
            }
            // Sections are counted as they stand in the file.
            sections += u32::from(payload.as_section().is_some());
        }
        ensure!(!linked.code_relocations.is_empty() && !linked.symbols.is_empty(), "the program has no relocations");
        Ok(linked)
    }

    /// The addresses of a symbol, and its place in the file. One without bytes, such as zeros at the end, has none.
    fn places(&self, symbol: &DefinedDataSymbol) -> Option<(Place, Range<usize>)> {
        let (address, place) = self.segments.get(symbol.index as usize)?;
        let (start, size) = (symbol.offset as usize, symbol.size as usize);
        let address = address + start as u64;
        (start + size <= place.len())
            .then(|| (address..address + size as u64, place.start + start..place.start + start + size))
    }

    /// The symbols to which the data of each symbol refers.
    fn references(&self) -> HashMap<u32, Vec<u32>> {
        let targets = self.data_relocations.iter().filter(|relocation| is_address(relocation));
        let mut targets: Vec<(usize, u32)> =
            targets.map(|relocation| (self.data_start + relocation.offset as usize, relocation.index)).collect();
        targets.sort_unstable();
        let inside = |(number, symbol): (&u32, &DefinedDataSymbol)| {
            let (_, range) = self.places(symbol)?;
            let first = targets.partition_point(|(at, _)| *at < range.start);
            let inside = targets[first..].iter().take_while(|(at, _)| *at < range.end);
            Some((*number, inside.map(|(_, target)| *target).collect()))
        };
        self.symbols.iter().filter_map(inside).collect()
    }
}

/// Whether a relocation is the address of data.
fn is_address(relocation: &RelocationEntry) -> bool {
    use RelocationType::{MemoryAddrI32, MemoryAddrLeb, MemoryAddrLocrelI32, MemoryAddrRelSleb, MemoryAddrSleb};
    matches!(relocation.ty, MemoryAddrI32 | MemoryAddrLeb | MemoryAddrLocrelI32 | MemoryAddrRelSleb | MemoryAddrSleb)
}

/// The places of a linked program that only one of `count` pieces uses, by piece and in order; the main piece, 0, has
/// none. `piece` gives the piece of a function by its name.
pub(crate) fn places(bytes: &[u8], count: usize, piece: impl Fn(&str) -> usize) -> Result<Vec<Vec<Place>>> {
    let linked = Linked::parse(bytes)?;
    // The symbols that code uses, each with the piece of the code.
    let mut queue: Vec<(u32, usize)> = Vec::new();
    for relocation in linked.code_relocations.iter().filter(|relocation| is_address(relocation)) {
        let at = linked.code_start + relocation.offset as usize;
        let function = linked.bodies.partition_point(|body| body.end <= at);
        let name = linked.names.get(&(linked.imported + u32::try_from(function)?));
        queue.push((relocation.index, name.map_or(0, |name| piece(name))));
    }
    let refers = linked.references();
    // The pieces that use a symbol.
    let mut users: HashMap<u32, BTreeSet<usize>> = HashMap::new();
    while let Some((symbol, piece)) = queue.pop() {
        if users.entry(symbol).or_default().insert(piece) {
            queue.extend(refers.get(&symbol).into_iter().flatten().map(|target| (*target, piece)));
        }
    }
    let mut addresses: Vec<Vec<Place>> = vec![Vec::new(); count];
    for (number, symbol) in &linked.symbols {
        let users = users.get(number);
        let only = users.filter(|users| users.len() == 1).and_then(|users| users.first()).copied().unwrap_or(0);
        addresses[only].extend(linked.places(symbol).map(|(addresses, _)| addresses));
    }
    let of = |piece: usize| {
        let others = addresses.iter().enumerate().filter(|(other, _)| *other != piece);
        without(addresses[piece].clone(), others.flat_map(|(_, places)| places.clone()).collect())
    };
    Ok((0..count).map(|piece| if piece == 0 { Vec::new() } else { of(piece) }).collect())
}

/// The places of all pieces in order.
pub(crate) fn all(places: &[Vec<Place>]) -> Vec<Place> {
    let mut all: Vec<Place> = places.concat();
    all.sort_unstable_by_key(|place| place.start);
    all
}

/// The addresses that are in one of `places` and in none of `others`, as places of some length in order.
fn without(mut places: Vec<Place>, mut others: Vec<Place>) -> Vec<Place> {
    places.sort_unstable_by_key(|place| place.start);
    others.sort_unstable_by_key(|place| place.start);
    let mut others = others.into_iter().filter(|other| !other.is_empty()).peekable();
    // The end of the others that begin before the place at work.
    let mut taken = 0;
    let mut joined: Vec<Place> = Vec::new();
    for place in places {
        let mut start = place.start.max(taken);
        while let Some(other) = others.next_if(|other| other.start < place.end) {
            if other.start > start {
                join(&mut joined, start..other.start);
            }
            taken = taken.max(other.end);
            start = start.max(taken);
        }
        if start < place.end {
            join(&mut joined, start..place.end);
        }
    }
    joined.retain(|place| place.end - place.start >= MIN_PLACE);
    joined
}

fn join(joined: &mut Vec<Place>, place: Place) {
    match joined.last_mut() {
        Some(last) if place.start <= last.end => last.end = last.end.max(place.end),
        _ => joined.push(place),
    }
}

/// The parts of a segment that are at `places`, or that are not, with their addresses.
pub(crate) fn parts(places: &[Place], start: u64, value: &[u8], is_at: bool) -> Vec<(u64, Vec<u8>)> {
    let end = start + value.len() as u64;
    let cut = places.iter().map(|place| place.start.max(start)..place.end.min(end)).filter(|place| !place.is_empty());
    let wanted: Vec<Place> = if is_at {
        cut.collect()
    } else {
        let mut at = start;
        let mut wanted = Vec::new();
        for place in cut {
            wanted.push(at..place.start);
            at = place.end;
        }
        wanted.push(at..end);
        wanted
    };
    let bytes = |place: &Place| value[(place.start - start) as usize..(place.end - start) as usize].to_vec();
    wanted.iter().filter(|place| !place.is_empty()).map(|place| (place.start, bytes(place))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_no_byte_of_another() {
        let cut = |places: &[Place], others: &[Place]| without(places.to_vec(), others.to_vec());
        assert_eq!(cut(&[0..100, 100..300], &[]), [0..300]);
        assert_eq!(cut(&[0..300], &[100..110]), [0..100, 110..300]);
        assert_eq!(cut(&[0..300, 50..250], &[0..100, 200..220]), [100..200, 220..300]);
        assert_eq!(cut(&[0..100, 100..300], &[90..150]), [0..90, 150..300]);
        assert_eq!(cut(&[0..100], &[10..15, 80..200]), [15..80], "too short a place stays");
    }

    #[test]
    fn the_parts_of_a_segment_are_the_segment() {
        let value: Vec<u8> = (0..200).collect();
        let places = [1010..1100, 1150..1300];
        let other = parts(&places, 1000, &value, true);
        let main = parts(&places, 1000, &value, false);
        assert_eq!(other, [(1010, value[10..100].to_vec()), (1150, value[150..].to_vec())]);
        assert_eq!(main, [(1000, value[..10].to_vec()), (1100, value[100..150].to_vec())]);
    }
}
