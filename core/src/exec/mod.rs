//! What the kernel and the dynamic loader do when a file is executed.
//!
//! A [`System`] is one root under one kernel; [`System::execve`] answers for one path in it, with the
//! evidence in order. [`System::ldd`] answers what the root's own `ldd` prints.

mod kernel;
mod ldd;
mod loader;
mod root;
mod system;
mod trace;
mod users;

pub use ldd::{NoAnswer, Printed};
pub(crate) use loader::write_cache;
pub use root::Root;
pub use system::{Start, System, execve};
pub use trace::{Cause, Missing, Outcome, TraceStep, Verdict, Who};
pub use users::Credentials;
