//! Exercises: packs of Markdown, files and goals; their evaluation, their hints, submissions and grading.
//!
//! docs/formats/packs.md describes the format, docs/formats/submission.md that of a submission.

mod attempt;
mod build_conditions;
mod check;
mod collection;
mod condition;
mod copied_work_fingerprint;
mod definition;
mod files;
mod goal;
mod grade;
mod hint;
mod image_conditions;
mod markdown;
mod number;
mod observation;
mod pack;
mod problem;
mod scorm;
mod start_conditions;
mod submission;
mod text;
mod variants;

pub use attempt::{Attempt, request};
pub use check::{check, play_console};
pub use collection::{Chapter, Collection, check_collection};
pub use condition::Condition;
pub use copied_work_fingerprint::Fingerprint;
pub use definition::Definition;
pub use files::{
    Files, MAX_BYTES, MAX_COLLECTION_BYTES, MAX_COLLECTION_FILES, MAX_FILES, PackFile, digest, from_bundle, to_bundle,
    without_solution,
};
pub use goal::{Evaluation, ask, evaluate};
pub use grade::{Grade, grade, seed_of_work, values};
pub use hint::{hint, hints_on_request};
pub use markdown::Page;
pub use observation::{Observation, Standing};
pub use pack::{FORMAT, Goal, Hint, MAX_NAME, Pack, ReadPack, read, title};
pub use problem::{Place, Problem};
pub use scorm::Scorm;
pub use submission::{MAX_COMMANDS, MAX_TEXT, PREFIX, Submission, Unreadable, Work};
pub use text::Text;
pub use variants::{Values, seed};

#[cfg(test)]
mod tests;
