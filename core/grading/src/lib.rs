//! Grades submissions of exercises: which of them count, their simulation, and the grades as CSV, JSON and HTML.
//!
//! [`Packs`] is what is graded, [`Entries`] reads submissions from texts and tables, and [`Grading`] simulates them, each
//! different one once, on as many processors as its caller has. The command line and the page use the same functions and
//! write the same bytes. Nothing is read from files here.
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)
)]
#![warn(missing_docs)]

mod autograder_results;
mod copied_work;
mod csv;
mod entries;
mod grades;
mod grading;
mod html;
mod json;
mod packs;

pub use autograder_results::{gradescope, prairielearn};
pub use copied_work::{Cluster, Pair};
pub use csv::csv;
pub use entries::{Entries, Entry, TableError};
pub use grades::{Exercise, Outcome, Student};
pub use grading::{Graded, Grading, Job};
pub use html::html;
pub use json::json;
pub use packs::{Packs, Unusable};
