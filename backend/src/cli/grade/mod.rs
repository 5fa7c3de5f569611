//! `stageplay grade`: grades submissions of exercises by simulating them anew.

mod submissions;

pub(super) use submissions::read_workspace;

use super::output::print;
use super::pack_files::{self, FoundPacks};
use super::progress::Progress;
use super::usage_error::UsageError;
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use stageplay_core::base_images::Catalogue;
use stageplay_core::words::Language;
use stageplay_grading::{Grading, Packs, Unusable};
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
        let packs = packs(found, &self.pack)?;
        let entries = submissions::read(&self.submissions, self.id_column.as_deref(), &packs)?;
        let mut grading = Grading::new(&packs, entries, self.best);
        let mut jobs = grading.jobs();
        let progress = Progress::new(jobs.len(), "simulations");
        jobs.par_iter_mut().for_each(|job| {
            job.simulate(&packs);
            progress.advance();
        });
        drop(progress);
        let graded = grading.finish(&packs, language);
        let text = match self.format {
            Format::Csv => stageplay_grading::csv(&packs, &graded, self.bom)?,
            Format::Json => stageplay_grading::json(&packs, &graded, language),
            Format::Html => stageplay_grading::html(&packs, &graded, language),
            Format::Gradescope => stageplay_grading::gradescope(&packs, &graded, language)?,
            Format::Prairielearn => stageplay_grading::prairielearn(&packs, &graded, language)?,
        };
        print(&text);
        Ok(0)
    }
}

/// The packs that are graded.
///
/// # Errors
/// A pack that cannot be used, or no goals.
fn packs(found: FoundPacks, path: &Path) -> Result<Packs, UsageError> {
    if let Some((place, problem)) = found.problems.first() {
        return Err(format!("{}: {}", place.display(), problem.message(Language::English)));
    }
    let paths: Vec<PathBuf> = found.packs.iter().map(|one| one.path.clone()).collect();
    let packs = found.packs.into_iter().map(|one| (one.name, one.files)).collect();
    Packs::new(packs, Arc::new(Catalogue::builtin())).map_err(|error| {
        let why = error.message(Language::English);
        match error {
            Unusable::Pack(index, _) => {
                let place = paths.get(index).map_or(path, PathBuf::as_path);
                format!("{}: {why}; `stageplay lesson check` says more", place.display())
            }
            _ => format!("{}: {why}", path.display()),
        }
    })
}
