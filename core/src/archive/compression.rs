//! Compressed archives: detected by their first bytes, unpacked with a limit, packed.

use super::tar_read::Stream;
use super::{ArchiveError, MAX_UNPACKED};
use crate::fs::{Memory, Source};
use std::io::{self, BufRead, BufReader, Read, Write};

/// The largest window of a zstd stream, in bytes: the default limit of the `zstd` program.
const MAX_ZSTD_WINDOW: u64 = 128 << 20;

/// A compression format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Compression {
    None,
    Gzip,
    Bzip2,
    Xz,
    Zstd,
}

/// Detects the format by the first bytes, as moby's archive package does.
pub fn detect(head: &[u8]) -> Compression {
    match head {
        [0x1f, 0x8b, 8, ..] => Compression::Gzip,
        [b'B', b'Z', b'h', ..] => Compression::Bzip2,
        [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Compression::Xz,
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Compression::Zstd,
        _ => Compression::None,
    }
}

/// A range of a source as a reader.
struct Part<'s> {
    source: &'s dyn Source,
    at: u64,
    end: u64,
}

impl Read for Part<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX).min(into.len());
        let Some(into) = into.get_mut(..count).filter(|into| !into.is_empty()) else { return Ok(0) };
        self.source.read_at(self.at, into).map_err(io::Error::other)?;
        self.at += count as u64;
        Ok(count)
    }
}

/// A frame of which the first four bytes were read.
type Frame<R> = ruzstd::decoding::StreamingDecoder<io::Chain<io::Cursor<[u8; 4]>, R>, ruzstd::decoding::FrameDecoder>;

/// Consecutive zstd frames; skippable frames are skipped.
struct ZstdFrames<R: Read> {
    /// Between frames.
    rest: Option<R>,
    frame: Option<Frame<R>>,
}

impl<R: Read> ZstdFrames<R> {
    fn new(reader: R) -> Self {
        ZstdFrames { rest: Some(reader), frame: None }
    }

    /// Moves to the next frame with data; false at the end.
    fn open(&mut self) -> io::Result<bool> {
        let Some(mut rest) = self.rest.take() else { return Ok(false) };
        let mut magic = [0; 4];
        loop {
            if !fill(&mut rest, &mut magic)? {
                return Ok(false);
            }
            if let [0x50..=0x5f, 0x2a, 0x4d, 0x18] = magic {
                let mut length = [0; 4];
                rest.read_exact(&mut length)?;
                let length = u64::from(u32::from_le_bytes(length));
                io::copy(&mut rest.by_ref().take(length), &mut io::sink())?;
                continue;
            }
            let chained = io::Cursor::new(magic).chain(rest);
            let frame = ruzstd::decoding::StreamingDecoder::new_with_max_window_size(chained, MAX_ZSTD_WINDOW);
            self.frame = Some(frame.map_err(io::Error::other)?);
            return Ok(true);
        }
    }
}

impl<R: Read> Read for ZstdFrames<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        loop {
            if let Some(frame) = &mut self.frame {
                let count = frame.read(into)?;
                if count > 0 {
                    return Ok(count);
                }
                self.rest = self.frame.take().map(|frame| frame.into_inner().into_inner().1);
            }
            if !self.open()? {
                return Ok(0);
            }
        }
    }
}

