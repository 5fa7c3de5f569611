//! Build information of an ELF file, which no loader reads: build id, compilers, Go's build settings, debug information.

use super::byte_reader::{Bytes, Reader, string};
use super::{Elf, read};
use crate::fs::Content;
use goblin::container::{Container, Ctx};
use goblin::elf::header::Header;
use goblin::elf::note::{NT_GNU_ABI_TAG, NT_GNU_BUILD_ID};
use goblin::elf::program_header::{PT_NOTE, ProgramHeader};
use goblin::elf::section_header::{SHN_XINDEX, SectionHeader};

/// The most sections that are read.
const MAX_SECTIONS: usize = 4096;
/// The most bytes of one section that are read.
const MAX_SECTION: u64 = 1 << 20;
/// The magic number of Go's build information (`debug/buildinfo`).
const GO_MAGIC: &[u8] = b"\xff Go buildinf:";

/// Build information.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Details {
    /// NT_GNU_BUILD_ID, in hexadecimal digits.
    pub build_id: Option<String>,
    /// The oldest kernel that it runs on, from NT_GNU_ABI_TAG.
    pub oldest_kernel: Option<String>,
    /// The texts of `.comment`, which name compilers.
    pub comments: Vec<String>,
    /// Go's build information.
    pub go: Option<GoBuild>,
    /// The symbol table (`.symtab`) was removed.
    pub stripped: bool,
    /// It has a section `.debug_info`, compressed or not.
    pub debug_info: bool,
    /// Names of sections, in order.
    pub sections: Vec<String>,
}

/// Go's build information.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GoBuild {
    /// Such as `go1.22.1`.
    pub version: String,
    /// Import path of the main package.
    pub path: Option<String>,
    /// Build settings such as `CGO_ENABLED` and `0`, in order.
    pub settings: Vec<(String, String)>,
}

/// Reads the build information of an ELF file; empty for any other file.
pub fn details(content: &Content) -> Details {
    let mut found = Details { stripped: true, ..Details::default() };
    let Ok(elf) = read(content) else {
        return Details::default();
    };
    let reader = Reader::new(content);
    let class = if elf.is_64 { Container::Big } else { Container::Little };
    let order = if elf.big_endian { goblin::container::Endian::Big } else { goblin::container::Endian::Little };
    let ctx = Ctx::new(class, order);
    let Ok(head) = goblin::elf::Elf::parse_header(reader.start()) else {
        return found;
    };
    notes(&reader, &head, ctx, &mut found);
    let sections = sections(&reader, &head, ctx);
    for (name, section) in &sections {
        let bytes = || reader.at_most(section.sh_offset, section.sh_size.min(MAX_SECTION) as usize).unwrap_or_default();
        match name.as_str() {
            ".symtab" => found.stripped = false,
            ".debug_info" | ".zdebug_info" => found.debug_info = true,
            ".comment" => {
                let texts = bytes();
                let texts = texts.split(|byte| *byte == 0).filter(|text| !text.is_empty());
                found.comments.extend(texts.map(|text| String::from_utf8_lossy(text).into_owned()));
                found.comments.dedup();
            }
            ".go.buildinfo" => found.go = go(&reader, &elf, section.sh_offset),
            _ => {}
        }
    }
    if found.go.is_none() && sections.is_empty() {
        // Without sections the build information is at the start of the first writable segment.
        let data = elf.segments.iter().find(|segment| segment.writable && !segment.executable);
        found.go = data.and_then(|segment| go(&reader, &elf, segment.offset));
    }
    found.sections = sections.into_iter().map(|(name, _)| name).filter(|name| !name.is_empty()).collect();
    found
}

fn sections(reader: &Reader<'_>, head: &Header, ctx: Ctx) -> Vec<(String, SectionHeader)> {
    let size = SectionHeader::size(ctx);
    let count = usize::from(head.e_shnum).min(MAX_SECTIONS);
    if head.e_shoff == 0 || usize::from(head.e_shentsize) != size {
        return Vec::new();
    }
    let Some(table) = reader.exact(head.e_shoff, count * size) else {
        return Vec::new();
    };
    let headers = match count {
        0 => Vec::new(),
        count => SectionHeader::parse_from(&table, 0, count, ctx).unwrap_or_default(),
    };
    let names = match head.e_shstrndx {
        index if u32::from(index) == SHN_XINDEX => None,
        index => headers.get(usize::from(index)),
    };
    let names = names.and_then(|names| reader.at_most(names.sh_offset, names.sh_size.min(MAX_SECTION) as usize));
    let names = names.unwrap_or_default();
    let name = |at: usize| String::from_utf8_lossy(string(&names, at).unwrap_or(&[])).into_owned();
    headers.into_iter().map(|header| (name(header.sh_name), header)).collect()
}

