//! What the page and its simulator say to each other, as plain data.
//!
//! The simulator runs in a Web Worker. The page sends [`ToWorker`] messages and gets [`Update`] messages, each as one
//! JSON text. Neither a simulator nor a browser is known here.

mod changes;
mod edit_plays;
mod exercise;
mod explorer;
mod language_service;
mod outcome;
mod program_headers;
mod request;
mod stage_graph;
mod start;
mod update;
mod utf16;

pub use changes::{ChangedFile, ChangedFiles, ChangedRow, Changes};
pub use edit_plays::{EditPlay, EditPlays, PlayedEdit, PlayedStep};
pub use exercise::{
    ExerciseBlock, ExerciseChapter, ExerciseEntry, ExerciseEvent, ExerciseIndex, ExerciseRequest, ExerciseView,
    GoalStates, GoalView, GradeRequest, NamedText, OWN, PACKS, PackView, ProblemView, ScormRequest, StoredFile,
    StoredWork, SubmissionRequest, is_exercise,
};
pub use explorer::{
    CONTENT_TYPES, Comparand, ExplorerRequest, ExplorerView, FileBody, FileEvent, FileRow, FileView, ImageComparison,
    LayerRow, MapTile, PathChange, RepeatedFiles,
};
pub use language_service::{LanguageService, Say, token_class, tokens_json};
pub use outcome::{
    BaseDetails, CacheStep, CauseDiagram, Check, CheckFix, FirstResult, FirstVisit, LargePart, Outcome, SupportEnd,
};
pub use program_headers::ProgramHeaders;
pub use request::{EngineProfile, Loaded, RealBuildRequest, Request, ToWorker};
pub use stage_graph::{EdgeKind, GraphEdge, GraphNode, StageGraph, TimedStep, Timeline};
pub use stageplay_report::workspace::{Body, File, MAX_FILES, MAX_JSON, MAX_LINK, Workspace};
pub use start::{PathPart, StartFile, StartPlace, StartStep, StartWalk};
pub use update::{
    BaseMatch, CommandResult, Event, ImageDataView, InspectedProgram, LessonBlock, LessonCommand, LessonView, Update,
};
pub use utf16::Utf16Offsets;