/// Fills a buffer; false at the end of the data.
fn fill(reader: &mut impl Read, into: &mut [u8]) -> io::Result<bool> {
    let mut done = 0;
    while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match reader.read(rest) {
            Ok(0) if done == 0 => return Ok(false),
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// A reader that unpacks a compressed stream.
///
/// # Errors
/// Returns the stream for xz, whose library can only unpack it as a whole.
pub fn unpacking<'r, R: BufRead + 'r>(kind: Compression, packed: R) -> Result<Box<dyn Read + 'r>, R> {
    Ok(match kind {
        Compression::None => Box::new(packed),
        Compression::Gzip => Box::new(flate2::bufread::MultiGzDecoder::new(packed)),
        Compression::Bzip2 => Box::new(bzip2::bufread::MultiBzDecoder::new(packed)),
        Compression::Zstd => Box::new(ZstdFrames::new(packed)),
        Compression::Xz => return Err(packed),
    })
}

fn reader(kind: Compression, part: Part<'_>) -> Option<Box<dyn Read + '_>> {
    unpacking(kind, BufReader::with_capacity(64 << 10, part)).ok()
}

/// How the error begins of what unpacks to more than it may.
pub(super) const TOO_LARGE: &str = "unpacked it is larger than";

/// Unpacks into memory.
///
/// # Errors
/// Damaged data, or more than `limit` bytes.
pub(crate) fn unpack(
    kind: Compression,
    source: &dyn Source,
    start: u64,
    length: u64,
    limit: u64,
) -> Result<Vec<u8>, ArchiveError> {
    let too_much = || ArchiveError::new(format!("{TOO_LARGE} {} MiB", limit >> 20));
    let damaged = |error: &dyn std::fmt::Display| ArchiveError::new(format!("cannot be unpacked: {error}"));
    let part = Part { source, at: start, end: start.saturating_add(length) };
    match reader(kind, Part { ..part }) {
        Some(reader) => {
            let mut bytes = Vec::new();
            reader.take(limit + 1).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
            if bytes.len() as u64 > limit { Err(too_much()) } else { Ok(bytes) }
        }
        None => {
            let part = Part { source, at: start, end: start.saturating_add(length) };
            let mut out = Bounded { bytes: Vec::new(), limit };
            match lzma_rs::xz_decompress(&mut BufReader::new(part), &mut out) {
                Ok(()) => Ok(out.bytes),
                Err(_) if out.bytes.len() as u64 >= limit => Err(too_much()),
                Err(error) => Err(damaged(&format!("{error:?}"))),
            }
        }
    }
}

/// A buffer with a maximum size.
struct Bounded {
    bytes: Vec<u8>,
    limit: u64,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if (self.bytes.len() + bytes.len()) as u64 > self.limit {
            self.bytes.resize(usize::try_from(self.limit).unwrap_or(0), 0);
            return Err(io::Error::other("too large"));
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A compressed archive as a stream. It needs little memory; skipped bytes are unpacked as well.
pub(super) struct Unpacking<'s> {
    reader: Box<dyn Read + 's>,
    at: u64,
    limit: u64,
}

impl<'s> Unpacking<'s> {
    /// `None` for a format that cannot be read as a stream.
    pub(super) fn new(kind: Compression, source: &'s dyn Source, start: u64, length: u64, limit: u64) -> Option<Self> {
        let part = Part { source, at: start, end: start.saturating_add(length) };
        Some(Unpacking { reader: reader(kind, part)?, at: 0, limit })
    }

    fn count(&mut self, more: u64) -> Result<(), ArchiveError> {
        self.at = self.at.saturating_add(more);
        if self.at > self.limit {
            return Err(ArchiveError::at(format!("unpacked it is larger than {} GiB", self.limit >> 30), self.at));
        }
        Ok(())
    }
}

impl Stream for Unpacking<'_> {
    fn fill(&mut self, into: &mut [u8]) -> Result<bool, ArchiveError> {
        let at = self.at;
        let any = fill(&mut self.reader, into).map_err(|error| ArchiveError::at(error.to_string(), at))?;
        if any {
            self.count(into.len() as u64)?;
        }
        Ok(any)
    }

    fn skip(&mut self, count: u64) -> Result<(), ArchiveError> {
        let at = self.at;
        self.count(count)?;
        let passed = io::copy(&mut self.reader.by_ref().take(count), &mut io::sink());
        match passed {
            Ok(passed) if passed == count => Ok(()),
            Ok(_) => Err(ArchiveError::at("the archive ends in the middle of a file", at)),
            Err(error) => Err(ArchiveError::at(error.to_string(), at)),
        }
    }

    fn position(&self) -> u64 {
        self.at
    }
}

/// Unpacks what gzip, bzip2, xz or zstd packed, to at most `max` bytes; anything else is an error.
///
/// # Errors
/// Damaged, not packed at all, or too large.
pub(crate) fn unpack_all(bytes: &[u8], max: u64) -> Result<Vec<u8>, ArchiveError> {
    match detect(bytes) {
        Compression::None => Err(ArchiveError::new("invalid magic")),
        kind => {
            let memory = Memory(bytes.into());
            unpack(kind, &memory, 0, memory.size(), max.min(MAX_UNPACKED))
        }
    }
}

/// Packs as the program bzip2 does, to the byte: both are libbzip2's algorithm at level 9.
pub(crate) fn bzip2(bytes: &[u8]) -> Option<Vec<u8>> {
    let mut packer = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::best());
    packer.write_all(bytes).ok()?;
    packer.finish().ok()
}

/// Packs with deflate at level 6.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing into memory does not fail.
    let _ = packer.write_all(bytes);
    packer.finish().unwrap_or_default()
}
