//! Why a layer is as large as it is, in one line.

use stageplay_core::fs::{Change, EntryKind, LayerEntry as Entry};
use stageplay_core::image::Layer;
use stageplay_core::report::say_phrase;
use stageplay_core::words::{Language, say};

/// The reason of the layer's size in one line: its packages, or the largest file that it adds or changes.
pub(super) fn reason(layer: &Layer, is_base: bool, language: Language) -> Option<String> {
    if is_base {
        return None;
    }
    if let Some((name, _)) = layer.unlisted.iter().max_by_key(|(_, size)| size.at_least()) {
        let words = [("count", layer.unlisted.len().to_string()), ("name", say_phrase(language, name))];
        return Some(say(language, parts_id(layer), &words));
    }
    let files = || layer.entries.iter().filter(|entry| entry.kind == EntryKind::File);
    let largest = files().max_by_key(|entry| entry.size.at_least())?;
    let id = match largest.change {
        Change::Modified if is_copied_up(layer, largest) => "layer.copied-up",
        Change::Modified => "layer.modified",
        _ => "layer.added",
    };
    Some(say(language, id, &[("path", largest.path.as_ref())]))
}

/// The words for the parts of a layer that are not listed by file: packages, or what a command wrote or COPY took.
fn parts_id(layer: &Layer) -> &'static str {
    let is_package = |name: &str| !name.contains([' ', '/', '*']) && name != ".";
    match layer.unlisted.as_slice() {
        [_] => "layer.part",
        all if all.iter().all(|(name, _)| is_package(name)) => "layer.packages",
        _ => "layer.parts",
    }
}

/// Whether a RUN instruction changed only the metadata of a file, so that the overlay copies the whole file.
fn is_copied_up(layer: &Layer, entry: &Entry) -> bool {
    entry.same_content && entry.kind == EntryKind::File && !layer.created_by.contains("COPY ")
}
