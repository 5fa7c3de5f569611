//! The state of the page and how messages change it. Nothing here uses the browser, so it is tested natively.
//!
//! The model is a plain value: `model` holds it, `message` lists what can happen, `update` applies a message, and
//! `effect` lists the work that is then left for the browser. The other files hold a part of the model each.

mod build_cache;
mod build_upload;
mod checks;
mod effect;
mod file_preview;
mod image_data;
mod language_service;
mod layer_explorer;
mod lesson_index;
mod message;
mod model;
mod package_indexes;
mod panel;
mod real_build;
mod server_problem;
mod terminal;
mod theme;
mod update;
mod utf16;

pub use build_cache::{BuildCacheStatus, StepCacheStatus};
pub use checks::{Check, CheckFix};
pub use effect::Effect;
pub use file_preview::{FilePreview, file_type_id, preview};
pub use image_data::{ImageData, image_data_path};
pub use language_service::LanguageService;
pub use layer_explorer::{FileRow, LayerExplorer, LayerExplorerMsg};
pub use lesson_index::{LessonCommandResult, LessonEntry};
pub use message::Msg;
pub use model::{ContextFileEntry, Model};
pub use panel::Panel;
pub use real_build::{
    RealBuild, RealBuildEffect, RealBuildMsg, RealBuilds, RealStep, ServerState, StageProgress, StepState,
};
pub(crate) use server_problem::{connection_problem, parse_problem, problem_text};
pub use terminal::{Terminal, TerminalLine};
pub use theme::Theme;
pub(crate) use utf16::Utf16Offsets;
