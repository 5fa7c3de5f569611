//! Blobs of an image: a layer, a configuration or a manifest, as bytes that are passed on unchanged.

use sha2::{Digest, Sha256};
use stageplay_core::archive::LayerFile;
use stageplay_core::fs::{Memory, Source};
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes of one read.
const CHUNK: u64 = 512 << 10;

/// A range of bytes of a file or of memory.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    source: Arc<dyn Source>,
    start: u64,
    pub(super) length: u64,
}

impl Blob {
    pub(super) fn from_bytes(bytes: Vec<u8>) -> Self {
        let source: Arc<dyn Source> = Arc::new(Memory(bytes.into()));
        Blob { start: 0, length: source.size(), source }
    }

    pub(super) fn from_layer(layer: &LayerFile) -> Self {
        let (source, start, length) = layer.place();
        Blob { source: source.clone(), start, length }
    }

    /// Reads up to `max_bytes` bytes from `offset`, and at most [`CHUNK`] bytes. At the end of the blob there are
    /// fewer.
    ///
    /// # Errors
    /// The file cannot be read.
    pub(super) fn read(&self, offset: u64, max_bytes: u64) -> Result<Vec<u8>, String> {
        let count = self.length.saturating_sub(offset).min(max_bytes).min(CHUNK);
        let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
        self.source.read_at(self.start + offset, &mut bytes)?;
        Ok(bytes)
    }

    /// Returns a reader of the whole blob.
    pub(super) fn reader(&self) -> impl Read {
        io::BufReader::with_capacity(CHUNK as usize, BlobReader { blob: self.clone(), offset: 0 })
    }
}

struct BlobReader {
    blob: Blob,
    offset: u64,
}

impl Read for BlobReader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.blob.read(self.offset, into.len() as u64).map_err(io::Error::other)?;
        into[..bytes.len()].copy_from_slice(&bytes);
        self.offset += bytes.len() as u64;
        Ok(bytes.len())
    }
}

/// The digest of bytes, as `sha256:` and hexadecimal digits.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
