//! What the page knows and how it changes: no browser in here, so it is tested natively.

mod lessons;
mod model;

pub use lessons::{LessonEntry, Played};
pub use model::{Effect, Line, Model, Msg, Panel};
