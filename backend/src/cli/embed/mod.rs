//! `stageplay embed`: recorded answers for the embeds of a document, code to paste, and pictures.

mod answer;
mod code;
mod document;
mod markup;
mod picture;

use super::output::replace_file;
use super::progress::Progress;
use super::usage_error::UsageError;
use clap::{Args, Subcommand};
use document::Document;
use stageplay_core::base_images::Catalogue;
use stageplay_core::words::Language;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum Embed {
    /// Write the recorded answer of each <stage-play> into HTML and Markdown files: what readers without JavaScript, and
    /// feeds, show. A file that is right already is not touched.
    ///
    /// Exit codes: 0; 1 if an element cannot be simulated, with its place; 2 if the command line is wrong.
    Render(Documents),
    /// Hold the recorded answers of HTML and Markdown files against the simulation.
    ///
    /// Exit codes: 0 if they agree; 1 if one is missing, differs, or cannot be simulated, with its place; 2 if the command
    /// line is wrong.
    Check(Documents),
    /// Print code to paste into a page: the element, an iframe, or a link.
    Code(code::Code),
    /// Print a picture of the result as SVG, for places where neither scripts nor frames are allowed.
    Picture(picture::Picture),
}

#[derive(Debug, Args)]
pub(crate) struct Documents {
    /// The language of the answers where neither the element nor the text around it names one: en or zh-CN
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    lang: String,
    /// HTML or Markdown files; files that end in .md, .mdx or .markdown are Markdown
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

impl Embed {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        match self {
            Embed::Render(documents) => documents.render(),
            Embed::Check(documents) => documents.check(),
            Embed::Code(code) => code.run(),
            Embed::Picture(picture) => picture.run(),
        }
    }
}

impl Documents {
    fn render(&self) -> Result<u8, UsageError> {
        let (catalogue, language) = (Catalogue::builtin(), Language::from_tag(&self.lang));
        let mut failed = false;
        let documents = self.read()?;
        let progress = progress(&documents);
        for (path, document) in self.files.iter().zip(&documents) {
            let (text, problems) = document.rendered(&catalogue, language, &progress);
            failed |= !problems.is_empty();
            let is_changed = text != document.text;
            if is_changed {
                replace_file(path, text.as_bytes())
                    .map_err(|error| format!("cannot write {}: {error}", path.display()))?;
            }
            progress.suspend(|| {
                problems.iter().for_each(|problem| println!("{problem}"));
                if is_changed {
                    println!("{}: written", path.display());
                }
            });
        }
        Ok(u8::from(failed))
    }

    fn check(&self) -> Result<u8, UsageError> {
        let (catalogue, language) = (Catalogue::builtin(), Language::from_tag(&self.lang));
        let mut count = 0;
        let documents = self.read()?;
        let progress = progress(&documents);
        for document in &documents {
            let problems = document.problems(&catalogue, language, &progress);
            count += problems.len();
            progress.suspend(|| problems.iter().for_each(|problem| println!("{problem}")));
        }
        Ok(u8::from(count > 0))
    }

    fn read(&self) -> Result<Vec<Document>, UsageError> {
        self.files.iter().map(|path| Document::read(path)).collect()
    }
}

/// Counts the elements that are simulated.
fn progress(documents: &[Document]) -> Progress {
    Progress::new(documents.iter().map(Document::count).sum(), "embeds")
}
