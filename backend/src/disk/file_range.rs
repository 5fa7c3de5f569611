//! A range of bytes of a file as a reader.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// Reads a range of bytes of a file.
#[derive(Debug)]
pub struct FileRange {
    file: File,
    offset: u64,
    remaining: u64,
}

impl FileRange {
    /// The range of `size` bytes from `offset`.
    pub fn new(file: File, offset: u64, size: u64) -> Self {
        FileRange { file, offset, remaining: size }
    }
}

impl Read for FileRange {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let limit = usize::try_from(self.remaining).unwrap_or(usize::MAX).min(into.len());
        let count = self.file.read_at(&mut into[..limit], self.offset)?;
        self.offset += count as u64;
        self.remaining -= count as u64;
        Ok(count)
    }
}
