//! A part of a file as a stream.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// So many bytes of a file, from one place on.
#[derive(Debug)]
pub struct Part {
    file: File,
    at: u64,
    left: u64,
}

impl Part {
    /// The bytes from `at` on, `size` of them.
    pub fn new(file: File, at: u64, size: u64) -> Self {
        Part { file, at, left: size }
    }
}

impl Read for Part {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(into.len());
        let count = self.file.read_at(&mut into[..most], self.at)?;
        (self.at, self.left) = (self.at + count as u64, self.left - count as u64);
        Ok(count)
    }
}
