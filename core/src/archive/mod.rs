//! Images as files: what `docker save` writes, and the OCI image layout.
//!
//! [`Archive::open`] finds configuration and layers by seeking; [`Archive::entries`] lists a layer
//! without reading what its files hold; [`Archive::image`] stacks the layers to an image one can
//! build on, whose files are read when somebody asks; [`analysis`] is the layer explorer's model.
//!
//! Archives are hostile: names are kept inside the root, every count and length is bounded, and
//! what is wrong is told with the file and the byte.

mod apply_layer;
mod archive_files;
mod compression;
mod docker_save;
mod image_archive;
mod layer_efficiency;
mod oci_layout;
mod tar_read;
mod tar_write;

pub use compression::{Compression, detect, unpacking};
pub use image_archive::{Archive, LayerFile};
pub use layer_efficiency::{Analysis, LayerFacts, Wasted, analyse, analyse_image};
use tar_read::Seeking;
pub use tar_read::{Entry, EntryType, Limits};
pub(crate) use tar_write::Writer;

use crate::fs::{Content, Memory, Source, Tree};
use std::fmt;
use std::sync::Arc;

/// Most entries of one archive, over all layers.
pub const MAX_ENTRIES: usize = 4_000_000;
/// Largest manifest, index or configuration, in bytes.
const MAX_JSON: u64 = 16 << 20;
/// Most bytes of a compressed layer, unpacked, that are held in memory to build on.
pub const MAX_UNPACKED: u64 = 1 << 30;
/// Most layers.
const MAX_LAYERS: usize = 1_000;

/// Whether ADD unpacks a file: an archive, plain or packed. `None` if not all of its bytes are known.
pub(crate) fn is_archive(content: &Content) -> Option<bool> {
    if !content.len_known {
        return None;
    }
    let head = content.head();
    let kind = compression::detect(head);
    if kind == Compression::None && head.len() < 512 {
        return Some(false);
    }
    let memory = Memory(content.bytes()?.into());
    // One header is enough to know: no more is unpacked, but for xz, which comes in one piece.
    let is_tar = match compression::Unpacking::new(kind, &memory, 0, memory.size(), MAX_UNPACKED) {
        Some(mut stream) => tar_read::begins(&mut stream),
        None => unpacked(content)?.is_ok_and(|bytes| {
            let memory = Memory(bytes);
            tar_read::begins(&mut Seeking::new(&memory, 0, memory.size()))
        }),
    };
    Some(is_tar)
}

/// The tar inside a file; `None` if not all of its bytes are known.
fn unpacked(content: &Content) -> Option<Result<Arc<[u8]>, ArchiveError>> {
    let bytes = content.bytes()?;
    let memory = Memory(bytes.into());
    Some(match compression::detect(bytes) {
        Compression::None => Ok(memory.0),
        kind => compression::unpack(kind, &memory, 0, memory.size(), MAX_UNPACKED).map(Into::into),
    })
}

/// What ADD does with an archive: its entries go below a folder that exists.
///
/// # Errors
/// Damaged, or something in it cannot be put there.
pub(crate) fn extract(
    content: &Content,
    tree: &mut Tree,
    below: &str,
    owner: Option<(u32, u32)>,
) -> Result<(), ArchiveError> {
    extract_some(content, tree, below, owner, &mut |_| true)
}

/// The same for the entries that are wanted.
///
/// # Errors
/// As [`extract`].
pub(crate) fn extract_some(
    content: &Content,
    tree: &mut Tree,
    below: &str,
    owner: Option<(u32, u32)>,
    filter: apply_layer::EntryFilter,
) -> Result<(), ArchiveError> {
    let bytes = unpacked(content).ok_or_else(|| ArchiveError::new("not all of its bytes are known"))??;
    let id = crate::image::sha256(&bytes);
    let source: Arc<dyn Source> = Arc::new(Memory(bytes));
    let place = apply_layer::Place { source: &source, id: id.into(), start: 0, below, is_layer: false, owner };
    let lower = Tree::new();
    apply_layer::apply(
        tree,
        &lower,
        &mut Seeking::new(&*source, 0, source.size()),
        &mut Limits::default(),
        &place,
        filter,
    )
}

/// Unpacks what gzip, bzip2, xz or zstd packed; anything else is an error.
///
/// # Errors
/// Damaged, not packed at all, or too large.
pub(crate) fn unpack_all(bytes: &[u8]) -> Result<Vec<u8>, ArchiveError> {
    match compression::detect(bytes) {
        Compression::None => Err(ArchiveError::new("invalid magic")),
        kind => {
            let memory = Memory(bytes.into());
            compression::unpack(kind, &memory, 0, memory.size(), MAX_UNPACKED)
        }
    }
}

/// Packs as the program bzip2 does, to the byte: both are libbzip2's algorithm at level 9.
pub(crate) fn bzip2(bytes: &[u8]) -> Option<Vec<u8>> {
    use std::io::Write;
    let mut packer = ::bzip2::write::BzEncoder::new(Vec::new(), ::bzip2::Compression::best());
    packer.write_all(bytes).ok()?;
    packer.finish().ok()
}

/// Packs with deflate at level 6.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    // Writing into memory does not fail.
    let _ = packer.write_all(bytes);
    packer.finish().unwrap_or_default()
}

/// What is wrong with an archive, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveError {
    /// What is wrong, for people.
    pub what: String,
    /// The file in the archive; empty for the archive itself.
    pub file: String,
    /// The byte in that file.
    pub at: Option<u64>,
}

impl ArchiveError {
    pub(crate) fn new(what: impl Into<String>) -> Self {
        ArchiveError { what: what.into(), file: String::new(), at: None }
    }

    pub(crate) fn at(what: impl Into<String>, at: u64) -> Self {
        ArchiveError { at: Some(at), ..ArchiveError::new(what) }
    }

    pub(crate) fn in_file(mut self, file: &str) -> Self {
        if self.file.is_empty() {
            self.file = file.to_string();
        }
        self
    }
}

impl fmt::Display for ArchiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.at) {
            ("", None) => write!(f, "{}", self.what),
            ("", Some(at)) => write!(f, "byte {at}: {}", self.what),
            (file, None) => write!(f, "{file}: {}", self.what),
            (file, Some(at)) => write!(f, "{file}, byte {at}: {}", self.what),
        }
    }
}

impl std::error::Error for ArchiveError {}

#[cfg(test)]
mod tests;
