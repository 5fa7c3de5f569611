//! `stageplay lesson test`.

use super::check::{check, told};
use super::real;
use crate::cli::pack_files::{self, FoundPack};
use crate::cli::progress::Progress;
use crate::cli::real_engine::RealEngine;
use crate::cli::usage_error::UsageError;
use stageplay_core::base_images::Catalogue;
use stageplay_core::exercise::{Pack, play_console};
use stageplay_core::words::Language;
use stageplay_report::without_control_characters;
use std::path::PathBuf;
use std::sync::Arc;

pub(super) fn run(paths: &[PathBuf], engine: Option<&str>) -> Result<u8, UsageError> {
    let engine = engine.map(RealEngine::connect).transpose()?;
    let found = pack_files::find(paths)?;
    let catalogue = Arc::new(Catalogue::builtin());
    let (mut passed, mut failed) = (0, 0);
    // On an engine each build shows its own progress.
    let count = if engine.is_some() { 0 } else { found.packs.len() };
    let progress = (count > 0).then(|| Progress::new(count, "packs"));
    let show = |text: String| match &progress {
        Some(progress) => progress.suspend(|| println!("{text}")),
        None => println!("{text}"),
    };
    let mut row = |result: Result<String, String>, path: PathBuf| match result {
        Ok(count) => {
            show(format!("ok      {} ({count})", path.display()));
            passed += 1;
        }
        Err(report) => {
            show(format!("FAILED  {}\n{report}", path.display()));
            failed += 1;
        }
    };
    for (path, problem) in &found.problems {
        let file = if problem.place.file.is_empty() { path.clone() } else { path.join(&problem.place.file) };
        row(Err(told(&file, problem, Language::English)), path.clone());
    }
    for pack in &found.packs {
        let read = check(pack, &catalogue);
        let report: String = read
            .problems
            .iter()
            .map(|problem| told(&pack.place(&problem.place.file), problem, Language::English))
            .collect();
        if let Some(known) = &read.pack {
            for language in languages(pack, known) {
                row(console(known, &language, &catalogue), pack.place(&format!("{language}.md")));
            }
        }
        let goals = read.pack.as_ref().map_or(0, |known| known.goals.len());
        if !report.is_empty() {
            row(Err(report), pack.path.clone());
        } else if goals > 0 && pack.only.is_none() {
            row(Ok(format!("{goals} goals")), pack.path.clone());
        }
        if let (Some(engine), Some(known), None) = (&engine, &read.pack, &pack.only)
            && goals > 0
        {
            row(real::compare(engine, known, &catalogue), pack.path.clone());
        }
        progress.iter().for_each(Progress::advance);
    }
    drop(progress);
    println!("{passed} passed, {failed} failed");
    Ok(u8::from(failed > 0))
}

fn languages(found: &FoundPack, pack: &Pack) -> Vec<String> {
    match &found.only {
        Some(language) => vec![language.clone()],
        None => pack.languages.clone(),
    }
}

/// Runs the commands of one language. Returns their number, or the differences.
fn console(pack: &Pack, language: &str, catalogue: &Arc<Catalogue>) -> Result<String, String> {
    let played = play_console(pack, language, catalogue);
    let mut report = String::new();
    for one in played.iter().filter(|one| !one.fits) {
        report.push_str(&format!(
            "line {}: $ {}\n--- expected\n{}--- printed (exit code {})\n{}---\n",
            one.expected.line,
            without_control_characters(&one.expected.command),
            without_control_characters(&one.expected.output),
            one.status,
            without_control_characters(&one.text)
        ));
    }
    if report.is_empty() { Ok(format!("{} commands", played.len())) } else { Err(report) }
}
