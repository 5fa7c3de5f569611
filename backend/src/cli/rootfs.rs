//! The root file system of `--root`: a folder or an image archive.

use stageplay::disk::Folder;
use stageplay::disk::archive;
use stageplay_core::exec::Root;
use stageplay_core::image::Image;
use std::path::Path;

/// A root file system.
#[derive(Debug)]
pub(crate) enum Rootfs {
    Folder(Box<Folder>),
    Image(Box<Image>),
}

impl Rootfs {
    /// Opens a folder, an image archive, or a tar of a root file system.
    ///
    /// # Errors
    /// The path cannot be read.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        if path.is_dir() && !path.join("oci-layout").exists() && !path.join("manifest.json").exists() {
            return Folder::open(path).map(|folder| Rootfs::Folder(Box::new(folder)));
        }
        let image = archive::open_root(path)?.image().map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Rootfs::Image(Box::new(image)))
    }

    pub(crate) fn root(&self) -> &dyn Root {
        match self {
            Rootfs::Folder(folder) => &**folder,
            Rootfs::Image(image) => &image.tree,
        }
    }

    pub(crate) fn image(&self) -> Option<&Image> {
        match self {
            Rootfs::Folder(_) => None,
            Rootfs::Image(image) => Some(image),
        }
    }
}
