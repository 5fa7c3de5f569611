//! Writes an [`Elf`] as a small valid ELF file with all tables that readers need.
//!
//! The layout follows the System V ABI and the symbol versioning chapter of the Linux Standard Base.

use super::Elf;
use super::read::{NOTE_NAME, NOTE_OF_ASSUMED_LINKING, NOTE_OF_BEHAVIOUR};

const BASE: u64 = 0x40_0000;
const HEADER: u64 = 64;
const PROGRAM_HEADER: u64 = 56;

// Section types.
const PROGBITS: u32 = 1;
const STRTAB: u32 = 3;
const DYNAMIC: u32 = 6;
const NOTE: u32 = 7;
const DYNSYM: u32 = 11;
const VERDEF: u32 = 0x6fff_fffd;
const VERNEED: u32 = 0x6fff_fffe;
const VERSYM: u32 = 0x6fff_ffff;

struct Section {
    name: &'static str,
    kind: u32,
    link: u32,
    info: u32,
    entry: u64,
    align: u64,
    offset: u64,
    data: Vec<u8>,
}

/// A string table with offsets by string.
#[derive(Default)]
struct Strings {
    data: Vec<u8>,
}

impl Strings {
    fn add(&mut self, text: &str) -> u32 {
        if self.data.is_empty() {
            self.data.push(0);
        }
        let at = self.data.len() as u32;
        self.data.extend_from_slice(text.as_bytes());
        self.data.push(0);
        at
    }
}

#[derive(Default)]
struct Bytes(Vec<u8>);

impl Bytes {
    fn u16(&mut self, value: u16) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }
    fn u32(&mut self, value: u32) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }
    fn u64(&mut self, value: u64) -> &mut Self {
        self.0.extend_from_slice(&value.to_le_bytes());
        self
    }
}

/// The System V hash of a version name, as stored in `vna_hash` and `vd_hash`.
pub(super) fn sysv_hash(name: &[u8]) -> u32 {
    name.iter().fold(0u32, |hash, byte| {
        let hash = (hash << 4).wrapping_add(u32::from(*byte));
        let high = hash & 0xf000_0000;
        (hash ^ (high >> 24)) & !high
    })
}

