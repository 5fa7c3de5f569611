//! The data about base images: histories of families, listed images, rules. It is fetched when a build, an editor's
//! request or a command asks for it.

use stageplay_core::base_images::{Catalogue, IMAGE_RULES, LISTED_IMAGES, file_name};
use stageplay_protocol::ImageDataView;
use std::collections::{BTreeMap, BTreeSet};

/// The state of one piece of data.
#[derive(Clone, Debug, PartialEq, Eq)]
enum DataState {
    Loading,
    Loaded,
    /// With a message that names the address.
    Failed(String),
}

/// The data that was requested, by the names of [`Catalogue::take_missing`].
#[derive(Debug, Default)]
pub(crate) struct ImageData {
    states: BTreeMap<String, DataState>,
}

/// Something that needs data which is being fetched. It is carried out when all of it arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum WaitingAction {
    /// A command in the terminal.
    Command(String),
    /// A command of the lesson: id of its block, index in the block.
    LessonCommand(String, usize),
    /// The workspace of the open lesson.
    StartLesson,
    /// The image's program on every base image.
    CompareBaseImages,
}

/// The path of a piece of data, relative to the page.
pub fn image_data_path(name: &str) -> String {
    match name {
        IMAGE_RULES => "image_rules.json".to_string(),
        LISTED_IMAGES => "images.jsonl".to_string(),
        family => format!("official/{}.gz", file_name(family)),
    }
}

/// Adds a piece of data to a catalogue.
pub(crate) fn add_to(catalogue: &mut Catalogue, name: &str, bytes: &[u8]) -> Result<(), String> {
    let text = || std::str::from_utf8(bytes).map_err(|error| error.to_string());
    match name {
        IMAGE_RULES => catalogue.add_rules(text()?),
        LISTED_IMAGES => catalogue.add_listed(text()?),
        _ => catalogue.add_family(bytes),
    }
}

impl ImageData {
    /// Those of the missing data that are to be fetched; marks them as loading. Data that was loaded and is still missing
    /// has failed.
    pub(crate) fn request(&mut self, missing: BTreeSet<String>) -> Vec<String> {
        let mut new = Vec::new();
        for name in missing {
            match self.states.get(&name) {
                None => {
                    self.states.insert(name.clone(), DataState::Loading);
                    new.push(name);
                }
                Some(DataState::Loaded) => {
                    let message = format!("{}: the file does not hold what it is named after", image_data_path(&name));
                    self.states.insert(name, DataState::Failed(message));
                }
                Some(DataState::Loading | DataState::Failed(_)) => {}
            }
        }
        new
    }

    /// Notes that a piece of data arrived, or why it did not.
    pub(crate) fn arrived(&mut self, name: &str, result: Result<(), String>) {
        let state = match result {
            Ok(()) => DataState::Loaded,
            Err(error) => DataState::Failed(error),
        };
        self.states.insert(name.to_string(), state);
    }

    /// The data that could not be fetched is to be fetched again; marks it as loading.
    pub(crate) fn retry(&mut self) -> Vec<String> {
        let failed = self.states.iter_mut().filter(|(_, state)| matches!(state, DataState::Failed(_)));
        failed
            .map(|(name, state)| {
                *state = DataState::Loading;
                name.clone()
            })
            .collect()
    }

    /// The names of the data that is being fetched.
    pub(crate) fn loading(&self) -> impl Iterator<Item = &str> {
        self.states.iter().filter(|(_, state)| **state == DataState::Loading).map(|(name, _)| name.as_str())
    }

    /// The state of the data for the page.
    pub(crate) fn view(&self) -> ImageDataView {
        ImageDataView {
            loading: self.loading().map(str::to_string).collect(),
            failures: self.failures().map(str::to_string).collect(),
        }
    }

    /// The messages about data that could not be fetched.
    pub(crate) fn failures(&self) -> impl Iterator<Item = &str> {
        self.states.values().filter_map(|state| match state {
            DataState::Failed(message) => Some(message.as_str()),
            _ => None,
        })
    }
}
