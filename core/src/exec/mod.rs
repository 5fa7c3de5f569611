//! What the kernel and the dynamic loader do when a file is executed.
//!
//! A [`System`] is one root under one kernel; [`System::execve`] answers for one path in it, with the
//! evidence in order. [`System::ldd`] answers what the root's own `ldd` prints.

mod kernel;
mod ld_so_cache;
mod ldd;
mod loader;
mod loader_traits;
mod root;
mod start;
mod symbol_cache;
mod system;
mod trace;
mod users;

pub use kernel::execve;
pub(crate) use ld_so_cache::write as write_cache;
pub use ldd::{NoAnswer, Printed};
pub use root::Root;
pub use start::Start;
pub use system::System;
pub use trace::{Cause, Missing, Outcome, TraceStep, Verdict, Who};
pub use users::Credentials;
pub(crate) use users::id_of_name;