fn notes(reader: &Reader<'_>, head: &Header, ctx: Ctx, found: &mut Details) {
    let size = usize::from(head.e_phnum) * ProgramHeader::size(ctx);
    let headers = reader
        .exact(head.e_phoff, size)
        .and_then(|table| ProgramHeader::parse(&table, 0, usize::from(head.e_phnum), ctx).ok())
        .unwrap_or_default();
    for header in headers.iter().filter(|header| header.p_type == PT_NOTE) {
        let Some(bytes) = reader.at_most(header.p_offset, header.p_filesz.min(MAX_SECTION) as usize) else {
            continue;
        };
        let bytes = Bytes { data: &bytes, big_endian: !ctx.le.is_little() };
        for note in bytes.notes(header.p_align).take(64) {
            match (note.name, note.kind) {
                (b"GNU", NT_GNU_BUILD_ID) => {
                    found.build_id = Some(note.description.iter().take(64).map(|byte| format!("{byte:02x}")).collect());
                }
                (b"GNU", NT_GNU_ABI_TAG) => {
                    let words = Bytes { data: note.description, ..bytes };
                    if let (Some(major), Some(minor), Some(patch)) = (words.u32(4), words.u32(8), words.u32(12)) {
                        found.oldest_kernel = Some(format!("{major}.{minor}.{patch}"));
                    }
                }
                _ => {}
            }
        }
    }
}

/// Go's build information at a place (`debug/buildinfo`: inline since 1.18, by pointers before).
fn go(reader: &Reader<'_>, elf: &Elf, offset: u64) -> Option<GoBuild> {
    const MAX_TEXT: usize = 64 << 10;
    let bytes = reader.at_most(offset, MAX_TEXT)?;
    if !bytes.starts_with(GO_MAGIC) {
        return None;
    }
    let (pointer, flags) = (*bytes.get(14)?, *bytes.get(15)?);
    let (version, modules) = if flags & 2 != 0 {
        let (version, at) = length_prefixed(&bytes, 32)?;
        (version.to_vec(), length_prefixed(&bytes, at).map(|(modules, _)| modules.to_vec()).unwrap_or_default())
    } else {
        let wide = pointer == 8;
        let text = |at: usize| -> Option<Vec<u8>> {
            let order = |data| Bytes { data, big_endian: flags & 1 != 0 };
            let header = elf.offset_of(order(&bytes).word(at, wide)?)?;
            let header = reader.exact(header, 2 * usize::from(pointer))?;
            let (place, len) = (order(&header).word(0, wide)?, order(&header).word(usize::from(pointer), wide)?);
            let text =
                reader.exact(elf.offset_of(place)?, usize::try_from(len).ok().filter(|len| *len <= MAX_TEXT)?)?;
            Some(text.into_owned())
        };
        (text(16)?, text(16 + usize::from(pointer)).unwrap_or_default())
    };
    let mut build = GoBuild { version: String::from_utf8_lossy(&version).into_owned(), ..GoBuild::default() };
    // The text stands between two marks of 16 bytes.
    let text = modules.get(16..modules.len().saturating_sub(16)).unwrap_or(&[]);
    for line in String::from_utf8_lossy(text).lines() {
        match line.split_once('\t') {
            Some(("path", path)) => build.path = Some(path.to_string()),
            Some(("build", setting)) => {
                let (key, value) = setting.split_once('=').unwrap_or((setting, ""));
                build.settings.push((key.to_string(), value.trim_matches('"').to_string()));
            }
            _ => {}
        }
    }
    Some(build)
}

/// Bytes with their length in front as a varint; and the index behind them.
fn length_prefixed(bytes: &[u8], mut at: usize) -> Option<(&[u8], usize)> {
    let mut len = 0usize;
    for shift in (0..28).step_by(7) {
        let byte = *bytes.get(at)?;
        at += 1;
        len |= usize::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            let end = at.checked_add(len)?;
            return Some((bytes.get(at..end)?, end));
        }
    }
    None
}
