//! The state of the page and how messages change it. Nothing here uses the browser, so it is tested natively.
//!
//! The model is a plain value: `model` holds it, `message` lists what can happen, `update` applies a message, and
//! `effect` lists the work that is then left for the browser. The other files hold a part of the model each. Builds are
//! simulated in the worker: `simulator` is the page's side of it.

mod applied_fix;
mod checks;
mod command_palette;
mod dialog;
mod dockerfile_language;
mod effect;
mod example_list;
mod excluded_files;
mod exercises;
mod file_names;
mod file_tree;
mod graph_zoom;
mod image_suggestions;
mod language_service;
mod layers;
mod lesson_index;
mod lesson_progress;
mod message;
mod missing_sources;
mod misspelt_stage;
mod model;
mod next_step;
mod panel;
mod panel_layout;
mod piece;
mod real_build;
mod result_piece;
mod result_tab;
mod select_dropped_files;
mod server_problem;
mod simulator;
mod stages;
mod start_line;
mod start_walk;
mod terminal;
mod theme;
mod toast;
mod update;
mod workspace_title;
mod workspaces;

pub use applied_fix::AppliedFix;
pub use checks::{Check, CheckFix};
pub use command_palette::Command;
pub use dialog::Dialog;
pub use dockerfile_language::{DockerfileLanguage, dockerfile_language, keep_dockerfile_language, known_base_of};
pub use effect::Effect;
pub use example_list::{ExampleEntry, ExampleGroup, ExampleList};
pub use exercises::{Exercises, ExercisesEffect, ExercisesMsg};
pub use file_names::path_problem;
pub use file_tree::{TreeRow, tree_rows};
pub use graph_zoom::Zoom;
pub use image_suggestions::{ImageSuggestions, image_suggestions};
pub use language_service::{Answer, answer};
pub use layers::{Layers, LayersMsg};
pub use lesson_index::{LessonEntry, neighbours};
pub use lesson_progress::LessonProgress;
pub use message::Msg;
pub use missing_sources::names_a_file;
pub use model::{ContextFileEntry, Model};
pub use next_step::NextStep;
pub use panel::Panel;
pub use panel_layout::{FoldablePanel, PanelLayout, Splitter};
pub use piece::{Piece, PieceState, Pieces};
pub use real_build::{
    RealBuild, RealBuildEffect, RealBuildMsg, RealBuilds, RealStep, ServerState, StageProgress, StepState,
};
pub use result_piece::{ResultPiece, keep_result_piece, result_piece};
pub use result_tab::ResultTab;
pub use select_dropped_files::{ChosenFile, MAX_DROPPED_FILE, Selection, is_archive, select_files};
pub(crate) use server_problem::{connection_problem, parse_problem, problem_text};
pub use simulator::{DEADLINE_MS, Simulator, StopReason, WorkerState};
pub use stages::{PictureFormat, StageView, StagesMsg};
pub use start_line::start_line;
pub use start_walk::{STEP_MS, StartWalkState, WalkMsg, positions};
pub use terminal::{DrawnBy, LineKind, Link, Terminal, TerminalLine, TerminalMsg, plain, step_lines};
pub use theme::Theme;
pub use toast::Toast;
pub use workspaces::{
    Entry, EntryState, FORMAT, History, Library, Opened, Origin, Prefill, Record, RecordProblem, Snapshot, StepKind,
    StorageProblem, Stored, parse_prefill, raw_address, revision_of,
};
