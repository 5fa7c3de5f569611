//! A piece of an archive on disk that is passed on as it is: a layer, a configuration, a manifest.

use sha2::{Digest, Sha256};
use stageplay_core::archive::LayerFile;
use stageplay_core::fs::{Memory, Source};
use std::io::{self, Read};
use std::sync::Arc;

/// Bytes that are read at once.
const PIECE: u64 = 512 << 10;

/// A piece of a file, or of memory.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    source: Arc<dyn Source>,
    start: u64,
    pub(super) length: u64,
}

impl Blob {
    pub(super) fn of_bytes(bytes: Vec<u8>) -> Self {
        let source: Arc<dyn Source> = Arc::new(Memory(bytes.into()));
        Blob { start: 0, length: source.size(), source }
    }

    pub(super) fn of_layer(layer: &LayerFile) -> Self {
        let (source, start, length) = layer.place();
        Blob { source: source.clone(), start, length }
    }

    /// At most so many bytes from a place on; fewer at its end, and never more than are read at once.
    pub(super) fn read(&self, offset: u64, most: u64) -> Result<Vec<u8>, String> {
        let count = self.length.saturating_sub(offset).min(most).min(PIECE);
        let mut bytes = vec![0; usize::try_from(count).unwrap_or(0)];
        self.source.read_at(self.start + offset, &mut bytes)?;
        Ok(bytes)
    }

    /// All of it, in order.
    pub(super) fn reader(&self) -> impl Read {
        io::BufReader::with_capacity(PIECE as usize, Reader { blob: self.clone(), at: 0 })
    }
}

struct Reader {
    blob: Blob,
    at: u64,
}

impl Read for Reader {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let bytes = self.blob.read(self.at, into.len() as u64).map_err(io::Error::other)?;
        into[..bytes.len()].copy_from_slice(&bytes);
        self.at += bytes.len() as u64;
        Ok(bytes.len())
    }
}

/// `sha256:…`.
pub(super) fn sha256(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
