//! Images: references, configuration, layers, and the catalogue of base images.

mod config;
mod digest;
mod facts;
mod os_release;

pub use config::{Config, Healthcheck, History};
pub use digest::short_id;
pub(crate) use digest::{Hasher, sha256};
pub use facts::{BaseFacts, Libc};
pub(crate) use facts::{ConfigFacts, LayerFacts};
pub use os_release::os_field;
pub use stageplay_dockerfile::reference::Reference;

use crate::fs::{LayerEntry, Tree};
use crate::measure::Size;
use std::sync::Arc;

/// The PATH that builders set where a base image sets none (moby `system.DefaultPathEnv`).
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// One layer of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The instruction that made it, as `docker history` prints it.
    pub created_by: String,
    /// What `docker history` shows as its size.
    pub size: Size,
    /// What it adds, changes and hides. Empty for layers of base images: the catalogue has none.
    pub entries: Vec<LayerEntry>,
    /// What it holds beside, of which only the size is known: packages, by name.
    pub unlisted: Vec<(String, Size)>,
    /// Digest of the layer. Of a simulated layer: of its entries and contents as modelled.
    pub diff_id: String,
}

/// An image: a stack of layers with a configuration, and the file system they add up to.
#[derive(Clone, Debug)]
pub struct Image {
    /// `sha256:…`: digest of the configuration; of a base image as its listing gives it.
    pub id: String,
    /// From the lowest to the highest.
    pub layers: Vec<Arc<Layer>>,
    /// What it starts and with what settings.
    pub config: Config,
    /// One entry for each instruction, also those without a layer.
    pub history: Vec<History>,
    /// The merged file system.
    pub tree: Tree,
    /// Catalogue facts of the base image at the bottom; `None` for `scratch`.
    pub base: Option<Arc<BaseFacts>>,
}

impl Image {
    /// `FROM scratch`: nothing.
    pub fn scratch() -> Self {
        Image {
            id: String::new(),
            layers: Vec::new(),
            config: Config::default(),
            history: Vec::new(),
            tree: Tree::new().seal(),
            base: None,
        }
    }

    /// The image with everything in its tree declared as lower layers: a base to build on.
    #[must_use]
    pub fn sealed(mut self) -> Self {
        self.tree = self.tree.seal();
        self
    }

    /// The sum of all layers.
    pub fn size(&self) -> Size {
        self.layers.iter().map(|layer| layer.size.clone()).sum()
    }
}
