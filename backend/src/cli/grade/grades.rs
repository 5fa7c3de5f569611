//! The grades of a student.

use stageplay_core::exercise::{Evaluation, Files, Fingerprint, Pack};
use std::sync::Arc;

/// A student with the grades of all exercises.
#[derive(Debug, Default)]
pub(super) struct Student {
    /// The id, as in the submission or the table.
    pub(super) id: String,
    pub(super) name: String,
    /// One for each pack; `None` where nothing was handed in.
    pub(super) exercises: Vec<Option<Exercise>>,
}

impl Student {
    pub(super) fn points(&self) -> u64 {
        self.exercises.iter().flatten().map(Exercise::points).sum()
    }
}

/// The grade of a student's work on an exercise.
#[derive(Debug)]
pub(super) struct Exercise {
    /// Where the submission that counts was found.
    pub(super) source: String,
    pub(super) warnings: Vec<String>,
    /// The grade, or why there is none.
    pub(super) outcome: Result<Outcome, String>,
}

/// A grade with the work it is of.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) pack: Arc<Pack>,
    pub(super) workspace: Files,
    pub(super) evaluation: Evaluation,
    pub(super) fingerprint: Option<Fingerprint>,
}

impl Exercise {
    pub(super) fn points(&self) -> u64 {
        self.outcome.as_ref().map_or(0, |outcome| outcome.evaluation.points)
    }

    /// `graded`, `not-gradable` or `error`.
    pub(super) fn status(&self) -> &'static str {
        match &self.outcome {
            Ok(outcome) if outcome.evaluation.is_gradable => "graded",
            Ok(_) => "not-gradable",
            Err(_) => "error",
        }
    }
}
