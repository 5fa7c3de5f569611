//! Reads numbers, notes and strings from bytes, with checks of the bounds.

use crate::fs::{Buffer, Content};
use std::borrow::Cow;
use std::cell::RefCell;

/// Bytes of one byte order.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a> {
    pub(super) data: &'a [u8],
    pub(super) big_endian: bool,
}

impl Bytes<'_> {
    fn array<const N: usize>(&self, at: usize) -> Option<[u8; N]> {
        self.data.get(at..at.checked_add(N)?)?.try_into().ok()
    }

    pub(super) fn u16(&self, at: usize) -> Option<u16> {
        let bytes = self.array(at)?;
        Some(if self.big_endian { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) })
    }

    pub(super) fn u32(&self, at: usize) -> Option<u32> {
        let bytes = self.array(at)?;
        Some(if self.big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) })
    }

    pub(super) fn u64(&self, at: usize) -> Option<u64> {
        let bytes = self.array(at)?;
        Some(if self.big_endian { u64::from_be_bytes(bytes) } else { u64::from_le_bytes(bytes) })
    }

    /// An address-sized number.
    pub(super) fn word(&self, at: usize, is_64: bool) -> Option<u64> {
        if is_64 { self.u64(at) } else { self.u32(at).map(u64::from) }
    }
}

/// An entry of a note segment.
pub(super) struct Note<'a> {
    pub(super) name: &'a [u8],
    pub(super) kind: u32,
    pub(super) description: &'a [u8],
}

impl<'a> Bytes<'a> {
    /// The entries of a note segment, up to the first that is malformed.
    pub(super) fn notes(self, align: u64) -> impl Iterator<Item = Note<'a>> {
        let align = if align == 8 { 8 } else { 4 };
        let mut at = 0usize;
        std::iter::from_fn(move || {
            let (name, len, kind) = (self.u32(at)?, self.u32(at.checked_add(4)?)?, self.u32(at.checked_add(8)?)?);
            let name_at = at.checked_add(12)?;
            let end = name_at.checked_add(name as usize)?;
            let start = end.checked_next_multiple_of(align)?;
            let stop = start.checked_add(len as usize)?;
            at = stop.checked_next_multiple_of(align)?;
            let name = self.data.get(name_at..end)?;
            let name = name.strip_suffix(&[0]).unwrap_or(name);
            Some(Note { name, kind, description: self.data.get(start..stop)? })
        })
    }
}

/// The string that starts at `at` and ends with a NUL.
pub(super) fn string(data: &[u8], at: usize) -> Option<&[u8]> {
    let rest = data.get(at..)?;
    rest.get(..memchr::memchr(0, rest)?)
}

/// Reads parts of a file. It keeps two windows: the start of the file, and the range that was read last.
pub(super) struct Reader<'a> {
    content: &'a Content,
    start: Cow<'a, [u8]>,
    other: RefCell<(u64, Buffer)>,
}

impl<'a> Reader<'a> {
    /// Bytes that are read at once.
    const WINDOW: usize = 8 << 10;

    pub(super) fn new(content: &'a Content) -> Self {
        Reader { content, start: content.read_at(0, Self::WINDOW), other: RefCell::default() }
    }

    pub(super) fn start(&self) -> &[u8] {
        &self.start
    }

    /// Exactly `len` bytes from `offset` on, or nothing.
    pub(super) fn exact(&self, offset: u64, len: usize) -> Option<Cow<'_, [u8]>> {
        let found = self.at_most(offset, len)?;
        (found.len() == len).then_some(found)
    }

    /// At most `len` bytes from `offset` on; nothing if there are none.
    pub(super) fn at_most(&self, offset: u64, len: usize) -> Option<Cow<'_, [u8]>> {
        let at = usize::try_from(offset).ok()?;
        if let Some(found) = self.start.get(at..at.checked_add(len)?) {
            return Some(Cow::Borrowed(found));
        }
        if len > Self::WINDOW / 2 {
            let found = self.content.read_at(offset, len);
            return (!found.is_empty()).then_some(found);
        }
        let mut other = self.other.borrow_mut();
        let part = |(start, bytes): &(u64, Buffer)| -> Option<Vec<u8>> {
            let at = usize::try_from(offset.checked_sub(*start)?).ok()?;
            bytes.get(at..at.checked_add(len)?).map(<[u8]>::to_vec)
        };
        if let Some(found) = part(&other) {
            return Some(Cow::Owned(found));
        }
        *other = (offset, self.content.load(offset, Self::WINDOW));
        let found = other.1.get(..len.min(other.1.len())).unwrap_or(&[]).to_vec();
        (!found.is_empty() || len == 0).then_some(Cow::Owned(found))
    }
}
