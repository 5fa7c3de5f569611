//! Collections of packs: `index.toml` with chapters, in a folder of packs.

use super::files::Files;
use super::pack::{FORMAT, is_name};
use super::problem::{Place, Problem};
use super::text::Text;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// The file that makes a folder a collection.
const INDEX: &str = "index.toml";

/// Packs in their order.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "A collection of packs of Stageplay (index.toml)"))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Collection {
    /// The version of the format: 1.
    pub format: u32,
    /// The heading.
    pub title: Text,
    /// The chapters in their order.
    pub chapters: Vec<Chapter>,
}

/// A chapter.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Chapter {
    /// A short name: small letters, digits and hyphens.
    pub name: String,
    /// The heading.
    pub title: Text,
    /// The folders of its packs, relative to the collection, in their order. The name of the last folder is the pack's.
    pub packs: Vec<String>,
}

/// The name of a pack: the last part of its folder's path.
fn pack_name(folder: &str) -> &str {
    folder.rsplit('/').next().unwrap_or(folder)
}

impl Collection {
    /// Reads the index of a collection; `None` if the files are not those of a collection.
    ///
    /// # Errors
    /// What is wrong with the index.
    pub fn read(all: &Files) -> Option<Result<Self, Problem>> {
        let file = all.get(INDEX)?;
        let Some(text) = file.as_text() else {
            return Some(Err(Problem::new(Place::file(INDEX), "pack.not-utf8", &[])));
        };
        let format = toml::from_str::<toml::Table>(text).ok();
        let format = format.and_then(|table| table.get("format").and_then(toml::Value::as_integer));
        if let Some(format) = format.filter(|format| *format > i64::from(FORMAT)) {
            let params = [("what", format.to_string())];
            let params = params.each_ref().map(|(name, value)| (*name, value.as_str()));
            return Some(Err(Problem::new(Place::file(INDEX), "pack.newer-format", &params)));
        }
        Some(toml::from_str(text).map_err(|error| {
            let place = error.span().map_or_else(|| Place::file(INDEX), |range| Place::in_text(INDEX, text, range, 1));
            Problem::new(place, "pack.bad-toml", &[("what", error.message())])
        }))
    }

    /// The packs in their order: name, and the files of the folder.
    pub fn packs(&self, all: &Files) -> Vec<(String, Files)> {
        let folders = self.chapters.iter().flat_map(|chapter| &chapter.packs);
        folders.map(|folder| (pack_name(folder).to_string(), below(all, folder))).collect()
    }
}

/// The files below a folder, with their paths in it.
fn below(all: &Files, folder: &str) -> Files {
    let prefix = format!("{folder}/");
    let files = all.range(prefix.clone()..).take_while(|(path, _)| path.starts_with(&prefix));
    files.filter_map(|(path, file)| Some((path.strip_prefix(&prefix)?.to_string(), file.clone()))).collect()
}

/// What is wrong with a collection's index, its packs left aside.
pub fn check_collection(collection: &Collection, all: &Files) -> Vec<Problem> {
    let place = Place::file(INDEX);
    let mut problems = Vec::new();
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    let languages: BTreeSet<&String> = collection.title.0.keys().collect();
    for chapter in &collection.chapters {
        if !is_name(&chapter.name) {
            problems.push(Problem::new(place.clone(), "pack.bad-name", &[("what", &chapter.name), ("max", "40")]));
        }
        for language in languages.iter().filter(|language| !language.is_empty() && !chapter.title.has(language)) {
            problems.push(Problem::new(place.clone(), "pack.no-translation", &[("what", language)]));
        }
        for folder in &chapter.packs {
            if names.insert(pack_name(folder), folder).is_some() {
                problems.push(Problem::new(place.clone(), "pack.listed-twice", &[("what", folder)]));
            }
            if below(all, folder).is_empty() {
                problems.push(Problem::new(place.clone(), "pack.listed-missing", &[("what", folder)]));
            }
        }
    }
    let listed: BTreeSet<&str> = names.values().copied().collect();
    for path in all.keys().filter(|path| path.ends_with("/pack.toml")) {
        let folder = path.trim_end_matches("/pack.toml");
        if !listed.contains(folder) {
            problems.push(Problem::new(Place::file(path), "pack.not-listed", &[]));
        }
    }
    problems
}
