//! The grades of a student.

use stageplay_core::exercise::{Evaluation, Files, Fingerprint, Pack};
use std::sync::Arc;

/// A student with the grades of all exercises.
#[derive(Debug, Default)]
pub struct Student {
    /// The id, as in the submission or the table.
    pub id: String,
    /// The name; empty if it is the id.
    pub name: String,
    /// One for each pack; `None` where nothing was handed in.
    pub exercises: Vec<Option<Exercise>>,
}

impl Student {
    /// The points.
    pub fn points(&self) -> u64 {
        self.exercises.iter().flatten().map(Exercise::points).sum()
    }
}

/// The grade of a student's work on an exercise.
#[derive(Debug)]
pub struct Exercise {
    /// Where the submission that counts was found.
    pub source: String,
    /// What the teacher should know.
    pub warnings: Vec<String>,
    /// The grade, or why there is none.
    pub outcome: Result<Outcome, String>,
}

/// A grade with the work it is of.
#[derive(Debug)]
pub struct Outcome {
    /// The pack in the student's variant.
    pub pack: Arc<Pack>,
    /// The whole workspace.
    pub workspace: Files,
    /// The answer to each goal.
    pub evaluation: Evaluation,
    /// What copied work has in common.
    pub fingerprint: Option<Fingerprint>,
}

impl Exercise {
    /// The points.
    pub fn points(&self) -> u64 {
        self.outcome.as_ref().map_or(0, |outcome| outcome.evaluation.points)
    }

    /// `graded`, `not-gradable` or `error`.
    pub fn status(&self) -> &'static str {
        match &self.outcome {
            Ok(outcome) if outcome.evaluation.is_gradable => "graded",
            Ok(_) => "not-gradable",
            Err(_) => "error",
        }
    }
}
