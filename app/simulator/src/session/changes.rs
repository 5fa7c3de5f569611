//! What changed between a compared state and the present one: that of the opened workspace, or one that was kept.
//!
//! The state is kept as its request, and built with the data of the moment: data that arrives later is no change.

use super::Session;
use super::simulate::is_lacking_images;
use stageplay_core::build::{Built, Request as BuildRequest};
use stageplay_core::fs::{Kind, Node, Tree};
use stageplay_core::image::{Image, Layer};
use stageplay_core::measure::Size;
use stageplay_core::simulate::Simulation;
use stageplay_protocol::{ChangedFile, ChangedFiles, ChangedRow, Changes};
use std::sync::Arc;

/// The most files that are listed.
const MAX_FILES: usize = 200;
/// The most rows that are compared; of more the first ones are.
const MAX_ROWS: usize = 400;

/// Builds a request and starts its image, with the data of the moment.
type Simulate<'a> = &'a mut dyn FnMut(&BuildRequest) -> Simulation;

/// The state that the present one is compared with.
#[derive(Debug, Default)]
pub(super) struct ComparedState {
    request: Option<BuildRequest>,
    /// Its result; `None` while data is missing.
    result: Option<Simulation>,
    is_kept: bool,
    /// The last request that made an image, with the size of that.
    last: Option<(BuildRequest, Size)>,
    /// The same before the last edit that changed the size.
    before: Option<(BuildRequest, Size)>,
    /// Whether data arrived that the results do not know.
    pub(super) is_outdated: bool,
    /// Whether the files that changed are listed.
    pub(super) shows_files: bool,
}

impl ComparedState {
    /// Another workspace is opened. Its first state is the compared one.
    pub(super) fn clear(&mut self) {
        *self = ComparedState { shows_files: self.shows_files, ..ComparedState::default() };
    }

    /// Notes a result, and builds what it is compared with anew if there is other data than before.
    pub(super) fn update(&mut self, done: &Simulation, simulate: Simulate) {
        let request = self.request.get_or_insert_with(|| done.request.clone());
        let is_outdated = std::mem::take(&mut self.is_outdated);
        if is_same_request(request, &done.request) {
            self.result = (!is_lacking_images(done)).then(|| done.clone());
        } else if is_outdated || self.result.is_none() {
            self.result = Some(simulate(request)).filter(|result| !is_lacking_images(result));
        }
        if is_outdated && let Some((request, size)) = &mut self.before {
            *size = simulate(request).built.image.map_or(Size::ZERO, |image| image.size());
        }
        let Some(image) = done.built.image.as_ref().filter(|_| !is_lacking_images(done)) else { return };
        let present = (done.request.clone(), image.size());
        let last = self.last.replace(present.clone());
        // The same request has another size when data arrived.
        let edited = last.filter(|(request, _)| !is_same_request(request, &present.0));
        let is_changed = |size: &Size| size.bytes().is_none() || size.bytes() != present.1.bytes();
        self.before = edited.filter(|(_, size)| is_changed(size)).or(self.before.take());
    }

    /// Compares with another state from now on.
    fn keep(&mut self, done: &Simulation) {
        let last = self.last.take();
        *self = ComparedState {
            request: Some(done.request.clone()),
            result: Some(done.clone()),
            is_kept: true,
            last,
            shows_files: self.shows_files,
            ..ComparedState::default()
        };
    }

    /// The image of the compared state.
    pub(super) fn image(&self) -> Option<&Arc<Image>> {
        self.result.as_ref()?.built.image.as_ref()
    }
}

impl Session {
    /// Compares with the present state from now on.
    pub(super) fn keep_state(&mut self) {
        if let Some(done) = self.simulation.as_ref().filter(|done| !is_lacking_images(done)) {
            self.compared.keep(done);
            self.has_new_outcome = true;
            self.find_compared_image();
        }
    }

    /// What changed since the compared state; `None` if nothing did.
    pub(super) fn changes(&self) -> Option<Changes> {
        let (before, after) = (self.compared.result.as_ref()?, self.simulation.as_ref()?);
        let size = |done: &Simulation| {
            done.built.image.as_ref().map(|image| stageplay_core::report::Size::said(&image.size(), self.language))
        };
        let verdict = |done: &Simulation| match (&done.built.error, &done.run) {
            (Some(_), _) => "error".to_string(),
            (None, Some(run)) => run.verdict.as_str().to_string(),
            (None, None) => "unknown".to_string(),
        };
        let images = (before.built.image.as_deref(), after.built.image.as_deref());
        let layers = match images {
            (Some(before), Some(after)) => changed_rows(&layers(before), &layers(after)),
            _ => Vec::new(),
        };
        let steps = changed_rows(&steps(&before.built), &steps(&after.built));
        let files = match images {
            (Some(before), Some(after)) if self.compared.shows_files => Some(changed_files(&before.tree, &after.tree)),
            _ => None,
        };
        let last_edit = self.compared.before.as_ref().zip(self.compared.last.as_ref());
        let last_edit =
            last_edit.map(|((_, one), (_, two))| (one, two)).filter(|(one, two)| one.bytes() != two.bytes());
        let last_edit = last_edit.map(|(one, two)| (one.into(), two.into()));
        let changes = Changes {
            since_opening: !self.compared.is_kept,
            size: (size(before), size(after)),
            last_edit,
            verdict: (verdict(before), verdict(after)),
            steps,
            layers,
            files,
        };
        let is_nothing = changes.steps.is_empty() && changes.layers.is_empty();
        let is_nothing = is_nothing && changes.verdict.0 == changes.verdict.1 && changes.size.0 == changes.size.1;
        (!is_nothing).then_some(changes)
    }
}