/// Writes the headers and all tables. The file has no code and no data.
pub fn write(elf: &Elf) -> Vec<u8> {
    let mut strings = Strings::default();
    let mut sections: Vec<Section> = Vec::new();
    let mut push = |name, kind, link, info, entry, align, data| {
        sections.push(Section { name, kind, link, info, entry, align, offset: 0, data });
        sections.len() as u32
    };
    let dynamic_file = elf.interpreter.is_some() || elf.is_dyn() || !elf.needed.is_empty();

    if let Some(interpreter) = &elf.interpreter {
        let mut data = interpreter.clone().into_bytes();
        data.push(0);
        push(".interp", PROGBITS, 0, 0, 0, 1, data);
    }
    if let Some(behaviour) = &elf.behaviour {
        let mut note = Bytes::default();
        let kind = if elf.linking_assumed { NOTE_OF_ASSUMED_LINKING } else { NOTE_OF_BEHAVIOUR };
        note.u32(NOTE_NAME.len() as u32 + 1).u32(behaviour.len() as u32).u32(kind);
        for part in [NOTE_NAME.as_bytes(), &[0]] {
            note.0.extend_from_slice(part);
        }
        note.0.resize(note.0.len().next_multiple_of(4), 0);
        note.0.extend_from_slice(behaviour);
        note.0.resize(note.0.len().next_multiple_of(4), 0);
        push(".note.stageplay", NOTE, 0, 0, 0, 4, note.0);
    }
    let mut tags: Vec<(u64, u64)> = Vec::new();
    if dynamic_file {
        for name in &elf.needed {
            tags.push((1, u64::from(strings.add(name))));
        }
        if let Some(name) = &elf.soname {
            tags.push((14, u64::from(strings.add(name))));
        }
        for (tag, list) in [(15, &elf.rpath), (29, &elf.runpath)] {
            if !list.is_empty() {
                tags.push((tag, u64::from(strings.add(&list.join(":")))));
            }
        }
        let needs = needed_versions(elf, &mut strings);
        let defines = defined_versions(elf, &mut strings);
        strings.add("");
        let dynstr = push(".dynstr", STRTAB, 0, 0, 0, 1, strings.data);
        // One null symbol: the tables must exist, no symbol is needed by what reads them here.
        let dynsym = push(".dynsym", DYNSYM, dynstr, 1, 24, 8, vec![0; 24]);
        push(".gnu.version", VERSYM, dynsym, 0, 2, 2, vec![0; 2]);
        if !needs.is_empty() {
            push(".gnu.version_r", VERNEED, dynstr, elf.needed_versions.len() as u32, 0, 8, needs);
        }
        if !defines.is_empty() {
            push(".gnu.version_d", VERDEF, dynstr, elf.defined_versions.len() as u32 + 1, 0, 8, defines);
        }
        // Filled once the offsets are known.
        push(".dynamic", DYNAMIC, dynstr, 0, 16, 8, vec![0; 16 * (tags.len() + 8)]);
    }
    let mut names = Strings::default();
    let name_offsets: Vec<u32> = sections.iter().map(|section| names.add(section.name)).collect();
    let own_name = names.add(".shstrtab");
    sections.push(Section {
        name: ".shstrtab",
        kind: STRTAB,
        link: 0,
        info: 0,
        entry: 0,
        align: 1,
        offset: 0,
        data: names.data,
    });

    let program_headers =
        1 + u64::from(elf.interpreter.is_some()) + u64::from(elf.behaviour.is_some()) + u64::from(dynamic_file);
    let base = if elf.is_dyn() { 0 } else { BASE };
    let mut at = HEADER + PROGRAM_HEADER * program_headers;
    for section in &mut sections {
        at = at.next_multiple_of(section.align);
        section.offset = at;
        at += section.data.len() as u64;
    }
    let table = at.next_multiple_of(8);
    let place = |name: &str, sections: &[Section]| -> Option<(u64, u64)> {
        sections.iter().find(|s| s.name == name).map(|s| (s.offset, s.data.len() as u64))
    };
    if dynamic_file {
        let mut add = |tag: u64, section: &str, size_tag: Option<u64>| {
            if let Some((offset, size)) = place(section, &sections) {
                tags.push((tag, base + offset));
                tags.extend(size_tag.map(|tag| (tag, size)));
            }
        };
        add(5, ".dynstr", Some(10));
        add(6, ".dynsym", None);
        add(0x6fff_fff0, ".gnu.version", None);
        add(0x6fff_fffe, ".gnu.version_r", None);
        add(0x6fff_fffc, ".gnu.version_d", None);
        tags.push((11, 24));
        if !elf.needed_versions.is_empty() {
            tags.push((0x6fff_ffff, elf.needed_versions.len() as u64));
        }
        if !elf.defined_versions.is_empty() {
            tags.push((0x6fff_fffd, elf.defined_versions.len() as u64 + 1));
        }
        let mut data = Bytes::default();
        for (tag, value) in &tags {
            data.u64(*tag).u64(*value);
        }
        if let Some(section) = sections.iter_mut().find(|section| section.name == ".dynamic") {
            data.0.resize(section.data.len().max(data.0.len() + 16), 0);
            data.0.truncate(section.data.len());
            section.data = data.0;
        }
    }

    let mut out = Bytes(vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
    out.u16(if elf.is_dyn() { 3 } else { 2 }).u16(elf.machine.number()).u32(1);
    out.u64(base + HEADER).u64(HEADER).u64(table).u32(0);
    out.u16(HEADER as u16).u16(PROGRAM_HEADER as u16).u16(program_headers as u16);
    out.u16(64).u16(sections.len() as u16 + 1).u16(sections.len() as u16);
    let end = table + 64 * (sections.len() as u64 + 1);
    let mut header = |kind: u32, flags: u32, offset: u64, size: u64, align: u64| {
        out.u32(kind).u32(flags).u64(offset).u64(base + offset).u64(base + offset).u64(size).u64(size).u64(align);
    };
    if let Some((offset, size)) = place(".interp", &sections) {
        header(3, 4, offset, size, 1);
    }
    header(1, 5, 0, end, 0x1000);
    if let Some((offset, size)) = place(".dynamic", &sections) {
        header(2, 6, offset, size, 8);
    }
    if let Some((offset, size)) = place(".note.stageplay", &sections) {
        header(4, 4, offset, size, 4);
    }
    for section in &sections {
        out.0.resize(section.offset as usize, 0);
        out.0.extend_from_slice(&section.data);
    }
    out.0.resize(table as usize + 64, 0);
    for (section, name) in sections.iter().zip(name_offsets.iter().chain([&own_name])) {
        let loaded = section.name != ".shstrtab";
        out.u32(*name).u32(section.kind).u64(if loaded { 2 } else { 0 });
        out.u64(if loaded { base + section.offset } else { 0 }).u64(section.offset).u64(section.data.len() as u64);
        out.u32(section.link).u32(section.info).u64(section.align).u64(section.entry);
    }
    out.0
}

/// `.gnu.version_r`: a `Verneed` for each library, a `Vernaux` for each version.
fn needed_versions(elf: &Elf, strings: &mut Strings) -> Vec<u8> {
    let mut data = Bytes::default();
    let mut index = 2;
    for (i, need) in elf.needed_versions.iter().enumerate() {
        let count = need.versions.len() as u32;
        let last = i + 1 == elf.needed_versions.len();
        data.u16(1).u16(count as u16).u32(strings.add(&need.library)).u32(16);
        data.u32(if last { 0 } else { 16 + 16 * count });
        for (j, version) in need.versions.iter().enumerate() {
            data.u32(sysv_hash(version.as_bytes())).u16(0).u16(index).u32(strings.add(version));
            data.u32(if j + 1 == need.versions.len() { 0 } else { 16 });
            index += 1;
        }
    }
    data.0
}

/// `.gnu.version_d`: the base version (the soname), then one `Verdef` for each version.
fn defined_versions(elf: &Elf, strings: &mut Strings) -> Vec<u8> {
    if elf.defined_versions.is_empty() {
        return Vec::new();
    }
    let mut data = Bytes::default();
    let soname = elf.soname.clone().unwrap_or_default();
    let all = std::iter::once(&soname).chain(&elf.defined_versions);
    for (i, version) in all.enumerate() {
        let last = i == elf.defined_versions.len();
        data.u16(1).u16(u16::from(i == 0)).u16(i as u16 + 1).u16(1).u32(sysv_hash(version.as_bytes())).u32(20);
        data.u32(if last { 0 } else { 28 });
        data.u32(strings.add(version)).u32(0);
    }
    data.0
}
