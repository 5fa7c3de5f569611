//! What the page knows and how it changes: no browser in here, so it is tested natively.

mod checks;
mod explorer;
mod indexes;
mod language;
mod lessons;
mod model;
mod programs;
mod real;
mod realise;
mod reruns;

pub use checks::{Check, CheckFix};
pub use explorer::{Explorer, ExplorerMsg, Row, Shown, Weight, kind, shown};
pub(crate) use language::Places;
pub use language::Service;
pub use lessons::{LessonEntry, Played};
pub use model::{Effect, Line, Model, Msg, Panel};
pub use real::{Real, RealBuild, RealEffect, RealMsg, RealStep, Server, Stand};
pub(crate) use real::{lost, problem_of, words};
pub use reruns::Reran;
