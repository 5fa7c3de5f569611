//! The start of an image as steps that one can walk through.

use crate::ProgramHeaders;
use serde::{Deserialize, Serialize};

/// The steps of a start and the files that they are about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StartWalk {
    /// A step for each of the report's `run.steps`, in their order.
    pub steps: Vec<StartStep>,
    /// The programs and scripts that are started, one after the other, and the loader.
    pub files: Vec<StartFile>,
    /// The program with its arguments, if control reaches one.
    pub argv: Vec<String>,
    /// The loaders of the image.
    pub loaders: Vec<String>,
}

/// One step.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StartStep {
    /// The id of the step, such as `open-interpreter`.
    pub code: String,
    /// Its values by name, such as `interpreter`.
    pub params: Vec<(String, String)>,
    /// The file that it is about, by its index in [`StartWalk::files`].
    pub file: Option<usize>,
    /// The places in which it looks for a file, in order; at most 24.
    pub places: Vec<StartPlace>,
    /// The number of further places.
    pub more_places: usize,
}

impl StartStep {
    /// A value by its name.
    pub fn param(&self, name: &str) -> Option<&str> {
        self.params.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

/// A place in which a step looks for a file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartPlace {
    /// What names the place: `asked`, `path`, `rpath`, `runpath`, `variable`, `cache` or `default`.
    pub by: String,
    /// The path that is tried.
    pub place: String,
    /// Its parts, each with what the image has there, up to the first that is missing.
    pub parts: Vec<PathPart>,
    /// Whether the file is taken.
    pub is_taken: bool,
}

/// A part of a path.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PathPart {
    /// The name.
    pub name: String,
    /// `dir`, `file`, `link`, `other`, `missing`, or `unlisted`: the base image's listing does not say.
    pub is: String,
    /// The target of a symbolic link.
    pub target: Option<String>,
}

/// A file that is started or loaded.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct StartFile {
    /// The path in the image.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// User id and group id.
    pub owner: (u32, u32),
    /// The headers of an ELF file.
    pub headers: Option<ProgramHeaders>,
    /// The first line of a script.
    pub first_line: Option<String>,
}
