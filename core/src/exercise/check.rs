//! Says what is wrong with a pack: it is read and played.

use super::attempt::{Attempt, host};
use super::files::{Files, PackFile};
use super::goal::evaluate;
use super::hint::{applying, hint};
use super::observation::Standing;
use super::pack::{self, Pack, ReadPack};
use super::problem::{Place, Problem};
use super::text::single_spaced;
use super::variants::{self, Values};
use crate::base_images::Catalogue;
use crate::lesson::{Expected, Lesson, Played};
use std::collections::BTreeSet;
use std::sync::Arc;

/// The shortest line of a solution that a hint must not hold, in characters.
const MIN_LINE: usize = 20;

/// Reads a pack and plays its start, its solution and its states, in as many variants as it takes to meet each value of
/// each variable.
pub fn check(name: &str, all: &Files, catalogue: &Arc<Catalogue>) -> ReadPack {
    let first = pack::read(name, all, None);
    let Some(pack) = &first.pack else { return first };
    let mut problems = first.problems.clone();
    if pack.goals.is_empty() {
        return first;
    }
    if pack.solution.is_none() {
        problems.push(Problem::new(Place::default(), "pack.no-solution", &[]));
    }
    let variants = variants::covering(&pack.variables);
    for values in &variants {
        let read = pack::read_with(name, all, values);
        match &read.pack {
            Some(pack) => problems.extend(play(pack, catalogue).into_iter().map(|found| found.in_variant(values))),
            None => problems.extend(read.problems.into_iter().map(|found| found.in_variant(values))),
        }
    }
    // Of a problem that several variants have, the first is told.
    problems.sort_by(|one, other| (&one.place, one.code, &one.params).cmp(&(&other.place, other.code, &other.params)));
    problems.dedup_by(|one, other| (&one.place, one.code, &one.params) == (&other.place, other.code, &other.params));
    ReadPack { problems, ..first }
}

/// Plays the workspaces of a pack.
fn play(pack: &Pack, catalogue: &Arc<Catalogue>) -> Vec<Problem> {
    let mut problems = Vec::new();
    let first_place = pack.goals.first().map(|goal| goal.place.clone()).unwrap_or_default();
    let start = Attempt::new(pack, &pack.start, &[], catalogue);
    let evaluation = evaluate(&start);
    match evaluation.first_miss.and_then(|index| pack.goals.get(index)) {
        None => problems.push(Problem::new(first_place, "pack.start-solved", &[])),
        Some(goal) if goal.hidden => {
            problems.push(Problem::new(goal.place.clone(), "pack.start-shows-nothing", &[]));
        }
        Some(_) => {}
    }
    if let Some(files) = &pack.solution {
        let solution = Attempt::new(pack, files, &pack.solution_commands, catalogue);
        for (goal, observed) in pack.goals.iter().zip(evaluate(&solution).goals) {
            let code = match observed.standing {
                Standing::Reached => continue,
                Standing::Missed => "pack.solution-misses",
                Standing::Unknown => "pack.solution-unknown",
            };
            let problem = Problem::new(goal.place.clone(), code, &[("goal", &goal.name)]);
            problems.push(Problem { observed: Some(observed), ..problem });
        }
        problems.extend(told_solutions(pack, files));
    }
    let (mut seen, mut shown) = (BTreeSet::new(), BTreeSet::new());
    let states: Vec<Attempt<'_>> =
        pack.states.values().map(|files| Attempt::new(pack, files, &[], catalogue)).collect();
    for attempt in std::iter::once(&start).chain(&states) {
        seen.extend(applying(attempt));
        if evaluate(attempt).first_miss.is_some() {
            shown.extend(hint(attempt));
        }
    }
    for (index, hint) in pack.hints.iter().enumerate().filter(|(_, hint)| hint.when.is_some()) {
        let code = match (seen.contains(&index), shown.contains(&index)) {
            (false, _) => "pack.hint-never",
            (true, false) => "pack.hint-hidden",
            (true, true) => continue,
        };
        problems.push(Problem::new(hint.place.clone(), code, &[]));
    }
    problems
}

/// Hints that hold a line of the solution which the start does not have.
fn told_solutions(pack: &Pack, solution: &Files) -> Vec<Problem> {
    let lines = |file: Option<&PackFile>| -> BTreeSet<String> {
        file.and_then(PackFile::as_text).unwrap_or("").lines().map(single_spaced).collect()
    };
    let mut new: BTreeSet<String> = BTreeSet::new();
    for (path, file) in solution {
        let old = lines(pack.start.get(path));
        new.extend(
            lines(Some(file)).into_iter().filter(|line| !old.contains(line) && line.chars().count() >= MIN_LINE),
        );
    }
    let mut problems = Vec::new();
    for hint in &pack.hints {
        let texts: Vec<String> = hint.text.0.values().map(|text| single_spaced(text)).collect();
        let told = new.iter().find(|line| texts.iter().any(|text| text.contains(line.as_str())));
        if let Some(line) = told {
            problems.push(Problem::new(hint.place.clone(), "pack.hint-tells", &[("what", line)]));
        }
    }
    problems
}

/// Runs the console blocks of a pack in one language: those of the task with the files of the start, those of the
/// explanation with the files of the solution.
pub fn play_console(pack: &Pack, language: &str, catalogue: &Arc<Catalogue>) -> Vec<Played> {
    let Some(page) = pack.pages.get(language) else { return Vec::new() };
    let explanation = page.explanation.as_ref().map(|lesson| (lesson, pack.solution.as_ref().unwrap_or(&pack.start)));
    let mut all = Vec::new();
    for (lesson, files) in std::iter::once((&page.task, &pack.start)).chain(explanation) {
        all.extend(play_lesson(pack, lesson, files, catalogue));
    }
    all
}

fn play_lesson(pack: &Pack, lesson: &Lesson, files: &Files, catalogue: &Arc<Catalogue>) -> Vec<Played> {
    let mut host = host(pack, files, catalogue);
    match lesson.set_up(&mut host) {
        Ok(()) => lesson.play(&mut host),
        Err(error) => {
            let expected = Expected { command: "setup".into(), output: String::new(), status: None, line: 1 };
            vec![Played { expected, text: error, status: 1, fits: false }]
        }
    }
}

impl Problem {
    /// The problem with the values of the variables that it was found with.
    fn in_variant(mut self, values: &Values) -> Self {
        if !values.is_empty() {
            let pairs: Vec<String> = values.iter().map(|(name, value)| format!("{name} = {value}")).collect();
            self.variant = Some(pairs.join(", "));
        }
        self
    }
}
