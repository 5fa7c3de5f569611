//! The layer explorer: the layers of an image, its files with what the layers did to each, and where a file comes from.
//!
//! `image_files` lists the files of an image, `path_changes` what happened to each path in what is shown, `file_list` and
//! `treemap` show a scope as rows and as tiles, `file_history` tells of one path, `layer_rows`, `layer_reason` and
//! `repeated_files` of the layers.

mod content_type;
mod file_history;
mod file_list;
mod image_files;
mod largest_parts;
mod layer_reason;
mod layer_rows;
mod package_files;
mod path_changes;
mod repeated_files;
mod treemap;

pub(crate) use file_history::{hidden_by, history};
pub(crate) use file_list::{Filter, FilteredFiles, MAX_ROWS, largest_files};
pub(crate) use image_files::PACKAGE;
use image_files::{after_layers, of_image};
pub(crate) use largest_parts::largest_parts;
pub(crate) use layer_rows::{LayerSteps, layer_rows, target_layers};
pub(crate) use package_files::PackageFiles;
use path_changes::Scope;
use repeated_files::{Repeated, repeated_files};
pub(crate) use treemap::tiles;

use stageplay_core::image::Image;
use stageplay_core::packages::index::Indexes;
use stageplay_protocol::Comparand;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;

/// What the person chose to see.
#[derive(Debug)]
pub(crate) struct Explorer {
    pub(crate) is_open: bool,
    /// The stage whose image is shown; `None` for the target.
    pub(crate) stage: Option<usize>,
    /// The layer whose files are shown, from 0; `None` for the whole image.
    pub(crate) layer: Option<usize>,
    pub(crate) comparand: Option<Comparand>,
    pub(crate) filter: Filter,
    /// The directory whose files are shown.
    pub(crate) directory: String,
    pub(crate) expanded: BTreeSet<String>,
    pub(crate) first_row: usize,
    /// The path of the file that is inspected.
    pub(crate) inspected: Option<String>,
    /// What was computed of the image that is shown.
    pub(crate) shown: Option<ShownImage>,
    /// The image that it is compared with.
    pub(crate) compared: Option<Arc<Image>>,
}

impl Default for Explorer {
    fn default() -> Self {
        Explorer {
            is_open: false,
            stage: None,
            layer: None,
            comparand: None,
            filter: Filter::default(),
            directory: "/".into(),
            expanded: BTreeSet::new(),
            first_row: 0,
            inspected: None,
            shown: None,
            compared: None,
        }
    }
}

impl Explorer {
    /// Shows the files of a layer, or of the whole image. Of a layer those that it leaves as they are hidden.
    pub(crate) fn select(&mut self, layer: Option<usize>) {
        self.layer = layer;
        self.filter.changes = [true, true, true, layer.is_none()];
        self.directory = "/".into();
    }

    /// Shows another image. A layer that it lacks is left.
    pub(crate) fn set_shown(&mut self, shown: ShownImage) {
        if self.layer.is_some_and(|layer| layer >= shown.image.layers.len()) {
            self.select(None);
        }
        self.shown = Some(shown);
    }
}

/// An image, and what was computed of it.
#[derive(Debug)]
pub(crate) struct ShownImage {
    pub(crate) image: Arc<Image>,
    /// The index of its stage.
    pub(crate) stage: Option<usize>,
    /// The base image, if it is known.
    pub(crate) base: Option<Arc<Image>>,
    pub(crate) steps: LayerSteps,
    pub(crate) packages: Rc<PackageFiles>,
    /// Whether the present text makes no image.
    pub(crate) is_outdated: bool,
    /// What it holds more than once; `None` if it has too many entries.
    pub(crate) repeated: Option<Repeated>,
    /// The files in question, with the choice that they were computed for.
    scope: Option<(ScopeKey, Scope)>,
    /// The filtered files, with the filter.
    filtered: Option<(ScopeKey, Filter, FilteredFiles)>,
}

/// What a scope was computed for: the layer, and the id of the image that is compared with.
pub(crate) type ScopeKey = (Option<usize>, Option<(Comparand, String)>);

impl ShownImage {
    pub(crate) fn new(
        image: Arc<Image>,
        stage: Option<usize>,
        base: Option<Arc<Image>>,
        steps: LayerSteps,
        indexes: &Indexes,
    ) -> Self {
        let packages = Rc::new(PackageFiles::of(&image.tree, indexes));
        let repeated = repeated_files(&image, base.as_deref());
        ShownImage { image, stage, base, steps, packages, is_outdated: false, repeated, scope: None, filtered: None }
    }

    /// Whether it is an image of the same layers, of the same stage.
    pub(crate) fn is_of(&self, image: &Image, stage: Option<usize>) -> bool {
        let layers = || self.image.layers.iter().zip(&image.layers);
        self.stage == stage
            && self.image.layers.len() == image.layers.len()
            && self.image.config == image.config
            && layers().all(|(one, other)| Arc::ptr_eq(one, other))
    }

    /// The files in question. `other` is the image that is compared with, by its reference or stage.
    pub(crate) fn scope(&mut self, key: &ScopeKey, other: Option<&Arc<Image>>) -> &Scope {
        if self.scope.as_ref().is_none_or(|(known, _)| known != key) {
            let base = self.base.as_deref();
            let mut new = match (key, other) {
                ((Some(layer), None), _) => Scope::of_layer(&self.image, base, *layer),
                ((_, Some((Comparand::Layer(layer), _))), _) => {
                    Scope::of_comparison(&after_layers(&self.image, base, layer + 1), &of_image(&self.image))
                }
                ((_, Some(_)), Some(other)) => Scope::of_comparison(&of_image(other), &of_image(&self.image)),
                ((_, Some(_)), None) => Scope::default(),
                ((None, None), _) => Scope::of_image(&self.image, base),
            };
            self.packages.leave_others(&mut new);
            self.scope = Some((key.clone(), new));
            self.filtered = None;
        }
        static NOTHING: Scope = Scope::EMPTY;
        self.scope.as_ref().map_or(&NOTHING, |(_, scope)| scope)
    }

    /// The files in question that a filter lets through, by directories.
    pub(crate) fn filtered(
        &mut self,
        key: &ScopeKey,
        other: Option<&Arc<Image>>,
        filter: &Filter,
    ) -> (&Scope, &FilteredFiles) {
        let is_known = self.filtered.as_ref().is_some_and(|(known, of_filter, _)| known == key && of_filter == filter);
        if !is_known {
            let files = FilteredFiles::of(self.scope(key, other), filter);
            self.filtered = Some((key.clone(), filter.clone(), files));
        }
        static NOTHING: (Scope, FilteredFiles) = (Scope::EMPTY, FilteredFiles::EMPTY);
        match (&self.scope, &self.filtered) {
            (Some((_, scope)), Some((_, _, files))) => (scope, files),
            _ => (&NOTHING.0, &NOTHING.1),
        }
    }
}
