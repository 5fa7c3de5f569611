//! The state of the page and how messages change it. Nothing here uses the browser, so it is tested natively.
//!
//! The model is a plain value: `model` holds it, `message` lists what can happen, `update` applies a message, and
//! `effect` lists the work that is then left for the browser. The other files hold a part of the model each. Builds are
//! simulated in the worker: `simulator` is the page's side of it.

mod checks;
mod effect;
mod language_service;
mod lesson_index;
mod message;
mod model;
mod panel;
mod real_build;
mod server_problem;
mod simulator;
mod terminal;
mod theme;
mod update;

pub use checks::{Check, CheckFix};
pub use effect::Effect;
pub use language_service::{Answer, answer};
pub use lesson_index::{LessonCommandResult, LessonEntry};
pub use message::Msg;
pub use model::{ContextFileEntry, Model};
pub use panel::Panel;
pub use real_build::{
    RealBuild, RealBuildEffect, RealBuildMsg, RealBuilds, RealStep, ServerState, StageProgress, StepState,
};
pub(crate) use server_problem::{connection_problem, parse_problem, problem_text};
pub use simulator::{Simulator, StopReason, WorkerState};
pub use terminal::{Terminal, TerminalLine};
pub use theme::Theme;
