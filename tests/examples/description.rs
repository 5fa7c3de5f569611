//! `index.toml` and `example.toml`.

use serde::Deserialize;
use std::path::Path;

/// `index.toml`: the examples in teaching order.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Index {
    pub(crate) format: u32,
    pub(crate) groups: Vec<Group>,
}

/// Examples of one kind.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Group {
    pub(crate) title: Texts,
    /// The names of their folders.
    pub(crate) examples: Vec<String>,
}

/// A text in both languages.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Texts {
    #[serde(rename = "en")]
    pub(crate) english: String,
    #[serde(rename = "zh-CN")]
    pub(crate) chinese: String,
}

/// `example.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Example {
    pub(crate) title: Texts,
    /// What to look at, in a paragraph.
    pub(crate) summary: Texts,
    /// Words to search for.
    pub(crate) topics: Vec<String>,
    pub(crate) expect: Expect,
}

/// What the simulation of an example says.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// `ok`, or the code of the error.
    pub(crate) build: String,
    /// `starts`, `fails` or `unknown`.
    pub(crate) start: String,
    /// The size of the image.
    pub(crate) size: SizeBound,
    /// How many stages the Dockerfile has.
    pub(crate) stages: usize,
    /// Further stages that build if `--target` names them.
    #[serde(default)]
    pub(crate) targets: Vec<String>,
    /// The codes of all checks that `lint --stageplay` reports.
    #[serde(default)]
    pub(crate) findings: Vec<String>,
}

/// What is said of the size of an image, in bytes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(untagged, deny_unknown_fields)]
pub(crate) enum SizeBound {
    /// The size is known, and in this range.
    Known { from: u64, to: u64 },
    /// The size has a lower bound that is not below this one.
    AtLeast {
        #[serde(rename = "at-least")]
        at_least: u64,
    },
}

fn read<T: for<'a> Deserialize<'a>>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The index of a folder with examples.
///
/// # Panics
/// If the index is not valid.
pub(crate) fn index(folder: &Path) -> Index {
    let index: Index = read(&folder.join("index.toml"));
    assert_eq!(index.format, 1, "index.toml is of another format");
    index
}

/// The description of the example in a folder.
///
/// # Panics
/// If the description is not valid.
pub(crate) fn example(folder: &Path) -> Example {
    read(&folder.join("example.toml"))
}
