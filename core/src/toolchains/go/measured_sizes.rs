//! Measured sizes of Go programs and packages, from `data/toolchains/go.json`.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::OnceLock;

/// `data/toolchains/go.json`.
#[derive(Debug, Deserialize)]
pub(crate) struct Facts {
    pub(crate) date: String,
    pub(crate) empty: Sizes,
    pub(crate) stripped_permille: StrippedSizes,
    pub(crate) build_cache: Cache,
    pub(crate) glibc_versions_current: Vec<String>,
    pub(crate) glibc_versions_before_2_34: Vec<String>,
    pub(crate) releases: Vec<Release>,
    pub(crate) packages: BTreeMap<String, Package>,
    pub(crate) std: BTreeSet<String>,
    /// The bytes that a program gains by modules from elsewhere, by the path of the module without its version.
    pub(crate) modules: BTreeMap<String, u64>,
    /// By package with C code: the standard packages without figures of their own that bring it.
    pub(crate) brings_c: BTreeMap<String, BTreeSet<String>>,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Sizes {
    #[serde(rename = "static")]
    pub(crate) fixed: u64,
    pub(crate) cgo: u64,
}

/// The share of a program's size that `-ldflags` leave, in thousandths.
#[derive(Debug, Deserialize)]
pub(crate) struct StrippedSizes {
    pub(crate) s: u64,
    pub(crate) w: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Cache {
    pub(crate) hello: u64,
    pub(crate) hello_binary: u64,
    pub(crate) server: u64,
    pub(crate) server_cgo: u64,
    pub(crate) server_binary: u64,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Release {
    pub(crate) version: String,
    pub(crate) server_static: u64,
    pub(crate) server_cgo: u64,
    pub(crate) source: String,
}

#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    #[serde(rename = "static")]
    pub(crate) fixed: u64,
    pub(crate) cgo: u64,
    pub(crate) uses_cgo: bool,
    pub(crate) closure: BTreeSet<String>,
}

pub(crate) fn facts() -> Option<&'static Facts> {
    static FACTS: OnceLock<Option<Facts>> = OnceLock::new();
    FACTS.get_or_init(|| serde_json::from_str(include_str!("../../../data/toolchains/go.json")).ok()).as_ref()
}
