//! `stageplay lesson test`: tests lessons.

use super::usage::UsageError;
use clap::Subcommand;
use stageplay_core::base_images::Catalogue;
use stageplay_core::lesson;
use std::path::{Path, PathBuf};
use std::sync::Arc;

#[derive(Debug, Subcommand)]
pub(crate) enum Lesson {
    /// Run the commands of lessons, and compare their output with the text of the lessons.
    Test {
        /// Lesson files (*.md), or folders with lessons
        #[arg(value_name = "PATH", required = true)]
        paths: Vec<PathBuf>,
    },
}

impl Lesson {
    pub(crate) fn run(self) -> Result<u8, UsageError> {
        let Lesson::Test { paths } = self;
        let mut files = Vec::new();
        for path in &paths {
            collect_lesson_files(path, &mut files)?;
        }
        if files.is_empty() {
            return Err("found no lessons (*.md)".into());
        }
        files.sort();
        let catalogue = Arc::new(Catalogue::builtin());
        let (mut passed, mut failed) = (0, 0);
        for file in files {
            match test_lesson(&file, &catalogue) {
                Ok(count) => {
                    println!("ok      {} ({count} commands)", file.display());
                    passed += 1;
                }
                Err(report) => {
                    println!("FAILED  {}\n{report}", file.display());
                    failed += 1;
                }
            }
        }
        println!("{passed} passed, {failed} failed");
        Ok(u8::from(failed > 0))
    }
}

fn collect_lesson_files(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), UsageError> {
    if path.is_dir() {
        let entries = std::fs::read_dir(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        for entry in entries.flatten() {
            collect_lesson_files(&entry.path(), files)?;
        }
        return Ok(());
    }
    if !path.exists() {
        return Err(format!("{} does not exist", path.display()));
    }
    if path.extension().is_some_and(|extension| extension == "md") {
        files.push(path.to_path_buf());
    }
    Ok(())
}

/// Runs one lesson. Returns the number of its commands, or the differences.
fn test_lesson(file: &Path, catalogue: &Arc<Catalogue>) -> Result<usize, String> {
    let read =
        |path: &Path| std::fs::read_to_string(path).map_err(|error| format!("cannot read {}: {error}", path.display()));
    let english = file.with_file_name("en.md");
    let english_lesson = if file.ends_with("en.md") || !english.exists() {
        None
    } else {
        Some(lesson::parse(&read(&english)?, None).map_err(|error| error.to_string())?)
    };
    let lesson = lesson::parse(&read(file)?, english_lesson.as_ref()).map_err(|error| error.to_string())?;
    let played = lesson.test(catalogue.clone());
    let mut report = String::new();
    for one in played.iter().filter(|one| !one.fits) {
        report.push_str(&format!(
            "line {}: $ {}\n--- expected\n{}--- printed (exit code {})\n{}---\n",
            one.expected.line, one.expected.command, one.expected.output, one.status, one.text
        ));
    }
    if report.is_empty() { Ok(played.len()) } else { Err(report) }
}
