//! rustc, cargo and rustup: Rust sources in, real ELF files out.
//!
//! Sources are not compiled; they are assumed to be free of errors. It is known how a program is linked, and so where
//! it starts. Its size is known if it is small and uses only the standard library.

mod binary_targets;
mod cargo;
mod cargo_build;
mod cargo_config;
mod cargo_install;
mod cargo_lock;
mod cargo_new;
mod cargo_profile;
mod cargo_request;
mod cargo_toml;
mod find_linker;
mod fingerprint;
mod link_elf;
mod main_behaviour;
mod measured_sizes;
mod native_libraries;
mod program_size;
mod rust_source;
mod rustc;
mod rustup;
mod target_folder;
mod target_triple;
mod workspace;

pub(crate) use cargo::cargo;
pub(crate) use rustc::rustc;
pub(crate) use rustup::rustup;