/// A step or a layer: its text, its line, its size.
type Row = (String, Option<usize>, Size);

fn steps(built: &Built) -> Vec<Row> {
    let size = |layer: &Layer| layer.size.clone();
    let row = |step: &stageplay_core::build::Step| {
        (step.text.clone(), Some(step.line), step.layer.as_deref().map_or(Size::ZERO, size))
    };
    built.steps.iter().take(MAX_ROWS).map(row).collect()
}

fn layers(image: &Image) -> Vec<Row> {
    image.layers.iter().take(MAX_ROWS).map(|layer| (layer.created_by.clone(), None, layer.size.clone())).collect()
}

/// The rows that differ, in their order. Rows of one text stand for each other, along a longest common subsequence.
fn changed_rows(before: &[Row], after: &[Row]) -> Vec<ChangedRow> {
    let width = after.len() + 1;
    // lengths[i * width + j]: of the longest common subsequence of before[i..] and after[j..].
    let mut lengths = vec![0_u16; (before.len() + 1) * width];
    let at = |lengths: &[u16], i: usize, j: usize| lengths.get(i * width + j).copied().unwrap_or(0);
    for (i, one) in before.iter().enumerate().rev() {
        for (j, two) in after.iter().enumerate().rev() {
            let length = match one.0 == two.0 {
                true => at(&lengths, i + 1, j + 1) + 1,
                false => at(&lengths, i + 1, j).max(at(&lengths, i, j + 1)),
            };
            if let Some(place) = lengths.get_mut(i * width + j) {
                *place = length;
            }
        }
    }
    let mut rows = Vec::new();
    let (mut i, mut j) = (0, 0);
    loop {
        match (before.get(i), after.get(j)) {
            (None, None) => break rows,
            (Some(one), Some(two)) if one.0 == two.0 => {
                if one.2.bytes() != two.2.bytes() {
                    rows.push(ChangedRow {
                        text: two.0.clone(),
                        line: two.1,
                        before: Some((&one.2).into()),
                        after: Some((&two.2).into()),
                    });
                }
                (i, j) = (i + 1, j + 1);
            }
            (Some(one), two) if two.is_none() || at(&lengths, i + 1, j) >= at(&lengths, i, j + 1) => {
                rows.push(ChangedRow { text: one.0.clone(), line: None, before: Some((&one.2).into()), after: None });
                i += 1;
            }
            (_, Some(two)) => {
                rows.push(ChangedRow { text: two.0.clone(), line: two.1, before: None, after: Some((&two.2).into()) });
                j += 1;
            }
            (Some(_), None) => break rows,
        }
    }
}

/// The files that differ, those with the largest difference first.
fn changed_files(before: &Tree, after: &Tree) -> ChangedFiles {
    let size = |node: &Node| node.content().map_or(Size::ZERO, |content| content.size());
    let is_file = |node: &Node| !matches!(node.kind, Kind::Dir { .. });
    let mut found = ChangedFiles::default();
    let mut old = before.walk("/").filter(|(_, node)| is_file(node)).peekable();
    let mut new = after.walk("/").filter(|(_, node)| is_file(node)).peekable();
    loop {
        let order = match (old.peek(), new.peek()) {
            (None, None) => break,
            (Some(_), None) => std::cmp::Ordering::Less,
            (None, Some(_)) => std::cmp::Ordering::Greater,
            (Some((one, _)), Some((two, _))) => one.cmp(two),
        };
        let old = if order.is_le() { old.next() } else { None };
        let new = if order.is_ge() { new.next() } else { None };
        match (&old, &new) {
            (Some((_, one)), Some((_, two))) if is_same(one, two) => continue,
            (Some(_), Some(_)) => found.counts.1 += 1,
            (Some(_), None) => found.counts.2 += 1,
            _ => found.counts.0 += 1,
        }
        let path = old.or(new).map(|(path, _)| path.to_string()).unwrap_or_default();
        let size = |side: Option<(&Arc<str>, &Node)>| side.map(|(_, node)| (&size(node)).into());
        found.files.push(ChangedFile { path, before: size(old), after: size(new) });
    }
    let bytes = |size: &Option<stageplay_core::report::Size>| {
        size.as_ref().and_then(|size| size.bytes.or(size.at_least)).unwrap_or(0)
    };
    let difference = |file: &ChangedFile| bytes(&file.before).abs_diff(bytes(&file.after));
    found.files.sort_by_key(|file| std::cmp::Reverse(difference(file)));
    found.files.truncate(MAX_FILES);
    found
}

/// Whether two nodes are the same to whoever reads the image. Nodes of two builds are compared by value.
fn is_same(one: &Node, two: &Node) -> bool {
    (one.mode, one.uid, one.gid) == (two.mode, two.uid, two.gid) && one.kind == two.kind
}

/// Whether two requests are of the same workspace and settings.
fn is_same_request(one: &BuildRequest, two: &BuildRequest) -> bool {
    let settings = |request: &BuildRequest| {
        let settings = (request.builder, request.as_of, request.assume_context, request.target.clone());
        (settings, request.build_args.clone(), request.engine.id.clone(), request.name.clone())
    };
    let files = |tree: &Tree| tree.walk("/").map(|(path, node)| (path.clone(), node.clone())).collect::<Vec<_>>();
    one.dockerfile == two.dockerfile && settings(one) == settings(two) && {
        let (one, two) = (files(&one.context), files(&two.context));
        one.len() == two.len()
            && one.iter().zip(&two).all(|((path, node), (other, of_other))| path == other && is_same(node, of_other))
    }
}
