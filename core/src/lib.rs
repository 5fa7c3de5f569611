//! Stageplay's simulator: a Dockerfile goes in, a report of the build and the start comes out.
//!
//! ```text
//! dockerfile   text → instructions with their positions
//! plan         instructions → stages, their dependencies, and which stages are built
//! build        stages → layers on layered file systems; RUN uses `shell`
//! image_start  image → the steps of engine, kernel and loader (`process_launch`, `exec`)
//! explain      a failed start → fixes, each proven by simulating the fixed Dockerfile
//! advice       the same build → findings of Stageplay's own checks, with their costs
//! report       all results as data: the page, `--format json` and tests use the same bytes
//! ```
//!
//! Two crates that do not need the simulator are re-exported here: `stageplay-dockerfile` (the Dockerfile language) and
//! `stageplay-report` (the types of the report).
//!
//! [`simulate::simulate`] runs the whole chain. `host` is a simulated machine with Docker, and `lesson` runs the commands
//! of a Markdown file on such a host. Core does no I/O and reads no clock and no random numbers: the same input gives the
//! same bytes, natively and in a browser.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)
)]
#![warn(missing_docs)]

pub mod advice;
pub mod archive;
pub mod base_images;
pub mod build;
pub mod build_graph;
pub mod canonical;
pub mod command_table;
mod commands;
pub mod compat;
pub mod elf;
pub mod engine;
pub mod exec;
pub mod exercise;
pub mod explain;
pub mod fs;
pub mod hints;
pub mod host;
pub mod image;
pub mod image_start;
pub mod language;
pub mod lesson;
pub mod packages;
pub mod plan;
pub mod process_launch;
pub mod real_build;
pub mod report;
pub mod shell;
pub mod simulate;
mod toolchains;
pub mod workspace;

pub use stageplay_dockerfile as dockerfile;
pub use stageplay_dockerfile::{lint, text};
pub use stageplay_report::{api, compare, diag, measure, words};
