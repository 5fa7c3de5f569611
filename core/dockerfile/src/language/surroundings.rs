//! What an editor's questions need beside the text, as the caller hands it in.

use crate::Keyword;
use crate::reference::Reference;
use crate::syntax::File;
use std::fmt::Debug;

/// The files that COPY and ADD can take: those of a build context, or of a stage.
pub trait SourceFiles: Debug {
    /// What a directory holds, in the byte order of the names; nothing where there is no such directory.
    ///
    /// `directory` is an absolute path as [`crate::path::join`] makes it.
    fn list(&self, directory: &str) -> Vec<DirectoryEntry>;

    /// What a source of COPY stands for, a path or a pattern as it is written; `None` if nothing is there.
    fn measure(&self, source: &str) -> Option<SourceSummary>;
}

/// One entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DirectoryEntry {
    /// Its name, without a slash.
    pub name: String,
    /// Whether it is a directory itself.
    pub is_dir: bool,
}

/// What a source of COPY comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceSummary {
    /// How many files there are, at any depth.
    pub files: usize,
    /// Their size as text, with a mark of how it is known.
    pub size: String,
}

/// The base images that are known.
pub trait BaseImages: Debug {
    /// All repositories in familiar form, such as `alpine` or `grafana/grafana`, in byte order.
    fn repositories(&self) -> Vec<&str>;

    /// Tags of a repository that begin with a text, the best first, at most `most`.
    fn tags(&self, repository: &str, typed: &str, most: usize) -> Vec<String>;

    /// Looks one image up.
    fn find(&self, reference: &Reference) -> ImageLookup;
}

/// What is known of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImageLookup {
    /// An image.
    Found(ImageSummary),
    /// There may be such an image; nothing of it is known.
    Unknown,
    /// There is no such image. The names are near, the nearest first.
    NotFound(Vec<String>),
    /// It cannot be told before further data is loaded.
    NotLoaded,
}

/// What is known of a base image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ImageSummary {
    /// The most specific name of the build that the reference means, such as `python:3.9.25-slim-trixie`.
    pub resolved: String,
    /// The day on which the tag means it, `YYYY-MM-DD`; `None` where that does not matter.
    pub day: Option<String>,
    /// Its size on disk, as `docker images` prints it.
    pub size: String,
    /// What the size rests on, for people.
    pub basis: String,
}

/// What surrounds a Dockerfile.
#[derive(Clone, Copy, Debug)]
pub struct Surroundings<'s> {
    /// The base images that are known.
    pub images: &'s dyn BaseImages,
    /// The files of the build context.
    pub context: &'s dyn SourceFiles,
    /// The files at the end of each stage, by its index, as far as it was built.
    pub stages: &'s [Option<&'s dyn SourceFiles>],
}

impl<'s> Surroundings<'s> {
    /// The files that the COPY at a byte takes from: those of the stage that `--from` names by name or index,
    /// or the context's without it; `None` if the stage is not known.
    pub(super) fn source_files(&self, file: &File, at: usize, from: Option<&str>) -> Option<&'s dyn SourceFiles> {
        let Some(from) = from else {
            return Some(self.context);
        };
        let froms = file.nodes.iter().filter(|node| node.head.kind == Some(Keyword::From) && node.span.start < at);
        let mut names = froms.map(|node| file.words(node).nth(2).unwrap_or("").to_lowercase());
        let index: usize = from.parse().ok().or_else(|| names.position(|name| name == from.to_lowercase()))?;
        self.stages.get(index).copied().flatten()
    }
}
