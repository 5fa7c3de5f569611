//! The headers of an ELF file.

use serde::{Deserialize, Serialize};

/// The headers of an ELF file that decide whether it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramHeaders {
    /// The architecture.
    pub machine: String,
    /// `dynamic`, `static`, `static-pie`, `shared` or `none`.
    pub linking: String,
    /// Bytes of the file.
    pub size: u64,
    /// PT_INTERP.
    pub interpreter: Option<String>,
    /// DT_NEEDED, in order.
    pub needed: Vec<String>,
    /// Versions needed: library, versions.
    pub versions: Vec<(String, Vec<String>)>,
    /// The directories of DT_RPATH and DT_RUNPATH.
    pub search_paths: Vec<String>,
    /// Go's version, or the texts of `.comment`, which name compilers.
    pub built_with: String,
}
