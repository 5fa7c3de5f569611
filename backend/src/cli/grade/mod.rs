//! `stageplay grade`: grades submissions of exercises by simulating them anew.

mod assess;
mod clusters;
mod csv;
mod grades;
mod html;
mod json;
mod packs;
mod results;
mod submissions;

pub(super) use submissions::read_workspace;

use super::output::print;
use super::pack_files;
use super::usage::UsageError;
use clap::{Args, ValueEnum};
use stageplay_core::words::Language;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Grade {
    /// The pack, or a collection of packs
    #[arg(value_name = "PACK")]
    pack: PathBuf,
    /// Submissions: files with submission texts, CSV files of which a cell of each row holds one, and folders of these
    /// or of workspaces, which are named after the student
    #[arg(value_name = "SUBMISSIONS", required = true)]
    submissions: Vec<PathBuf>,
    /// The output format
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    format: Format,
    /// Of several submissions of a student, the best one counts, not the last one
    #[arg(long)]
    best: bool,
    /// The column of a CSV file with the student's id, by its heading. It counts in place of the id in the submission
    #[arg(long, value_name = "HEADING")]
    id_column: Option<String>,
    /// The language of messages: en or zh-CN
    #[arg(long, value_name = "LANGUAGE", default_value = "en")]
    lang: String,
    /// Begin a CSV with a byte order mark, without which Excel does not read it as UTF-8
    #[arg(long)]
    bom: bool,
}

/// The output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A row for each student, a column for each goal (RFC 4180)
    Csv,
    /// Everything, for programs
    Json,
    /// A page to read and print, with the students' work
    Html,
    /// results.json of a Gradescope autograder, for one student
    Gradescope,
    /// results.json of a PrairieLearn external grader, for one student
    Prairielearn,
}

impl Grade {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let language = Language::from_tag(&self.lang);
        let found = pack_files::find(std::slice::from_ref(&self.pack))?;
        let packs = packs::Packs::new(&found, &self.pack)?;
        let entries = submissions::read(&self.submissions, self.id_column.as_deref(), &packs)?;
        let graded = assess::assess(&packs, entries, self.best, language);
        let text = match self.format {
            Format::Csv => csv::text(&packs, &graded, self.bom)?,
            Format::Json => json::text(&packs, &graded, language),
            Format::Html => html::text(&packs, &graded, language),
            Format::Gradescope => results::gradescope(&packs, &graded, language)?,
            Format::Prairielearn => results::prairielearn(&packs, &graded, language)?,
        };
        print(&text);
        Ok(0)
    }
}
