//! What the page and its simulator say to each other, as plain data.
//!
//! The simulator runs in a Web Worker. The page sends [`ToWorker`] messages and gets [`Update`] messages, each as one
//! JSON text. Neither a simulator nor a browser is known here.

mod language_service;
mod outcome;
mod request;
mod update;
mod utf16;
mod workspace;

pub use language_service::{LanguageService, Say, token_class};
pub use outcome::{
    CacheStep, CauseDiagram, Check, CheckFix, FirstVisit, GraphArrow, LayerEntries, LayerEntry, LayerRow, Outcome,
    StageGraph,
};
pub use request::{EngineProfile, ExplorerRequest, Loaded, RealBuildRequest, Request, ToWorker};
pub use update::{
    BaseMatch, Event, ExplorerView, FileBody, FileRow, FileView, ImageDataView, InspectedProgram, LessonBlock,
    LessonCommand, LessonView, ProgramHeaders, Update,
};
pub use utf16::Utf16Offsets;
pub use workspace::{Body, File, MAX_LINK, Workspace};
