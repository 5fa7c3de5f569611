//! The report of a build and the API between page and server, as plain data.
//!
//! `--format json` prints [`BuildReport`] and the other reports. [`api`] is the API between page and server, [`compare`]
//! compares two reports, [`words`] has the messages for people, and [`workspace`] is what is edited, stored and shared. Core makes reports from simulations.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)
)]
#![warn(missing_docs)]

pub mod api;
mod build;
pub mod compare;
mod compat;
mod control_characters;
pub mod diag;
mod elf;
mod launch;
pub mod measure;
mod phrases;
mod size;
pub mod words;
pub mod workspace;

pub use build::{
    AssumedFile, Base, BuildReport, Edit, Entry, Error, FixReport, HintReport, ImageLayer, ImageReport, LayerReport,
    ProofReport, RunReport, SCHEMA, Stage, Step, TraceReport, UnlistedReport, Warning, Waste, WastedFile, warning,
};
pub use compat::{BuilderReport, MatchReport};
pub use control_characters::without_control_characters;
pub use elf::{ElfReport, GoReport, VersionsReport};
pub use launch::{ExecReport, MissingReport};
pub use phrases::say_phrase;
pub use size::{Size, SizePart};
