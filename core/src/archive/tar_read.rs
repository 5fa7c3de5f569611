//! Reads tar archives: POSIX.1-2001 (pax) and GNU.
//!
//! Contents are skipped, not read. Names are made absolute and stay inside the root.

use super::compression::TOO_LARGE;
use super::{ArchiveError, MAX_ENTRIES, MAX_UNPACKED, MAX_UNPACKED_IMAGE};
use crate::fs::{Source, Time, path};
use std::borrow::Cow;

/// The unit of a tar archive.
const BLOCK: u64 = 512;
/// Longest pax header or GNU long name that is read, in bytes.
const MAX_EXTENSION: u64 = 1 << 20;
/// Most bytes of all names in one archive.
const MAX_NAMES: usize = 1 << 30;
/// Bytes read at once from a source, at the least and at the most: where small files lie close
/// together more is read ahead, where large ones are passed over a header alone.
const WINDOW: std::ops::RangeInclusive<usize> = 1 << 10..=64 << 10;

/// The time in a header for times of which only the order is known: the last second of eleven octal digits, in the year
/// 2242.
pub(super) const SINCE_THEN: u64 = 0o777_7777_7777;
/// As [`SINCE_THEN`], for files from before the simulation.
pub(super) const BEFORE_ALL: u64 = SINCE_THEN - 1;

/// The type of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are POSIX's")]
pub enum EntryType {
    File,
    Dir,
    Symlink,
    Hardlink,
    CharDevice,
    BlockDevice,
    Fifo,
}

/// One entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Absolute, without `.` and `..`, no trailing slash.
    pub path: String,
    /// Whether the name is written with `./` in front.
    pub dotted: bool,
    /// The type.
    pub kind: EntryType,
    /// Permission bits (`0o7777`).
    pub mode: u32,
    /// Owner.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// The owner's name; empty if the archive has none.
    pub user: String,
    /// The group's name.
    pub group: String,
    /// The modification time.
    pub modified: Time,
    /// Bytes that follow the header.
    pub size: u64,
    /// Of a symbolic link, its target as written; of a hard link, the other name, made absolute.
    pub link: String,
    /// The offset of its bytes in the archive.
    pub offset: u64,
}

/// A stream of bytes that can be skipped.
pub(crate) trait Stream {
    /// Fills the buffer; false at the end of the stream.
    fn fill(&mut self, into: &mut [u8]) -> Result<bool, ArchiveError>;
    /// Skips bytes.
    fn skip(&mut self, count: u64) -> Result<(), ArchiveError>;
    /// The number of bytes before the current position.
    fn position(&self) -> u64;
}

/// A range of a source as a stream; skipped bytes are not read.
pub(crate) struct Seeking<'s> {
    source: &'s dyn Source,
    start: u64,
    length: u64,
    at: u64,
    window: Vec<u8>,
    window_at: u64,
    ahead: usize,
}

impl<'s> Seeking<'s> {
    pub(crate) fn new(source: &'s dyn Source, start: u64, length: u64) -> Self {
        Seeking { source, start, length, at: 0, window: Vec::new(), window_at: 0, ahead: *WINDOW.start() }
    }
}

impl Stream for Seeking<'_> {
    fn fill(&mut self, into: &mut [u8]) -> Result<bool, ArchiveError> {
        let left = self.length.saturating_sub(self.at);
        if left == 0 && !into.is_empty() {
            return Ok(false);
        }
        let len = into.len() as u64;
        if len > left {
            return Err(ArchiveError::at("the archive ends in the middle of an entry", self.length));
        }
        let end = self.window_at + self.window.len() as u64;
        if self.at < self.window_at || self.at + len > end {
            let is_near = self.at >= self.window_at && self.at - self.window_at <= 2 * self.ahead as u64;
            self.ahead = if is_near { (2 * self.ahead).min(*WINDOW.end()) } else { *WINDOW.start() };
            let size = left.min(self.ahead.max(into.len()) as u64);
            self.window.resize(usize::try_from(size).unwrap_or(0), 0);
            self.window_at = self.at;
            let read = self.source.read_at(self.start + self.at, &mut self.window);
            read.map_err(|error| ArchiveError::at(error, self.at))?;
        }
        let from = usize::try_from(self.at - self.window_at).unwrap_or(usize::MAX);
        let found = self.window.get(from..).and_then(|rest| rest.get(..into.len()));
        into.copy_from_slice(found.ok_or_else(|| ArchiveError::at("cannot be read", self.at))?);
        self.at += len;
        Ok(true)
    }

    fn skip(&mut self, count: u64) -> Result<(), ArchiveError> {
        match self.at.checked_add(count).filter(|to| *to <= self.length) {
            Some(to) => self.at = to,
            None => return Err(ArchiveError::at("the archive ends in the middle of a file", self.length)),
        }
        Ok(())
    }

    fn position(&self) -> u64 {
        self.at
    }
}

