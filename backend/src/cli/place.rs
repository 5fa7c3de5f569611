//! Where a program is started: `--root`.

use stageplay::disk::Folder;
use stageplay::disk::archive;
use stageplay_core::exec::Root;
use stageplay_core::image::Image;
use std::path::Path;

/// Where a program is started.
#[derive(Debug)]
pub(crate) enum Place {
    Folder(Box<Folder>),
    Image(Box<Image>),
}

impl Place {
    /// A folder; or an image archive, or a tar of a root.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn open(path: &Path) -> Result<Self, String> {
        if path.is_dir() && !path.join("oci-layout").exists() && !path.join("manifest.json").exists() {
            return Folder::open(path).map(|folder| Place::Folder(Box::new(folder)));
        }
        let image = archive::open_root(path)?.image().map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(Place::Image(Box::new(image)))
    }

    pub(crate) fn root(&self) -> &dyn Root {
        match self {
            Place::Folder(folder) => &**folder,
            Place::Image(image) => &image.tree,
        }
    }

    pub(crate) fn image(&self) -> Option<&Image> {
        match self {
            Place::Folder(_) => None,
            Place::Image(image) => Some(image),
        }
    }
}
