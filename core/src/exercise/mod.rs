//! Exercises: packs of Markdown, files and goals; their evaluation, their hints, submissions and grading.
//!
//! docs/formats/packs.md describes the format, docs/formats/submission.md that of a submission.

mod attempt;
mod check;
mod collection;
mod condition;
mod definition;
mod files;
mod goal;
mod grade;
mod hint;
mod image_conditions;
mod likeness;
mod markdown;
mod number;
mod observation;
mod pack;
mod problem;
mod submission;
mod text;
mod variants;

pub use attempt::{Attempt, request};
pub use check::{check, play_console};
pub use collection::{Chapter, Collection, check_collection};
pub use condition::Condition;
pub use definition::Definition;
pub use files::{
    Files, MAX_BYTES, MAX_COLLECTION_BYTES, MAX_COLLECTION_FILES, MAX_FILES, PackFile, digest, from_bundle, to_bundle,
};
pub use goal::{Evaluation, ask, evaluate};
pub use grade::{Grade, grade, seed_of_work, values};
pub use hint::{hint, hints_on_request};
pub use likeness::Fingerprint;
pub use markdown::Page;
pub use observation::{Observation, Standing};
pub use pack::{FORMAT, Goal, Hint, MAX_NAME, Pack, ReadPack, read};
pub use problem::{Place, Problem};
pub use submission::{MAX_COMMANDS, MAX_TEXT, PREFIX, Submission, Unreadable, Work};
pub use text::Text;
pub use variants::{Values, seed};

#[cfg(test)]
mod tests;
