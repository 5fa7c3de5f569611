//! Images: references, configuration, layers, and the catalogue of base images.

mod base_image_facts;
mod config_json;
mod day;
mod entrypoint_script;
mod layer_digest;
mod os_release;

pub use base_image_facts::{BaseFacts, Libc};
pub(crate) use base_image_facts::{ConfigFacts, LayerFacts, OwnFiles};
pub use config_json::{Config, Healthcheck, History};
pub use day::{Day, NoDay};
pub(crate) use entrypoint_script::{Condition, EntrypointScript};
pub use layer_digest::short_id;
pub(crate) use layer_digest::{Hasher, sha256};
pub use os_release::os_field;
pub use stageplay_dockerfile::reference::Reference;

use crate::fs::{LayerEntry, Tree};
use crate::measure::Size;
use std::sync::Arc;

/// The PATH that builders set where a base image sets none (moby `system.DefaultPathEnv`).
pub const DEFAULT_PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/// Of a program that stands for one of the image: of the libraries that it needs only the C library is known.
pub(crate) const UNLISTED_LIBRARIES: &str =
    "a program of the base image; the catalogue lists neither its size nor its libraries";

/// One layer of an image.
#[derive(Clone, Debug, PartialEq)]
pub struct Layer {
    /// The instruction that made it, as `docker history` prints it.
    pub created_by: String,
    /// What `docker history` shows as its size.
    pub size: Size,
    /// The entries that it adds, changes and hides. Empty for layers of base images, because the catalogue has none.
    pub entries: Vec<LayerEntry>,
    /// Packages of which only the size is known, by name.
    pub unlisted: Vec<(String, Size)>,
    /// The digest of the layer; of a simulated layer that of its modelled entries and contents.
    pub diff_id: String,
}

/// An image: a stack of layers with a configuration, and the file system they add up to.
#[derive(Clone, Debug)]
pub struct Image {
    /// `sha256:…`, the digest of the configuration; of a base image the one in its listing.
    pub id: String,
    /// From the lowest to the highest.
    pub layers: Vec<Arc<Layer>>,
    /// The configuration.
    pub config: Config,
    /// One entry for each instruction, also those without a layer.
    pub history: Vec<History>,
    /// The merged file system.
    pub tree: Tree,
    /// Catalogue facts of the base image at the bottom; `None` for `scratch`.
    pub base: Option<Arc<BaseFacts>>,
}

impl Image {
    /// The empty image of `FROM scratch`.
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

    /// The image with its whole tree declared as lower layers, as a base for a build.
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