/// The remaining limits of listing, shared by all layers of an archive.
#[derive(Clone, Debug)]
pub struct Limits {
    most: usize,
    entries: usize,
    /// Bytes of names and link targets.
    names: usize,
    /// Bytes in memory of compressed layers, unpacked.
    unpacked: u64,
    most_unpacked: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Limits::of(MAX_ENTRIES, MAX_NAMES)
    }
}

impl Limits {
    /// At most `entries` entries, whose names have at most `names` bytes together.
    pub fn of(entries: usize, names: usize) -> Self {
        Limits { most: entries, entries, names, unpacked: MAX_UNPACKED_IMAGE, most_unpacked: MAX_UNPACKED_IMAGE }
    }

    /// The same, with at most `bytes` of memory for compressed layers, unpacked.
    pub fn unpacking(self, bytes: u64) -> Self {
        Limits { unpacked: bytes, most_unpacked: bytes, ..self }
    }

    /// Unpacks a compressed layer into memory. `unpack` gets the most bytes that it may have.
    pub(super) fn unpack(
        &mut self,
        unpack: impl FnOnce(u64) -> Result<Vec<u8>, ArchiveError>,
    ) -> Result<Vec<u8>, ArchiveError> {
        let is_last = self.unpacked < MAX_UNPACKED;
        let bytes = unpack(self.unpacked.min(MAX_UNPACKED)).map_err(|error| match is_last {
            true if error.what.starts_with(TOO_LARGE) => ArchiveError::new(format!(
                "the compressed layers unpack to more than {} MiB; docker save of an engine without containerd's store keeps them unpacked",
                self.most_unpacked >> 20
            )),
            _ => error,
        })?;
        self.unpacked -= bytes.len() as u64;
        Ok(bytes)
    }
}

/// Whether a stream is a tar: its first entry can be read, or it is empty.
pub(super) fn begins<S: Stream>(stream: &mut S) -> bool {
    let mut first = false;
    let listed = list(stream, &mut Limits::default(), |_, _| {
        first = true;
        // One is enough.
        Err(ArchiveError::new(""))
    });
    first || listed.is_ok()
}

/// The values of pax headers and GNU long names for the next entry.
#[derive(Default)]
struct Extension {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u64>,
    gid: Option<u64>,
    modified: Option<Time>,
}

