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
mod extract;
mod image_archive;
mod layer_efficiency;
mod oci_layout;
mod tar_read;
mod tar_write;

pub use compression::{Compression, detect, unpacking};
pub(crate) use compression::{bzip2, gzip, unpack_all};
pub(crate) use extract::{extract, extract_some, is_archive};
pub use image_archive::{Archive, LayerFile};
pub use layer_efficiency::{Analysis, LayerFacts, Wasted, analyse, analyse_image};
pub use tar_read::{Entry, EntryType, Limits};
pub(crate) use tar_write::Writer;

use std::fmt;

/// Most entries of one archive, over all layers.
pub const MAX_ENTRIES: usize = 4_000_000;
/// Largest manifest, index or configuration, in bytes.
const MAX_JSON: u64 = 16 << 20;
/// Most bytes of a compressed layer, unpacked, that are held in memory to build on.
pub const MAX_UNPACKED: u64 = 1 << 30;
/// Most bytes of all compressed layers of an image together, unpacked.
const MAX_UNPACKED_IMAGE: u64 = 2 << 30;
/// Most layers.
const MAX_LAYERS: usize = 1_000;
/// Most images of one archive, of manifests and indexes together.
const MAX_IMAGES: usize = 1_000;

/// Checks the number of images of an archive.
fn check_image_count(count: usize) -> Result<(), ArchiveError> {
    match count > MAX_IMAGES {
        true => Err(ArchiveError::new(format!("names more than {MAX_IMAGES} images"))),
        false => Ok(()),
    }
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
