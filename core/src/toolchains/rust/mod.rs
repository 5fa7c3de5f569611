//! rustc, cargo and rustup: Rust sources in, real ELF files out.
//!
//! Sources are not compiled; they are assumed to be free of errors. It is known how a program is linked, and so where
//! it starts. Its size is known if it is small and uses only the standard library.

mod cargo;
mod cargo_build;
mod cargo_install;
mod cargo_new;
mod cargo_request;
mod cargo_toml;
mod facts;
mod fingerprint;
mod link_elf;
mod native_libraries;
mod rust_source;
mod rustc;
mod rustup;
mod target;
mod target_folder;
mod workspace;

pub(crate) use cargo::cargo;
pub(crate) use rustc::rustc;
pub(crate) use rustup::rustup;
