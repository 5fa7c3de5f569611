//! `/etc/ld.so.cache`, as `ldconfig` writes it since glibc 2.2 (`elf/dl-cache.c`).

use crate::elf::Machine;
use std::collections::BTreeMap;

/// The name and version of the format.
const MAGIC: &[u8] = b"glibc-ld.so.cache1.1";
/// Sizes of header and entry, in bytes.
const HEADER: usize = 48;
const ENTRY: usize = 24;
/// Marks an entry of a `glibc-hwcaps` directory; its lower half is an index.
const EXTENSION: u64 = 1 << 62;
/// Offset and magic number of the extension directory (`dl-cache.h`).
const EXTENSION_OFFSET: usize = 32;
const EXTENSION_MAGIC: u32 = 0xeaa4_2174;
/// The section with the names of `glibc-hwcaps` directories.
const TAG_HWCAPS: u32 = 1;

/// The cache's bytes.
pub(super) struct Cache {
    bytes: Vec<u8>,
    entries: usize,
}

impl Cache {
    /// Checks the header; `None` if the loader would ignore the file.
    pub(super) fn new(mut bytes: Vec<u8>) -> Option<Self> {
        // Older files have the new format behind the old one.
        if !bytes.starts_with(MAGIC) {
            let at = memchr::memmem::find(&bytes, MAGIC)?;
            bytes.drain(..at);
        }
        let entries = u32::from_le_bytes(bytes.get(20..24)?.try_into().ok()?) as usize;
        (entries <= bytes.len().checked_sub(HEADER)? / ENTRY).then_some(Cache { bytes, entries })
    }

    fn u32(&self, at: usize) -> Option<u32> {
        Some(u32::from_le_bytes(self.bytes.get(at..at.checked_add(4)?)?.try_into().ok()?))
    }

    fn text(&self, at: u32) -> Option<&str> {
        let rest = self.bytes.get(at as usize..)?;
        std::str::from_utf8(rest.get(..memchr::memchr(0, rest)?)?).ok()
    }

    /// The path for a library, for files with these `flags` on a processor of a level.
    ///
    /// Entries for newer processor levels take precedence.
    pub(super) fn find(&self, name: &str, flags: u32, level: u8) -> Option<&str> {
        let mut best: Option<(u8, &str)> = None;
        for at in self.named(name) {
            let entry = HEADER + at * ENTRY;
            // The low byte is the format, 3 for glibc; the next byte is the machine.
            if self.u32(entry)? & 0xffff != flags {
                continue;
            }
            let value = self.text(self.u32(entry + 8)?)?;
            let capabilities = u64::from(self.u32(entry + 16)?) | u64::from(self.u32(entry + 20)?) << 32;
            let rank = match capabilities {
                0 => 1,
                wanted if wanted & EXTENSION != 0 => match self.level(wanted as u32) {
                    Some(wanted) if wanted <= level => wanted,
                    _ => continue,
                },
                _ => continue,
            };
            if best.is_none_or(|(known, _)| rank > known) {
                best = Some((rank, value));
            }
        }
        best.map(|(_, value)| value)
    }

    /// Indices of the entries with this name: the table is sorted by it.
    fn named(&self, name: &str) -> impl Iterator<Item = usize> + '_ {
        let key = |at: usize| self.u32(HEADER + at * ENTRY + 4).and_then(|key| self.text(key)).unwrap_or("");
        let (mut low, mut high) = (0, self.entries);
        // Descending order: the first entry that is not greater than the name.
        while low < high {
            let middle = (low + high) / 2;
            if compare(key(middle), name).is_gt() { low = middle + 1 } else { high = middle }
        }
        let name = name.to_string();
        (low..self.entries).take_while(move |at| {
            self.u32(HEADER + at * ENTRY + 4).and_then(|key| self.text(key)).unwrap_or("") == name
        })
    }

    /// The x86-64 level of a `glibc-hwcaps` name, by its index.
    fn level(&self, index: u32) -> Option<u8> {
        let directory = self.u32(EXTENSION_OFFSET)? as usize;
        if self.u32(directory)? != EXTENSION_MAGIC {
            return None;
        }
        let sections = self.u32(directory.checked_add(4)?)?.min(64) as usize;
        let section = (0..sections)
            .map(|number| directory + 8 + number * 16)
            .find(|section| self.u32(*section) == Some(TAG_HWCAPS))?;
        let (offset, size) = (self.u32(section + 8)?, self.u32(section + 12)?);
        let at = index.checked_mul(4).filter(|at| *at < size)?;
        self.text(self.u32(offset.checked_add(at)? as usize)?)?.strip_prefix("x86-64-v")?.parse().ok()
    }
}

