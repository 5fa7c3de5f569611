//! The layer explorer: its actions, and what it shows.

use super::Session;
use crate::explorer::{
    Filter, LayerSteps, MAX_ROWS, PACKAGE, ScopeKey, ShownImage, hidden_by, history, largest_files, layer_rows, tiles,
};
use crate::file_preview::{file_type_id, hex, preview};
use stageplay_core::fs::Node;
use stageplay_core::image::Image;
use stageplay_core::measure::{Bounds, human_size, marked_text};
use stageplay_core::report::{Size, say_phrase};
use stageplay_core::words::Language;
use stageplay_protocol::{Comparand, ExplorerRequest, ExplorerView, FileBody, FileView, ImageComparison, MapTile};

/// The most directories that are expanded.
const MAX_EXPANDED: usize = 2_000;

impl Session {
    pub(super) fn explore(&mut self, request: ExplorerRequest) {
        let explorer = &mut self.explorer;
        // Anything but a scroll shows the start of the list.
        if !matches!(request, ExplorerRequest::Toggle(_) | ExplorerRequest::Inspect(_) | ExplorerRequest::Download(_)) {
            explorer.first_row = 0;
        }
        match request {
            ExplorerRequest::SetOpen(is_open) => {
                explorer.is_open = is_open;
                self.refresh_explorer();
            }
            ExplorerRequest::SelectStage(stage) => {
                (explorer.stage, explorer.layer, explorer.comparand) = (stage, None, None);
                explorer.select(None);
                self.refresh_explorer();
            }
            ExplorerRequest::SelectLayer(layer) => {
                explorer.comparand = None;
                explorer.select(layer);
            }
            ExplorerRequest::Compare(comparand) => {
                explorer.select(None);
                explorer.filter.changes[3] = comparand.is_none();
                explorer.comparand = comparand;
            }
            ExplorerRequest::ShowChanges(changes) => explorer.filter.changes = changes,
            ExplorerRequest::Search(query) => explorer.filter.query = query,
            ExplorerRequest::ShowType(content_type) => explorer.filter.content_type = content_type,
            ExplorerRequest::Zoom(directory) => explorer.directory = directory,
            ExplorerRequest::Toggle(directory) => {
                if !explorer.expanded.remove(&directory) && explorer.expanded.len() < MAX_EXPANDED {
                    explorer.expanded.insert(directory);
                }
            }
            ExplorerRequest::ShowRows(first) => explorer.first_row = first,
            ExplorerRequest::Inspect(file) => explorer.inspected = file,
            ExplorerRequest::Download(file) => self.download_file(&file),
        }
        self.find_compared_image();
    }

    /// Shows the image of the last simulation. If that made none, the image before stays.
    pub(super) fn refresh_explorer(&mut self) {
        if !self.explorer.is_open {
            self.explorer.shown = None;
            return;
        }
        let Some(done) = &self.simulation else { return };
        let built = &done.built;
        let target = built.plan.as_ref().map(|plan| plan.target);
        let stage = self.explorer.stage.filter(|stage| *stage < built.stages.len()).or(target);
        let of_stage = stage.and_then(|stage| built.stages.get(stage)?.clone());
        let image = of_stage.or_else(|| built.image.clone().filter(|_| stage == target));
        let Some(image) = image else {
            // The first image that is shown may be one that was made before the explorer was opened.
            let before = self.last_image.clone().filter(|_| self.explorer.shown.is_none());
            if let Some((image, steps)) = before {
                let base = steps.base.as_ref().and_then(|reference| self.image_named(reference));
                self.explorer.shown = Some(ShownImage::new(image, target, base, steps, &self.catalogue.packages));
            }
            if let Some(shown) = &mut self.explorer.shown {
                shown.is_outdated = true;
            }
            return;
        };
        let steps = LayerSteps::of(&image, built, stage.unwrap_or(0));
        match &mut self.explorer.shown {
            Some(shown) if shown.is_of(&image, stage) => (shown.steps, shown.is_outdated) = (steps, false),
            _ => {
                let base = steps.base.as_ref().and_then(|reference| self.image_named(reference));
                self.explorer.set_shown(ShownImage::new(image, stage, base, steps, &self.catalogue.packages));
            }
        }
        self.find_compared_image();
    }

