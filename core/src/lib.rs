//! Stageplay's simulator: a Dockerfile goes in, a report of the build and the start comes out.
//!
//! ```text
//! dockerfile   text → instructions with their places
//! plan         instructions → stages, what each needs, which ones are built
//! build        stages → layers on layered file systems; RUN goes through `shell`
//! start        image → what engine, kernel and loader do (`exec`), with the evidence
//! explain      a failed start → fixes, each proven by simulating the fixed Dockerfile
//! advice       the same chain → what could be better, and what it costs
//! report       all of it as data: the page, `--format json` and tests see the same bytes
//! ```
//!
//! What needs no simulator lives in crates of its own and is re-exported here: the Dockerfile language in
//! `stageplay-dockerfile`, the report's types in `stageplay-report`.
//!
//! [`simulate::simulate`] is the whole chain. `host` is a simulated machine with Docker on it,
//! `lesson` plays Markdown on such a host. Nothing here does I/O, reads a clock or a random number:
//! the same input gives the same bytes, natively and in a browser.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)
)]
#![warn(missing_docs)]

pub mod advice;
pub mod archive;
pub mod base_images;
pub mod build;
pub mod canonical;
pub mod command_table;
mod commands;
pub mod compat;
pub mod elf;
pub mod engine;
pub mod exec;
pub mod explain;
pub mod fs;
pub mod hints;
pub mod host;
pub mod image;
pub mod language;
pub mod launch;
pub mod lesson;
pub mod observe;
pub mod packages;
pub mod plan;
pub mod report;
pub mod shell;
pub mod simulate;
pub mod start;
mod toolchains;
pub mod workspace;

pub use stageplay_dockerfile as dockerfile;
pub use stageplay_dockerfile::{lint, text};
pub use stageplay_report::{api, compare, diag, measure, words};
