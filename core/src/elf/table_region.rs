//! The range of a file that holds tables. A small range is read as a whole, a large one in chunks.

use super::byte_reader::string;
use crate::fs::{Buffer, Content};
use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

/// The largest range that is read as a whole, in bytes: the tables of most libraries. Programs that export all symbols to
/// plugins have larger tables, of which few symbols are needed.
const MAX_WHOLE: u64 = 384 << 10;
/// The size of a chunk, and how far it extends into the next one, so that values across its end are complete.
const CHUNK: usize = 16 << 10;
const OVERLAP: usize = 4 << 10;

#[derive(Debug, Default)]
pub(super) struct Region {
    data: Data,
    len: usize,
}

#[derive(Debug)]
enum Data {
    Whole(Buffer),
    Pieces {
        content: Content,
        start: u64,
        pieces: Vec<OnceCell<Buffer>>,
        /// The whole, for a string that is longer than a piece's overlap.
        all: OnceCell<Buffer>,
    },
}

impl Default for Data {
    fn default() -> Self {
        Data::Whole(Buffer::default())
    }
}

impl Region {
    /// The bytes of a file from `place.start` to `place.end`; fewer where the file ends.
    pub(super) fn read(content: &Content, place: Range<u64>) -> Self {
        let size = place.end.min(content.len).saturating_sub(place.start);
        let len = usize::try_from(size).unwrap_or(usize::MAX);
        if size <= MAX_WHOLE {
            let whole = content.load(place.start, len);
            return Region { len: whole.len(), data: Data::Whole(whole) };
        }
        let pieces = std::iter::repeat_with(OnceCell::new).take(len.div_ceil(CHUNK)).collect();
        Region {
            data: Data::Pieces { content: content.clone(), start: place.start, pieces, all: OnceCell::new() },
            len,
        }
    }

    /// `len` bytes from `at` on; nothing where the region ends before. At most 4 KiB.
    #[inline]
    pub(super) fn get(&self, at: usize, len: usize) -> Option<&[u8]> {
        let end = at.checked_add(len)?;
        match &self.data {
            Data::Whole(whole) => whole.get(at..end),
            Data::Pieces { .. } => self.piece(at)?.get(..len),
        }
    }

    /// The string from `at` on that ends with a NUL before `end`.
    pub(super) fn string(&self, at: usize, end: usize) -> Option<&[u8]> {
        let limit = end.checked_sub(at)?;
        match &self.data {
            Data::Whole(whole) => string(whole.get(at..end.min(whole.len()))?, 0),
            Data::Pieces { content, start, all, .. } => {
                let piece = self.piece(at)?;
                let found = string(piece.get(..limit.min(piece.len()))?, 0);
                found.or_else(|| {
                    let all = all.get_or_init(|| content.load(*start, self.len));
                    string(all.get(at..end.min(all.len()))?, 0)
                })
            }
        }
    }

    /// Bytes that need not be kept.
    pub(super) fn part(&self, range: Range<usize>) -> Cow<'_, [u8]> {
        match &self.data {
            Data::Whole(whole) => Cow::Borrowed(whole.get(range).unwrap_or(&[])),
            Data::Pieces { content, start, .. } => {
                let len = range.end.min(self.len).saturating_sub(range.start);
                Cow::Owned(content.read_at(start.saturating_add(range.start as u64), len).into_owned())
            }
        }
    }

    /// What is known from `at` on without another look at the file.
    fn piece(&self, at: usize) -> Option<&[u8]> {
        let Data::Pieces { content, start, pieces, .. } = &self.data else { return None };
        let first = at / CHUNK * CHUNK;
        let piece = pieces.get(at / CHUNK)?.get_or_init(|| {
            let len = (CHUNK + OVERLAP).min(self.len.saturating_sub(first));
            content.load(start.saturating_add(first as u64), len)
        });
        piece.get(at - first..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_large_region_gives_what_a_small_one_gives() {
        let mut bytes: Vec<u8> = (0..1_000_000u32).map(|at| (at % 251) as u8 | 1).collect();
        // A string over the end of a piece, and one that is longer than what pieces share.
        let strings = [(CHUNK - 10, 30), (3 * CHUNK - 100, OVERLAP + 500), (bytes.len() - 50, 40)];
        for (at, len) in strings {
            bytes[at + len] = 0;
        }
        let content = Content::inline(bytes.clone());
        let large = Region::read(&content, 0..bytes.len() as u64);
        assert!(matches!(large.data, Data::Pieces { .. }));
        let small = Region { len: bytes.len(), data: Data::Whole(Buffer::from(&bytes[..])) };
        for (at, len) in strings {
            let found = large.string(at, bytes.len());
            assert_eq!(found.map(<[u8]>::len), Some(len));
            assert_eq!(found, small.string(at, bytes.len()));
            assert_eq!(large.string(at, at + len), None, "it would end beyond the table");
        }
        for at in (0..bytes.len()).step_by(4093) {
            assert_eq!(large.get(at, 24), small.get(at, 24));
        }
        assert_eq!(large.get(bytes.len() - 8, 9), None);
        assert_eq!(large.part(CHUNK - 5..CHUNK + 5), small.part(CHUNK - 5..CHUNK + 5));
    }

    #[test]
    fn a_region_ends_where_the_file_does() {
        let content = Content::inline(vec![1; 100]);
        let region = Region::read(&content, 90..1000);
        assert_eq!(region.get(0, 10), Some(&[1; 10][..]));
        assert_eq!(region.get(5, 10), None);
    }
}