    /// What the explorer shows; nothing while it is closed.
    pub(super) fn explorer_view(&mut self) -> ExplorerView {
        let language = self.language;
        let comparands = self.comparands();
        let is_loading = self.image_data.loading().next().is_some();
        let explorer = &mut self.explorer;
        let Some(shown) = &mut explorer.shown else { return ExplorerView::default() };
        let image = shown.image.clone();
        let other = explorer.compared.clone();
        let comparand = explorer.comparand.clone();
        let key: ScopeKey = (
            explorer.layer,
            comparand.clone().map(|with| (with, other.as_ref().map(|other| other.id.clone()).unwrap_or_default())),
        );
        let layers = layer_rows(&image, &shown.steps, shown.repeated.as_ref(), language);
        let compressed_base = shown.base.as_ref().and_then(|base| compressed_size(base));
        let comparison = comparand.map(|with| {
            let is_there = other.is_some() || matches!(with, Comparand::Layer(_));
            let size_before = match &with {
                Comparand::Layer(layer) => {
                    let sizes = image.layers.iter().take(layer + 1).map(|layer| layer.size.clone());
                    Some(Size::said(&sizes.sum::<stageplay_core::measure::Size>(), language))
                }
                _ => other.as_ref().map(|other| Size::said(&other.size(), language)),
            };
            let problem = (!is_there).then(|| if is_loading { "loading" } else { "not-there" }.to_string());
            ImageComparison { with, size_before, size_after: Size::said(&image.size(), language), problem }
        });
        let (stage, is_outdated) = (shown.stage, shown.is_outdated);
        let space = shown.repeated.as_ref().map(|repeated| repeated.view.clone());
        let (steps, base, packages) = (shown.steps.clone(), shown.base.clone(), shown.packages.clone());
        let (scope, files) = shown.filtered(&key, other.as_ref(), &explorer.filter);
        // A directory that the scope lacks is left.
        let is_there = explorer.directory == "/" || files.directories.contains_key(&explorer.directory);
        let directory = if is_there { explorer.directory.clone() } else { "/".to_string() };
        let places = files.rows(scope, &explorer.filter, &directory, &explorer.expanded);
        let first_row = explorer.first_row.min(places.len().saturating_sub(1));
        let rows = places.iter().skip(first_row).take(MAX_ROWS);
        let mut rows: Vec<_> =
            rows.map(|place| files.row(scope, &explorer.filter, place, &explorer.expanded)).collect();
        let mut tiles = tiles(files, scope, &directory);
        let largest = largest_files(scope, &explorer.filter, &directory);
        for row in rows.iter_mut().filter(|row| row.path.contains(PACKAGE)) {
            row.label = say_phrase(language, &row.label);
        }
        say_names(&mut tiles, language);
        let is_whole = key == (None, None) && directory == "/" && explorer.filter == Filter::default();
        tiles.extend(rest_of_image(&image, scope.size()).filter(|_| is_whole));
        let file = explorer.inspected.as_ref().and_then(|path| {
            let node = image.tree.get(path)?;
            let mut view = file_view(path, node, language);
            view.package = packages.owner(path).map(str::to_string);
            view.history = history(&image, base.as_deref(), &steps, path);
            view.hidden_by = hidden_by(&image, path);
            Some(view)
        });
        let removed = || {
            let path = explorer.inspected.as_ref()?;
            let file = scope.files.get(path.as_str())?;
            let mut view = FileView { size: file.fact.size.text(3), ..removed_file(path) };
            view.history = history(&image, base.as_deref(), &steps, path);
            Some(view)
        };
        ExplorerView {
            stage,
            is_outdated,
            layers,
            compressed_base,
            space,
            layer: explorer.layer,
            comparison,
            comparands,
            counts: scope.counts().map(|(count, size)| (count, size.text(3))),
            shown_changes: explorer.filter.changes,
            tiles,
            largest,
            rows,
            first_row,
            row_count: places.len(),
            file: file.or_else(removed),
            directory,
        }
    }
}

/// The bytes of an image beside those of the files that are listed.
fn rest_of_image(image: &Image, listed: Bounds) -> Option<MapTile> {
    // Files that lower layers hold and upper ones replace are no part of the tree, but of the size.
    let whole = image.size().bounds();
    let bytes = whole.best.saturating_sub(listed.best);
    let size = || marked_text(human_size(bytes, 3), !whole.is_counted || !listed.is_counted);
    (bytes > 0).then(|| MapTile { bytes, size: size(), ..MapTile::default() })
}

/// The registry's figure of what a base image weighs compressed, if it is known.
fn compressed_size(base: &Image) -> Option<Size> {
    let bytes = base.base.as_ref()?.compressed?;
    Some((&stageplay_core::measure::Size::exact(bytes)).into())
}

/// Says the names of what is not listed by file in a language.
fn say_names(tiles: &mut [MapTile], language: Language) {
    for tile in tiles {
        if tile.path.contains(PACKAGE) {
            tile.name = say_phrase(language, &tile.name);
        }
        say_names(&mut tile.children, language);
    }
}

fn file_view(path: &str, node: &Node, language: Language) -> FileView {
    let body = node.content().map(|content| match preview(content) {
        FileBody::Unknown(basis) => FileBody::Unknown(basis.map(|basis| say_phrase(language, &basis))),
        known => known,
    });
    let target = match &node.kind {
        stageplay_core::fs::Kind::Symlink(target) => Some(target.to_string()),
        _ => None,
    };
    FileView {
        type_id: file_type_id(node).to_string(),
        mode: node.mode,
        owner: (node.uid, node.gid),
        size: node.content().map(|content| content.size().human()).unwrap_or_default(),
        link_target: target,
        can_download: node.content().is_some_and(|content| content.bytes_known()),
        body,
        hex: node.content().and_then(hex),
        ..removed_file(path)
    }
}

/// A file of which nothing is known but its path.
fn removed_file(path: &str) -> FileView {
    FileView {
        path: path.to_string(),
        type_id: "kind.file".into(),
        mode: 0,
        owner: (0, 0),
        size: String::new(),
        link_target: None,
        package: None,
        history: Vec::new(),
        hidden_by: None,
        can_download: false,
        body: None,
        hex: None,
    }
}
