//! A file that is read page by page, asynchronously.
//!
//! A browser delivers the bytes of a file later than they are requested. Missing pages are recorded, the caller fetches
//! and inserts them, and the read is tried again.

use super::Source;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The size of a page in bytes.
const PAGE: u64 = 64 << 10;
/// The most bytes of one read: more than the tables of any ELF file.
const MAX_READ: u64 = 32 << 20;

/// A file of known size, and the pages of it that are loaded.
#[derive(Debug)]
pub struct PagedFile {
    size: u64,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    pages: BTreeMap<u64, Arc<[u8]>>,
    missing: BTreeSet<u64>,
}

impl PagedFile {
    /// A file without loaded pages.
    pub fn new(size: u64) -> Self {
        PagedFile { size, state: Mutex::default() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The byte ranges that were requested and are not loaded, adjacent pages joined; each only once per request.
    pub fn take_missing(&self) -> Vec<Range<u64>> {
        let mut ranges: Vec<Range<u64>> = Vec::new();
        for page in std::mem::take(&mut self.state().missing) {
            let range = page * PAGE..((page + 1) * PAGE).min(self.size);
            match ranges.last_mut() {
                Some(last) if last.end == range.start => last.end = range.end,
                _ => ranges.push(range),
            }
        }
        ranges
    }

    /// Inserts bytes from the start of a requested range. Incomplete pages are ignored.
    pub fn insert(&self, start: u64, bytes: &[u8]) {
        let mut state = self.state();
        for (index, page) in bytes.chunks(PAGE as usize).enumerate() {
            let number = start / PAGE + index as u64;
            let whole = page.len() as u64 == PAGE.min(self.size.saturating_sub(number * PAGE));
            if start.is_multiple_of(PAGE) && whole {
                state.pages.insert(number, page.into());
            }
        }
    }

    /// The number of loaded bytes.
    pub fn loaded_bytes(&self) -> u64 {
        self.state().pages.values().map(|page| page.len() as u64).sum()
    }
}

impl Source for PagedFile {
    fn size(&self) -> u64 {
        self.size
    }

    fn is_at_hand(&self) -> bool {
        false
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        let end = offset.checked_add(into.len() as u64).filter(|end| *end <= self.size).ok_or("it ends before that")?;
        if into.is_empty() {
            return Ok(());
        }
        if into.len() as u64 > MAX_READ {
            return Err("too much of it was asked for at once".into());
        }
        let mut state = self.state();
        let mut missing = false;
        for number in offset / PAGE..end.div_ceil(PAGE) {
            let Some(page) = state.pages.get(&number).cloned() else {
                missing = true;
                state.missing.insert(number);
                continue;
            };
            let begin = number * PAGE;
            let from = offset.max(begin);
            let to = end.min(begin + page.len() as u64);
            let source = page.get((from - begin) as usize..(to - begin) as usize);
            let target = into.get_mut((from - offset) as usize..(to - offset) as usize);
            if let (Some(source), Some(target)) = (source, target) {
                target.copy_from_slice(source);
            }
        }
        if missing { Err("it has not come yet".into()) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_comes_and_nothing_else() {
        let file: Vec<u8> = (0..300_000u32).map(|at| (at % 251) as u8).collect();
        let file_pages = PagedFile::new(file.len() as u64);
        let mut into = [0; 100];
        assert!(file_pages.read_at(65_500, &mut into).is_err());
        assert!(file_pages.read_at(299_950, &mut [0; 50]).is_err());
        assert_eq!(file_pages.take_missing(), [0..131_072, 262_144..300_000]);
        assert!(file_pages.take_missing().is_empty());
        file_pages.insert(0, &file[..131_072]);
        file_pages.insert(262_144, &file[262_144..]);
        file_pages.read_at(65_500, &mut into).unwrap();
        assert_eq!(into, file[65_500..65_600]);
        file_pages.read_at(299_950, &mut [0; 50]).unwrap();
        assert_eq!(file_pages.loaded_bytes(), 131_072 + 37_856);
        // Beyond its end, pieces of pages, and far too much.
        assert!(
            file_pages.read_at(299_950, &mut [0; 51]).is_err() && file_pages.read_at(u64::MAX, &mut [0; 1]).is_err()
        );
        file_pages.insert(131_072, &file[131_072..131_100]);
        assert!(file_pages.read_at(131_072, &mut [0; 1]).is_err());
        assert!(PagedFile::new(1 << 40).read_at(0, &mut vec![0; 64 << 20]).unwrap_err().contains("too much"));
    }
}