/// The bytes of a cache of libraries, by name and path, as `ldconfig` writes them since glibc 2.33. `generator` is the
/// name that `ldconfig` records. Strings share their ends, as in its output.
pub(crate) fn write(libraries: &[(String, String)], machine: Machine, generator: &str) -> Vec<u8> {
    const TAG_GENERATOR: u32 = 0;
    const LITTLE_ENDIAN: u8 = 2;
    let flags: u32 = if machine == Machine::Aarch64 { 0x0a03 } else { 0x0303 };
    let mut sorted: Vec<&(String, String)> = libraries.iter().collect();
    sorted.sort_by(|(one, _), (two, _)| compare(two, one));
    // The longest strings come first, so that shorter ones are found as their ends.
    let mut strings: Vec<&str> = sorted.iter().flat_map(|(name, path)| [name.as_str(), path.as_str()]).collect();
    strings.sort_by(|one, two| two.len().cmp(&one.len()).then(one.cmp(two)));
    strings.dedup();
    let mut table: Vec<u8> = Vec::new();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    for text in strings {
        let end = [text.as_bytes(), &[0]].concat();
        let at = memchr::memmem::find(&table, &end).unwrap_or_else(|| {
            table.extend(&end);
            table.len() - end.len()
        });
        places.insert(text, at);
    }
    let base = HEADER + sorted.len() * ENTRY;
    let place = |text: &str| u32::try_from(base + places.get(text).copied().unwrap_or(0)).unwrap_or(0);
    let extension = (base + table.len()).next_multiple_of(4);
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX).to_le_bytes();
    let mut bytes = MAGIC.to_vec();
    bytes.extend(number(sorted.len()));
    bytes.extend(number(table.len()));
    bytes.extend([LITTLE_ENDIAN, 0, 0, 0]);
    bytes.extend(number(extension));
    bytes.resize(HEADER, 0);
    for (name, path) in sorted {
        bytes.extend(flags.to_le_bytes());
        bytes.extend(place(name).to_le_bytes());
        bytes.extend(place(path).to_le_bytes());
        // No minimum kernel and no processor requirement.
        bytes.extend([0; 12]);
    }
    bytes.extend(table);
    bytes.resize(extension, 0);
    bytes.extend(EXTENSION_MAGIC.to_le_bytes());
    bytes.extend(1u32.to_le_bytes());
    bytes.extend(TAG_GENERATOR.to_le_bytes());
    bytes.extend(0u32.to_le_bytes());
    bytes.extend(number(extension + 24));
    bytes.extend(number(generator.len()));
    bytes.extend(generator.as_bytes());
    bytes
}

/// glibc's order of names: runs of digits compare as numbers (`_dl_cache_libcmp`).
fn compare(one: &str, two: &str) -> std::cmp::Ordering {
    use std::cmp::Ordering;
    let (mut one, mut two) = (one.as_bytes(), two.as_bytes());
    let number = |text: &[u8]| -> (u64, usize) {
        let digits = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
        let value =
            text.iter().take(digits).fold(0u64, |sum, byte| sum.wrapping_mul(10).wrapping_add(u64::from(byte - b'0')));
        (value, digits)
    };
    loop {
        let (Some(a), Some(b)) = (one.first(), two.first()) else {
            return one.len().cmp(&two.len());
        };
        let step = match (a.is_ascii_digit(), b.is_ascii_digit()) {
            (true, true) => {
                let ((x, xs), (y, ys)) = (number(one), number(two));
                if x != y {
                    return x.cmp(&y);
                }
                (xs, ys)
            }
            (true, false) => return Ordering::Greater,
            (false, true) => return Ordering::Less,
            (false, false) if a != b => return a.cmp(b),
            _ => (1, 1),
        };
        one = one.get(step.0..).unwrap_or(&[]);
        two = two.get(step.1..).unwrap_or(&[]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_ordered_as_ldconfig_orders_them() {
        assert!(compare("libz.so.10", "libz.so.9").is_gt());
        assert!(compare("libz.so.1", "libz.so").is_gt());
        assert!(compare("liba1", "liba_").is_gt());
    }

    #[test]
    fn what_is_written_is_found() {
        let libraries = ["libz.so.1", "libz.so.10", "liba.so", "libzz.so.1"]
            .map(|name| (name.to_string(), format!("/usr/local/lib/{name}")));
        let cache = Cache::new(write(&libraries, Machine::X86_64, "ldconfig")).expect("a cache");
        for (name, path) in &libraries {
            assert_eq!(cache.find(name, 0x0303, 3), Some(path.as_str()));
        }
        assert_eq!(cache.find("libq.so", 0x0303, 3), None);
        assert_eq!(cache.find("liba.so", 0x0a03, 3), None);
    }

    #[test]
    fn what_is_no_cache_is_not_used() {
        assert!(Cache::new(b"nothing".to_vec()).is_none());
        let mut lies = MAGIC.to_vec();
        lies.extend(u32::MAX.to_le_bytes());
        lies.resize(200, 0);
        assert!(Cache::new(lies).is_none());
    }
}
