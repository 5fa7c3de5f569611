//! `stageplay lesson check`.

use crate::cli::output::{Format, print};
use crate::cli::pack_files::{self, FoundPack};
use crate::cli::progress::Progress;
use crate::cli::usage_error::UsageError;
use serde_json::{Value, json};
use stageplay_core::base_images::Catalogue;
use stageplay_core::exercise::{self, Problem, ReadPack};
use stageplay_core::words::Language;
use std::path::{Path, PathBuf};
use std::sync::Arc;

pub(super) fn run(paths: &[PathBuf], format: Format, language: &str) -> Result<u8, UsageError> {
    let language = Language::from_tag(language);
    let found = pack_files::find(paths)?;
    let catalogue = Arc::new(Catalogue::builtin());
    let mut count = found.problems.len();
    let mut text = String::new();
    let place = |path: &Path, problem: &Problem| {
        let file = path.join(&problem.place.file);
        told(if problem.place.file.is_empty() { path } else { &file }, problem, language)
    };
    for (path, problem) in &found.problems {
        text.push_str(&place(path, problem));
    }
    let mut packs = Vec::new();
    let progress = Progress::new(found.packs.len(), "packs");
    for pack in &found.packs {
        let read = check(pack, &catalogue);
        count += read.problems.len();
        for problem in &read.problems {
            text.push_str(&told(&pack.place(&problem.place.file), problem, language));
        }
        packs.push(row(pack, &read, language));
        progress.advance();
    }
    drop(progress);
    match format {
        Format::Text => {
            text.push_str(&format!("{} packs, {count} problems\n", packs.len()));
            print(&text);
        }
        Format::Json => {
            let collections = found.problems.iter().map(|(path, one)| {
                let mut value = problem(one, language);
                value["path"] = json!(path.display().to_string());
                value
            });
            let all = json!({
                "ok": count == 0,
                "problems": collections.collect::<Vec<Value>>(),
                "packs": packs,
            });
            print(&format!("{all:#}\n"));
        }
    }
    Ok(u8::from(count > 0))
}

/// Checks one pack.
pub(super) fn check(pack: &FoundPack, catalogue: &Arc<Catalogue>) -> ReadPack {
    let mut read = exercise::check(&pack.name, &pack.files, catalogue);
    read.problems.splice(0..0, pack.problems.iter().cloned());
    read
}

/// One line for a problem.
pub(super) fn told(path: &Path, problem: &Problem, language: Language) -> String {
    let numbers = [problem.place.line, problem.place.column];
    let numbers: String = numbers.iter().take_while(|number| **number > 0).map(|number| format!(":{number}")).collect();
    format!("{}{numbers}: {}\n", path.display(), problem.message(language))
}

fn problem(problem: &Problem, language: Language) -> Value {
    json!({
        "file": problem.place.file,
        "line": problem.place.line,
        "column": problem.place.column,
        "code": problem.code,
        "message": problem.message(language),
    })
}

fn row(pack: &FoundPack, read: &ReadPack, language: Language) -> Value {
    let problems: Vec<Value> = read.problems.iter().map(|one| problem(one, language)).collect();
    let known = read.pack.as_ref();
    json!({
        "path": pack.path.display().to_string(),
        "name": pack.name,
        "title": known.map(|known| known.title.get(language.tag())),
        "languages": known.map(|known| &known.languages),
        "digest": known.map(|known| &known.digest),
        "goals": known.map(|known| known.goals.iter().map(|goal| &goal.name).collect::<Vec<_>>()),
        "points": known.map(|known| known.max_points()),
        "problems": problems,
    })
}
