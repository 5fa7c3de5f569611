//! What the kernel and the dynamic loader do when a file is executed.
//!
//! [`execve`] answers for one path in one file system, with the evidence in order.

mod kernel;
mod loader;
mod trace;

pub use kernel::{Credentials, execve};
pub use trace::{Cause, Outcome, TraceStep, Verdict, Who};
