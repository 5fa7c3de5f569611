//! `stageplay catalog`: base images as facts.

use super::real::Real;
use super::{Usage, print};
use clap::{Args, Subcommand};
use stageplay::disk::archive;
use stageplay::engine::today;
use stageplay_core::base_images::{Catalogue, facts_of};
use stageplay_core::image::Reference;
use std::io::Write;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Catalog {
    /// Look at an image and print what the catalogue keeps of it, or add that to a file.
    ///
    /// `stageplay build --catalog FILE` then knows the image.
    Add(Add),
}

#[derive(Debug, Args)]
pub(crate) struct Add {
    /// The image, by the name that FROM calls it.
    image: String,
    /// Read it from this archive (docker save or OCI) in place of an engine.
    #[arg(long, value_name = "ARCHIVE", conflicts_with_all = ["real", "pull"])]
    from: Option<PathBuf>,
    /// The engine that has it: auto, or as in serve --engine.
    #[arg(long, value_name = "WHERE", default_value = "auto")]
    real: String,
    /// Fetch it first.
    #[arg(long)]
    pull: bool,
    /// Add it to this file; an entry of the same name is replaced.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
}

impl Catalog {
    pub(crate) fn run(self) -> Result<u8, Usage> {
        match self {
            Catalog::Add(add) => add.run(),
        }
    }
}

impl Add {
    fn run(self) -> Result<u8, Usage> {
        let reference = Reference::parse(&self.image).map_err(|error| format!("{}: {error}", self.image))?;
        let (image, source) = match &self.from {
            Some(path) => {
                let image = archive::open(path)?.image().map_err(|error| format!("{}: {error}", path.display()))?;
                let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
                (image, format!("read from the archive {name}"))
            }
            None => {
                let real = Real::connect(&self.real)?;
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

    fn add_to(&self, path: &std::path::Path, line: &str) -> Result<(), Usage> {
        let fail = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
        let old = match std::fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(fail(&error)),
        };
        // A file that is something else is left alone.
        let text = Catalogue::renewed(line, &old).map_err(|error| fail(&error))?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(std::path::Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder).map_err(|error| fail(&error))?;
        file.write_all(text.as_bytes()).map_err(|error| fail(&error))?;
        file.persist(path).map_err(|error| fail(&error))?;
        Ok(())
    }
}
