//! Stageplay's simulator: a Dockerfile goes in, a report of the build and the start comes out.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)
)]
#![warn(missing_docs)]

pub mod build;
pub mod diag;
pub mod dockerfile;
pub mod elf;
pub mod engine;
pub mod exec;
pub mod explain;
pub mod fs;
pub mod host;
pub mod image;
pub mod lesson;
pub mod measure;
pub mod plan;
pub mod report;
pub mod shell;
pub mod simulate;
pub mod start;
pub mod text;
mod toolchain;
pub mod words;
pub mod workspace;
