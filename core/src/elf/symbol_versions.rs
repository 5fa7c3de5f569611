//! ELF symbol versions: `.gnu.version_r` (needed), `.gnu.version_d` (defined), and the names of version indices.

use super::byte_reader::{Bytes, Reader};
use super::string_table::Strings;
use super::{Elf, NeededVersions};

/// The most versions of one table that are read.
const MAX_VERSIONS: usize = 4096;

/// The version of a version index.
#[derive(Clone, Debug, Default)]
pub(super) struct VersionName {
    pub(super) name: Vec<u8>,
    /// Of a needed version: the library that must define it.
    pub(super) library: Option<String>,
    pub(super) hidden: bool,
}

/// A symbol's version.
#[derive(Clone, Copy, Debug)]
pub struct Version<'a> {
    /// Its index in the file that needs it.
    pub index: usize,
    /// Such as `GLIBC_2.34`.
    pub name: &'a [u8],
    /// Of a needed version: the library that must define it.
    pub library: Option<&'a str>,
}

/// `.gnu.version_r`: a chain of `Verneed`, each with a chain of `Vernaux`.
pub(super) fn needed_versions(reader: &Reader<'_>, elf: &mut Elf, strings: &Strings<'_>) -> Option<()> {
    const WEAK: u16 = 2;
    if elf.tables.verneed == 0 {
        return Some(());
    }
    let mut at = elf.offset_of(elf.tables.verneed)?;
    let mut left = MAX_VERSIONS;
    loop {
        let bytes = reader.exact(at, 16)?;
        let entry = Bytes { data: &bytes, big_endian: elf.big_endian };
        let (file, aux, next) = (entry.u32(4)?, entry.u32(8)?, entry.u32(12)?);
        let mut need = NeededVersions::strong(&strings.get(u64::from(file))?, Vec::new());
        let mut aux_at = at.checked_add(u64::from(aux))?;
        loop {
            left = left.checked_sub(1)?;
            let bytes = reader.exact(aux_at, 16)?;
            let entry = Bytes { data: &bytes, big_endian: elf.big_endian };
            let name = strings.get(u64::from(entry.u32(8)?))?;
            if entry.u16(4)? & WEAK != 0 {
                need.weak.push(name.clone());
            }
            need.versions.push(name);
            match entry.u32(12)? {
                0 => break,
                step => aux_at = aux_at.checked_add(u64::from(step))?,
            }
        }
        elf.needed_versions.push(need);
        match next {
            0 => return Some(()),
            step => at = at.checked_add(u64::from(step))?,
        }
    }
}

/// `.gnu.version_d`: a chain of `Verdef`; the first name of each is the version's.
pub(super) fn defined_versions(reader: &Reader<'_>, elf: &mut Elf, strings: &Strings<'_>) -> Option<()> {
    const BASE: u16 = 1;
    if elf.tables.verdef == 0 {
        return Some(());
    }
    let mut at = elf.offset_of(elf.tables.verdef)?;
    for _ in 0..MAX_VERSIONS {
        let bytes = reader.exact(at, 20)?;
        let entry = Bytes { data: &bytes, big_endian: elf.big_endian };
        if entry.u16(2)? & BASE == 0 {
            let aux = reader.exact(at.checked_add(u64::from(entry.u32(12)?))?, 8)?;
            let name = Bytes { data: &aux, big_endian: elf.big_endian }.u32(0)?;
            elf.defined_versions.push(strings.get(u64::from(name))?);
        }
        match entry.u32(16)? {
            0 => return Some(()),
            step => at = at.checked_add(u64::from(step))?,
        }
    }
    None
}

/// The versions by version index, from `.gnu.version_r` and `.gnu.version_d`; `string` reads the string table. A malformed chain ends at its first invalid entry.
pub(super) fn version_names(
    needed: Bytes<'_>,
    defined: Bytes<'_>,
    string: impl Fn(u32) -> Option<Vec<u8>>,
) -> Vec<VersionName> {
    let mut found: Vec<(usize, VersionName)> = Vec::new();
    let mut walk = || -> Option<()> {
        let bytes = needed;
        let (mut at, mut left) = (0usize, MAX_VERSIONS);
        while !needed.data.is_empty() {
            let library =
                string(bytes.u32(at.checked_add(4)?)?).map(|name| String::from_utf8_lossy(&name).into_owned());
            let mut aux = at.checked_add(bytes.u32(at + 8)? as usize)?;
            loop {
                left = left.checked_sub(1)?;
                let other = bytes.u16(aux.checked_add(6)?)?;
                let name = string(bytes.u32(aux + 8)?)?;
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
        let bytes = defined;
        let mut at = 0usize;
        for _ in 0..if defined.data.is_empty() { 0 } else { MAX_VERSIONS } {
            let (flags, index) = (bytes.u16(at.checked_add(2)?)?, bytes.u16(at + 4)?);
            let aux = at.checked_add(bytes.u32(at + 12)? as usize)?;
            if flags & 1 == 0 {
                let name = string(bytes.u32(aux)?)?;
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
