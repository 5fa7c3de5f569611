//! Executes files as the kernel and the dynamic loader do.
//!
//! A [`System`] is a root file system under a kernel. [`System::execve`] simulates the start of one file and records each
//! step. [`System::ldd`] gives the output of the root's own `ldd`.

mod cause;
mod container_user;
mod credentials;
mod kernel;
mod ld_so_cache;
mod ldd;
mod loader;
mod loader_traits;
mod outcome;
mod pathname_resolution;
mod root;
mod start;
mod symbol_cache;
mod system;

pub use cause::{Cause, visible_name};
pub(crate) use container_user::{id_of_name, lists_accounts, lists_all_accounts};
pub use credentials::Credentials;
pub use kernel::execve;
pub(crate) use ld_so_cache::write as write_cache;
pub use ldd::{NoAnswer, Printed};
pub use outcome::{Missing, Outcome, Searched, TraceStep, Verdict, Who};
pub use root::Root;
pub use start::Start;
pub use system::System;