/// Lists an archive. Afterwards the stream is at its end, or where `each` stopped.
///
/// `each` may read the entry's bytes from the stream; the rest is skipped.
pub(crate) fn list<S: Stream>(
    stream: &mut S,
    limits: &mut Limits,
    mut each: impl FnMut(Entry, &mut S) -> Result<(), ArchiveError>,
) -> Result<(), ArchiveError> {
    let mut block = [0; BLOCK as usize];
    let mut next = Extension::default();
    loop {
        let start = stream.position();
        // Some writers omit the closing blocks.
        if !stream.fill(&mut block)? || block.iter().all(|byte| *byte == 0) {
            return Ok(());
        }
        check_sum(&block, start)?;
        let kind = field(&block, 156, 1).first().copied().unwrap_or(0);
        let mut size = number(&block, 124, 12, start)?;
        if matches!(kind, b'x' | b'g' | b'L' | b'K') {
            let text = extension(stream, size, start)?;
            match kind {
                b'x' => pax(&text, &mut next, start)?,
                b'L' => next.path = Some(until_nul(&text).to_vec()),
                b'K' => next.link = Some(until_nul(&text).to_vec()),
                // A global header, such as one with a commit id, does not affect files.
                _ => {}
            }
            continue;
        }
        let said = std::mem::take(&mut next);
        size = said.size.unwrap_or(size);
        if limits.entries == 0 {
            return Err(ArchiveError::at(format!("more than {} entries are not read", limits.most), start));
        }
        limits.entries -= 1;
        let kind = match kind {
            0 | b'0' | b'7' if raw_name(&block, &said).ends_with(b"/") => EntryType::Dir,
            0 | b'0' | b'7' => EntryType::File,
            b'1' => EntryType::Hardlink,
            b'2' => EntryType::Symlink,
            b'3' => EntryType::CharDevice,
            b'4' => EntryType::BlockDevice,
            b'5' => EntryType::Dir,
            b'6' => EntryType::Fifo,
            b'S' => return Err(ArchiveError::at("sparse files are not read", start)),
            other => {
                let what = format!("an entry of the unknown type {:?}", char::from(other));
                return Err(ArchiveError::at(what, start));
            }
        };
        // Only files have contents; some writers give links the size of their target.
        if kind != EntryType::File {
            size = if matches!(kind, EntryType::Dir | EntryType::Symlink | EntryType::Hardlink) { 0 } else { size };
        }
        let name = raw_name(&block, &said);
        let link = said.link.as_deref().unwrap_or_else(|| until_nul(field(&block, 157, 100)));
        let link = String::from_utf8_lossy(link).into_owned();
        let id = |said: Option<u64>, at| -> Result<u32, ArchiveError> {
            let value = said.map_or_else(|| number(&block, at, 8, start), Ok)?;
            u32::try_from(value).map_err(|_| ArchiveError::at(format!("the owner {value} is out of range"), start))
        };
        let entry = Entry {
            path: path::join("/", &String::from_utf8_lossy(&name)),
            dotted: name.starts_with(b"./") || *name == *b".",
            kind,
            mode: u32::try_from(number(&block, 100, 8, start)? & 0o7777).unwrap_or(0),
            uid: id(said.uid, 108)?,
            gid: id(said.gid, 116)?,
            user: owner_name(&block, 265),
            group: owner_name(&block, 297),
            // An invalid time is ignored.
            modified: said.modified.unwrap_or_else(|| match number(&block, 136, 12, start) {
                Err(_) | Ok(BEFORE_ALL) => Time::Past,
                Ok(SINCE_THEN) => Time::Now(0),
                Ok(seconds) => Time::at(i64::try_from(seconds).unwrap_or(i64::MAX), 0),
            }),
            size,
            link: if kind == EntryType::Hardlink { path::join("/", &link) } else { link },
            offset: stream.position(),
        };
        let Some(names) = limits.names.checked_sub(entry.path.len() + entry.link.len()) else {
            return Err(ArchiveError::at("the names of its files are too long to be read", start));
        };
        limits.names = names;
        let data = stream.position();
        let Some(end) = size.checked_next_multiple_of(BLOCK).and_then(|padded| data.checked_add(padded)) else {
            return Err(ArchiveError::at(format!("a file of {size} bytes"), start));
        };
        each(entry, stream)?;
        let left = end.saturating_sub(stream.position());
        // The padding of the last file may be missing.
        let padding = end - data - size;
        if left > padding {
            stream.skip(left - padding)?;
        }
        let missing = end.saturating_sub(stream.position());
        let mut rest = vec![0; usize::try_from(missing).unwrap_or(0)];
        stream.fill(&mut rest)?;
    }
}

fn field(block: &[u8], at: usize, length: usize) -> &[u8] {
    block.get(at..at + length).unwrap_or(&[])
}

fn until_nul(bytes: &[u8]) -> &[u8] {
    bytes.split(|byte| *byte == 0).next().unwrap_or(&[])
}

/// The name of an owner or a group.
fn owner_name(block: &[u8], at: usize) -> String {
    match field(block, 257, 5) == b"ustar" {
        true => String::from_utf8_lossy(until_nul(field(block, at, 32))).into_owned(),
        false => String::new(),
    }
}

/// The name with its prefix, unless an extension has another name.
fn raw_name<'b>(block: &'b [u8], extension: &'b Extension) -> Cow<'b, [u8]> {
    if let Some(path) = &extension.path {
        return Cow::Borrowed(path);
    }
    let name = until_nul(field(block, 0, 100));
    // Only headers with POSIX's magic have a prefix.
    let prefix = until_nul(field(block, 345, 155));
    if field(block, 257, 6) == b"ustar\0" && !prefix.is_empty() {
        return Cow::Owned([prefix, b"/", name].concat());
    }
    Cow::Borrowed(name)
}

