//! `stageplay catalog`: manages the catalogue of base images.

use super::output::{print, replace_file};
use super::real_engine::RealEngine;
use super::usage_error::UsageError;
use clap::{Args, Subcommand};
use stageplay::disk::archive;
use stageplay::engine::today;
use stageplay_core::base_images::{Catalogue, facts_of};
use stageplay_core::image::Reference;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Catalog {
    /// Read an image and print the facts that the catalogue keeps of it, or add them to a file.
    ///
    /// `stageplay build --catalog FILE` uses the images of that file.
    Add(AddImage),
}

#[derive(Debug, Args)]
pub(crate) struct AddImage {
    /// The name of the image, as in FROM
    image: String,
    /// Read the image from an archive (docker save or OCI) instead of an engine
    #[arg(long, value_name = "ARCHIVE", conflicts_with_all = ["real", "pull"])]
    from: Option<PathBuf>,
    /// The engine that has the image: auto for a local engine, or an address as for serve --engine
    #[arg(long, value_name = "ADDRESS", default_value = "auto")]
    real: String,
    /// Pull the image first
    #[arg(long)]
    pull: bool,
    /// Add the facts to this file; an entry of the same name is replaced
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

impl Catalog {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        match self {
            Catalog::Add(add) => add.run(),
        }
    }
}

impl AddImage {
    fn run(self) -> Result<u8, UsageError> {
        let reference = Reference::parse(&self.image).map_err(|error| format!("{}: {error}", self.image))?;
        let (image, source) = match &self.from {
            Some(path) => {
                let image = archive::open_named(path, &reference)?
                    .image()
                    .map_err(|error| format!("{}: {error}", path.display()))?;
                let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                (image, format!("read from the archive {name}"))
            }
            None => {
                let real = RealEngine::connect(&self.real)?;
                if self.pull {
                    real.pull(&reference)?;
                }
                (real.image(&reference)?, format!("read from {}", real.name()))
            }
        };
        let facts = facts_of(&image, &reference, &source, &today());
        let line = serde_json::to_string(&facts).map_err(|error| error.to_string())?;
        match &self.to {
            None => print(&format!("{line}\n")),
            Some(path) => self.add_to(path, &line)?,
        }
        Ok(0)
    }

    fn add_to(&self, path: &std::path::Path, line: &str) -> Result<(), UsageError> {
        let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let old = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(fail(&error)),
        };
        // This fails if the file is not a catalogue, so no other file is overwritten.
        let text = Catalogue::renewed(line, &old).map_err(|error| fail(&error))?;
        replace_file(path, text.as_bytes()).map_err(|error| fail(&error))
    }
}
