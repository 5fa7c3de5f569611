//! Measured sizes of Rust programs, from `data/toolchains/rust.json`.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// `data/toolchains/rust.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Facts {
    pub(crate) source: String,
    pub(crate) date: String,
    pub(crate) glibc: LibraryFacts,
    pub(crate) musl: LibraryFacts,
    /// What every program asks of glibc.
    pub(crate) glibc_versions: Vec<String>,
    /// What modules of the standard library ask for beside that.
    pub(crate) module_versions: BTreeMap<String, Vec<String>>,
    pub(crate) standard_library: BTreeMap<String, serde_json::Value>,
    pub(crate) incremental: Incremental,
    pub(crate) links: Links,
}

/// Of programs for one C library, in bytes.
#[derive(Debug, Deserialize)]
pub(crate) struct LibraryFacts {
    /// By how they were built: `release`, `release-fat-small-stripped`, `debug`.
    pub(crate) sizes: BTreeMap<String, u64>,
    /// By module of the standard library: added to a release, a stripped one, one with fat LTO too, a small one of these, a debug
    /// build.
    pub(crate) adds: BTreeMap<String, [u64; 5]>,
}

/// What cargo leaves beside a program, in bytes.
#[derive(Debug, Deserialize)]
pub(crate) struct Incremental {
    pub(crate) debug: u64,
}

/// Libraries that crates ask the linker for, by crate.
#[derive(Debug, Deserialize)]
pub(crate) struct Links {
    /// The build fails without them.
    pub(crate) must: BTreeMap<String, Vec<String>>,
    /// Else the crate compiles its own.
    pub(crate) may: BTreeMap<String, Vec<String>>,
}

pub(crate) fn facts() -> Option<&'static Facts> {
    static FACTS: OnceLock<Option<Facts>> = OnceLock::new();
    FACTS.get_or_init(|| serde_json::from_str(include_str!("../../../data/toolchains/rust.json")).ok()).as_ref()
}
