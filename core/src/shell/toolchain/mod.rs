//! Compilers: source files in, real program files out.

mod cc;
mod go;
mod go_source;

pub(crate) use cc::{gcc, strip};
pub(crate) use go::go;
