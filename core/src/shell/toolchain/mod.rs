//! Compilers: source files in, real program files out.

mod cc;
mod go;
mod go_source;
mod libc;
mod make;
mod rust;

pub(crate) use cc::{gcc, strip};
pub(crate) use go::go;
pub(crate) use make::make;
pub(crate) use rust::{cargo, rustc, rustup};
