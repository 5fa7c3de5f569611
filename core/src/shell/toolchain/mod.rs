//! Compilers: source files in, real program files out.

mod go;
mod go_source;

pub(crate) use go::go;
