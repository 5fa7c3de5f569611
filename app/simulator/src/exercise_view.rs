//! Exercises as the page shows them: plain data in one language.

use crate::markdown::html;
use stageplay_core::exercise::{
    self, Attempt, Evaluation, Files, Pack, Page, Problem, ReadPack, Standing, evaluate, hints_on_request,
};
use stageplay_core::lesson::{Block, Lesson};
use stageplay_core::measure::Honesty;
use stageplay_core::words::Language;
use stageplay_protocol::{ExerciseBlock, ExerciseView, GoalStates, GoalView, PackView, ProblemView};

/// The text of a pack in a language; without one, that of the original.
fn page(pack: &Pack, language: Language) -> Option<&Page> {
    pack.pages.get(language.tag()).or_else(|| pack.pages.get(pack.languages.first()?))
}

fn blocks(lesson: &Lesson) -> Vec<ExerciseBlock> {
    let block = |block: &Block| match block {
        Block::Prose(text) => ExerciseBlock::Prose(html(text)),
        Block::File { name, text, .. } => ExerciseBlock::File(name.clone(), text.clone()),
        Block::Console { commands, .. } => {
            ExerciseBlock::Console(commands.iter().map(|one| (one.command.clone(), one.output.clone())).collect())
        }
    };
    lesson.blocks.iter().map(block).collect()
}

/// The longest file of a starting workspace that is shown with the task, in bytes.
const MAX_SHOWN: usize = 16 << 10;

/// The files with which an exercise starts, as far as they are short texts, the Dockerfile first.
fn start(pack: &Pack) -> Vec<(String, String)> {
    let mut files: Vec<_> = pack.start.iter().collect();
    files.sort_by_key(|(path, _)| **path != pack.dockerfile);
    let short = files.into_iter().filter(|(_, file)| file.bytes.len() <= MAX_SHOWN);
    short.filter_map(|(path, file)| Some((path.clone(), file.as_text()?.to_string()))).collect()
}

/// An exercise. `slug` opens it.
pub(crate) fn exercise(slug: &str, pack: &Pack, language: Language) -> ExerciseView {
    let tag = language.tag();
    let page = page(pack, language);
    let shown = pack.goals.iter().enumerate().filter(|(_, goal)| !goal.hidden);
    let hints = hints_on_request(pack).into_iter().filter_map(|index| pack.hints.get(index));
    ExerciseView {
        slug: slug.to_string(),
        name: pack.name.clone(),
        digest: pack.digest.clone(),
        title: pack.title.get(tag).to_string(),
        task: page.map(|page| blocks(&page.task)).unwrap_or_default(),
        explanation: page.and_then(|page| page.explanation.as_ref()).map(blocks).unwrap_or_default(),
        goals: shown
            .map(|(index, goal)| GoalView {
                index,
                name: goal.name.clone(),
                message: goal.message.get(tag).to_string(),
                points: goal.points,
            })
            .collect(),
        hidden_goals: pack.hidden_goals(),
        hints: hints.map(|hint| hint.text.get(tag).to_string()).collect(),
        states: pack.states.keys().cloned().collect(),
        has_solution: pack.solution.is_some(),
        start: start(pack),
    }
}

/// What a workspace reaches of the goals that are not hidden.
pub(crate) fn goal_states(pack: &Pack, files: &Files, attempt: &Attempt<'_>, language: Language) -> GoalStates {
    let Evaluation { goals, is_gradable, bytes, layers, error, .. } = evaluate(attempt);
    let shown: Vec<_> = pack.goals.iter().zip(&goals).filter(|(goal, _)| !goal.hidden).collect();
    let reached = |observed: &exercise::Observation| observed.standing == Standing::Reached;
    let first_miss = shown.iter().position(|(_, observed)| !reached(observed));
    let points = shown.iter().filter(|(_, observed)| reached(observed)).map(|(goal, _)| goal.points).sum();
    let hint = exercise::hint(attempt).filter(|_| first_miss.is_some()).and_then(|index| pack.hints.get(index));
    GoalStates {
        goals: shown
            .iter()
            .map(|(_, observed)| (observed.standing.as_str().to_string(), observed.message(language)))
            .collect(),
        first_miss,
        is_solved: first_miss.is_none() && !shown.is_empty(),
        is_gradable: is_gradable || first_miss.is_none(),
        points: (points, shown.iter().map(|(goal, _)| goal.points).sum()),
        bytes,
        is_size_exact: attempt.built.image.as_ref().is_some_and(|image| image.size().honesty() == Honesty::Exact),
        layers,
        error,
        hint: hint.map(|hint| hint.text.get(language.tag()).to_string()),
        is_untouched: *files == pack.start,
    }
}

/// A problem of a pack.
pub(crate) fn problem(problem: &Problem, language: Language) -> ProblemView {
    ProblemView {
        file: problem.place.file.clone(),
        line: problem.place.line,
        column: problem.place.column,
        message: problem.message(language),
    }
}

/// A pack that was read from the files of its folder.
pub(crate) fn pack(name: &str, files: &Files, read: &ReadPack, language: Language) -> PackView {
    let slug = format!("{}{name}", stageplay_protocol::OWN);
    PackView {
        pack: read.pack.as_ref().map(|pack| exercise(&slug, pack, language)),
        name: name.to_string(),
        bundle: exercise::to_bundle(name, files),
        problems: read.problems.iter().map(|one| problem(one, language)).collect(),
    }
}