/// Octal digits, or base 256 where the first bit is set.
fn number(block: &[u8], at: usize, length: usize, start: u64) -> Result<u64, ArchiveError> {
    let bytes = field(block, at, length);
    if let Some((first, rest)) = bytes.split_first().filter(|(first, _)| **first & 0x80 != 0) {
        let mut value = u64::from(first & 0x7f);
        for byte in rest {
            value = value
                .checked_mul(256)
                .and_then(|value| value.checked_add(u64::from(*byte)))
                .ok_or_else(|| ArchiveError::at("a number that is too large", start))?;
        }
        return Ok(value);
    }
    let mut text = bytes.iter().copied().skip_while(|byte| *byte == b' ').take_while(|byte| !matches!(byte, b' ' | 0));
    text.try_fold(0_u64, |value, byte| {
        value.checked_mul(8)?.checked_add(u64::from(byte.checked_sub(b'0').filter(|digit| *digit < 8)?))
    })
    .ok_or_else(|| ArchiveError::at("no tar header: a number is malformed", start))
}

/// Checks the checksum of a header: the sum of its bytes, with the checksum field as blanks.
fn check_sum(block: &[u8], start: u64) -> Result<(), ArchiveError> {
    let said = number(block, 148, 8, start)?;
    let sum = |signed: bool| -> i64 {
        let value = |(at, byte): (usize, &u8)| match at {
            148..156 => 32,
            _ if signed => i64::from(byte.cast_signed()),
            _ => i64::from(*byte),
        };
        block.iter().enumerate().map(value).sum()
    };
    // Old writers add signed bytes.
    if [sum(false), sum(true)].contains(&said.cast_signed()) {
        return Ok(());
    }
    Err(ArchiveError::at("no tar header: the check sum is wrong", start))
}

fn extension(stream: &mut impl Stream, size: u64, start: u64) -> Result<Vec<u8>, ArchiveError> {
    if size > MAX_EXTENSION {
        return Err(ArchiveError::at(format!("an extended header of {size} bytes"), start));
    }
    let mut text = vec![0; usize::try_from(size).unwrap_or(0)];
    let mut padding = vec![0; usize::try_from(size.next_multiple_of(BLOCK) - size).unwrap_or(0)];
    if !stream.fill(&mut text)? && size > 0 || !stream.fill(&mut padding)? && !padding.is_empty() {
        return Err(ArchiveError::at("the archive ends in an extended header", start));
    }
    Ok(text)
}

/// Seconds since 1970 with any number of digits behind the point.
fn pax_time(text: &str) -> Option<Time> {
    let (seconds, digits) = text.split_once('.').unwrap_or((text, ""));
    let nanoseconds: u32 = format!("{digits:0<9}").get(..9)?.parse().ok()?;
    let whole: i64 = seconds.parse().ok()?;
    Some(match (seconds.starts_with('-'), nanoseconds) {
        // -1.5 is half a second after -2.
        (true, 1..) => Time::at(whole.checked_sub(1)?, 1_000_000_000 - nanoseconds),
        _ => Time::at(whole, nanoseconds),
    })
}

/// Parses records `LENGTH KEY=VALUE\n`.
fn pax(text: &[u8], next: &mut Extension, start: u64) -> Result<(), ArchiveError> {
    let bad = || ArchiveError::at("a malformed pax header", start);
    let mut rest = text;
    while !rest.is_empty() {
        let blank = rest.iter().position(|byte| *byte == b' ').ok_or_else(bad)?;
        let digits = std::str::from_utf8(rest.get(..blank).unwrap_or(&[])).map_err(|_| bad())?;
        let length: usize = digits.parse().map_err(|_| bad())?;
        let record = rest.get(blank + 1..length).ok_or_else(bad)?;
        let record = record.strip_suffix(b"\n").ok_or_else(bad)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(bad)?;
        let (key, value) = (record.get(..equals).unwrap_or(&[]), record.get(equals + 1..).unwrap_or(&[]));
        let number = || std::str::from_utf8(value).ok().and_then(|text| text.parse().ok()).ok_or_else(bad);
        match key {
            b"path" => next.path = Some(value.to_vec()),
            b"linkpath" => next.link = Some(value.to_vec()),
            b"size" => next.size = Some(number()?),
            b"uid" => next.uid = Some(number()?),
            b"gid" => next.gid = Some(number()?),
            b"mtime" => next.modified = std::str::from_utf8(value).ok().and_then(pax_time),
            _ if key.starts_with(b"GNU.sparse") => return Err(ArchiveError::at("sparse files are not read", start)),
            _ => {}
        }
        rest = rest.get(length..).unwrap_or(&[]);
    }
    Ok(())
}
