//! The images, containers and build cache of a simulated host.

use super::containers::{Container, State};
use super::{HostEvent, container_names, session::Opening};
use crate::base_images::{Catalogue, Unresolved};
use crate::build::{self, Cache, Images};
use crate::engine::{Builder, EngineProfile};
use crate::fs::Tree;
use crate::image::{Day, Hasher, Image, Reference, short_id};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The state of a Docker engine.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) engine: Arc<EngineProfile>,
    pub(super) builder: Builder,
    /// The day on which tags are looked up; `None` for the day of the engine.
    pub as_of: Option<Day>,
    /// Whether builds take files to be there that their context lacks.
    pub assumes_context: bool,
    /// The build cache.
    pub cache: Cache,
    /// A second build cache, for the builds that a page makes at each edit.
    pub page_cache: Cache,
    /// Tags in the order in which they were set, the newest last.
    pub(super) tags: Vec<(Reference, Arc<Image>)>,
    pub(super) containers: BTreeMap<u64, Container>,
    /// The volumes by name, each a tree of its own.
    pub(super) volumes: BTreeMap<String, Tree>,
    /// The images in archives that `docker save` wrote, by the digest of the archive.
    pub(super) archives: BTreeMap<String, Vec<SavedImage>>,
    /// The shell that a command opened in a container.
    pub(super) opening: Option<Opening>,
    /// What commands ask the page to do.
    pub(super) events: Vec<HostEvent>,
    /// The lines that were typed at the host's prompt.
    pub(super) typed: Vec<String>,
    next: u64,
}

/// An image in an archive, with its name if it was saved by one.
pub(super) type SavedImage = (Option<Reference>, Arc<Image>);

/// Why there is no image of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoImage {
    /// Docker's message.
    Refused(String),
    /// It cannot be told before data of the catalogue is loaded, by the name of [`Catalogue::take_missing`].
    NotLoaded(String),
}

/// The image of a reference: the one that was tagged last.
fn find(tags: &[(Reference, Arc<Image>)], reference: &Reference) -> Option<Arc<Image>> {
    let name = reference.to_string();
    tags.iter().rev().find(|(tag, _)| tag.to_string() == name).map(|(_, image)| image.clone())
}

impl Store {
    /// The day on which tags are looked up.
    pub(super) fn day(&self) -> Day {
        self.as_of.unwrap_or_else(|| self.engine.day())
    }

    pub(super) fn new(catalogue: Arc<Catalogue>, engine: Arc<EngineProfile>, builder: Builder) -> Self {
        Store {
            catalogue,
            engine,
            builder,
            as_of: None,
            assumes_context: false,
            cache: Cache::new(),
            page_cache: Cache::new(),
            tags: Vec::new(),
            containers: BTreeMap::new(),
            volumes: BTreeMap::new(),
            archives: BTreeMap::new(),
            opening: None,
            events: Vec::new(),
            typed: Vec::new(),
            next: 1,
        }
    }

    /// The local images by tag, for a build beside the host.
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { tags: self.tags.clone() }
    }

    /// Keeps an image under a name, as `docker load` does.
    pub fn load(&mut self, reference: Reference, image: Arc<Image>) {
        self.tag(reference, image);
    }

    pub(super) fn tag(&mut self, reference: Reference, image: Arc<Image>) {
        self.tags.retain(|(tag, _)| tag.to_string() != reference.to_string());
        self.tags.push((reference, image));
    }

    /// An image by its tag or a prefix of its id.
    pub(super) fn local(&self, name: &str) -> Option<(Option<Reference>, Arc<Image>)> {
        if let Ok(reference) = Reference::parse(name)
            && let Some(image) = find(&self.tags, &reference)
        {
            return Some((Some(reference), image));
        }
        let digits = name.strip_prefix("sha256:").unwrap_or(name);
        if digits.len() < 2 {
            return None;
        }
        let by_id = |image: &Arc<Image>| image.id.strip_prefix("sha256:").unwrap_or(&image.id).starts_with(digits);
        self.tags.iter().find(|(_, image)| by_id(image)).map(|(_, image)| (None, image.clone()))
    }

    /// An image, pulled from the catalogue if it is not in the store; and whether it was pulled.
    ///
    /// # Errors
    /// [`NoImage`].
    pub(super) fn image(&mut self, name: &str) -> Result<(Arc<Image>, bool), NoImage> {
        if let Some((_, image)) = self.local(name) {
            return Ok((image, false));
        }
        let reference = Reference::parse(name).map_err(NoImage::Refused)?;
        let image = self.catalogue.image(&reference, self.day()).map_err(|unresolved| match unresolved {
            Unresolved::NotLoaded(data) => NoImage::NotLoaded(data),
            Unresolved::NotFound(missing) => {
                NoImage::Refused(build::pull_refused(&missing, self.engine.major(), "linux/amd64"))
            }
        })?;
        self.tag(reference, image.clone());
        Ok((image, true))
    }

    /// A container of an image, in the store.
    pub(super) fn create(&mut self, name: Option<String>, reference: &str, image: &Arc<Image>) -> &mut Container {
        let number = self.next;
        self.next += 1;
        let id = Hasher::default().part("container").number(number).part(&image.id).finish();
        let id = id.strip_prefix("sha256:").unwrap_or(&id).to_string();
        let lower = image.tree.clone().seal();
        self.containers.entry(number).or_insert(Container {
            name: name.unwrap_or_else(|| container_names::default_name(number)),
            reference: reference.to_string(),
            config: image.config.clone(),
            image: image.clone(),
            args: Vec::new(),
            hostname: id.get(..12).unwrap_or("").to_string(),
            tree: lower.clone(),
            lower,
            state: State::Created,
            log: Vec::new(),
            log_known: true,
            ports: Vec::new(),
            mounts: Vec::new(),
            auto_remove: false,
            tty: false,
            open_stdin: false,
            waiting: None,
            address: 0,
            keeps_running: false,
            id,
        })
    }

    /// The number of a container, by its name or a prefix of its id.
    pub(super) fn container(&self, name: &str) -> Option<u64> {
        let name = name.strip_prefix('/').unwrap_or(name);
        let by_name = self.containers.iter().find(|(_, container)| container.name == name);
        let by_id = || self.containers.iter().find(|(_, one)| !name.is_empty() && one.id.starts_with(name));
        by_name.or_else(by_id).map(|(number, _)| *number)
    }

    /// The lowest number of an address that no running container has; the first is 2, as the bridge itself is 1.
    pub(super) fn free_address(&self) -> u16 {
        let taken = |number: &u16| self.containers.values().any(|one| one.state.is_up() && one.address == *number);
        (2..u16::MAX).find(|number| !taken(number)).unwrap_or(0)
    }

    /// The tags of an image.
    pub(super) fn tags_of(&self, image: &Image) -> Vec<&Reference> {
        self.tags.iter().filter(|(_, other)| other.id == image.id).map(|(tag, _)| tag).collect()
    }

    /// A container that uses an image.
    pub(super) fn user_of(&self, image: &Image) -> Option<&Container> {
        self.containers.values().find(|container| short_id(&container.image.id) == short_id(&image.id))
    }
}

/// A copy of the local images.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    tags: Vec<(Reference, Arc<Image>)>,
}

impl Images for Snapshot {
    fn find(&self, reference: &Reference) -> Option<Arc<Image>> {
        find(&self.tags, reference)
    }
}
