//! The report of a build and the API between page and server, as plain data.
//!
//! [`BuildReport`] and its neighbours are what `--format json` prints; [`api`] is what page and server
//! say to each other; [`compare`] holds two reports against each other. The words for people are in
//! [`words`]. How a report is made from a simulation is not known here: core does that.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)
)]
#![warn(missing_docs)]

pub mod api;
mod build;
pub mod compare;
mod compat;
pub mod diag;
mod elf;
mod launch;
pub mod measure;
pub mod words;

pub use build::{
    BuildReport, Edit, Entry, Error, FixReport, HintReport, ImageLayer, ImageReport, LayerReport, ProofReport,
    RunReport, SCHEMA, Size, Stage, Step, TraceReport, UnlistedReport, Warning, Waste, WastedFile, warning,
};
pub use compat::{BuilderReport, MatchReport};
pub use elf::{ElfReport, GoReport, VersionsReport};
pub use launch::{ExecReport, MissingReport};
