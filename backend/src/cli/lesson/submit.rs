//! `stageplay lesson submit`.

use crate::cli::grade::read_workspace;
use crate::cli::output::print;
use crate::cli::pack_files;
use crate::cli::usage_error::UsageError;
use stageplay_core::exercise::{self, Submission, Work};
use stageplay_core::words::{Language, say};
use std::path::{Path, PathBuf};

pub(super) fn run(path: &Path, workspace: &Path, student: &str, name: &str) -> Result<u8, UsageError> {
    let found = pack_files::find(&[PathBuf::from(path)])?;
    let [found] = found.packs.as_slice() else {
        return Err(format!("{} holds {} packs: name one of them", path.display(), found.packs.len()));
    };
    let read = |seed: Option<&str>| {
        let read = exercise::read(&found.name, &found.files, seed);
        let why = read.problems.first().map(|problem| problem.message(Language::English)).unwrap_or_default();
        read.pack.ok_or_else(|| format!("{}: {why}", path.display()))
    };
    let mut pack = read(None)?;
    let mut seed = String::new();
    if !pack.variables.is_empty() {
        seed = exercise::seed(&pack.name, student);
        pack = read(Some(&seed))?;
    }
    let files = read_workspace(workspace)?;
    let submission = Submission {
        student: student.to_string(),
        name: name.to_string(),
        version: env!("CARGO_PKG_VERSION").to_string(),
        work: vec![Work::of(&pack, &seed, &files, &[])],
    };
    let text = submission.to_text();
    // What cannot be read again is not handed in.
    Submission::from_text(&text).map_err(|(code, what)| say(Language::English, code, &[("what", what)]))?;
    print(&format!("{text}\n"));
    Ok(0)
}
