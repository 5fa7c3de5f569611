//! The report of one ELF file: `stageplay elf`.

use serde::Serialize;

/// The report of an ELF file.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct ElfReport {
    /// 32 or 64.
    pub class: u8,
    /// `little` or `big`.
    pub endian: &'static str,
    /// `EXEC`, `DYN`, `REL`, `CORE` or `OTHER`.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// `dynamic`, `static`, `static-pie`, `shared` (a library) or `none` (neither program nor library).
    pub linking: &'static str,
    /// The architecture.
    pub machine: String,
    /// Address of the first instruction.
    pub entry: u64,
    /// Bytes of the file.
    pub size: u64,
    /// PT_INTERP.
    pub interpreter: Option<String>,
    /// DT_NEEDED, in order.
    pub needed: Vec<String>,
    /// DT_SONAME.
    pub soname: Option<String>,
    /// DT_RPATH, its directories.
    pub rpath: Vec<String>,
    /// DT_RUNPATH, its directories.
    pub runpath: Vec<String>,
    /// `BIND_NOW`, `NODEFLIB`, `PIE`, `TEXTREL`, `RELR`.
    pub flags: Vec<&'static str>,
    /// Versions needed, by library.
    pub versions_needed: Vec<VersionsReport>,
    /// Versions defined.
    pub versions_defined: Vec<String>,
    /// Undefined symbols that are not weak, with their versions.
    pub undefined_symbols: Vec<String>,
    /// NT_GNU_BUILD_ID.
    pub build_id: Option<String>,
    /// The oldest kernel that it runs on.
    pub oldest_kernel: Option<String>,
    /// The texts of `.comment`, which name compilers.
    pub comment: Vec<String>,
    /// Go's build information.
    pub go: Option<GoReport>,
    /// Whether the table of local symbols was removed.
    pub stripped: bool,
    /// Whether it has debug information.
    pub debug_info: bool,
    /// Why a table that the headers name cannot be read.
    pub damaged: Option<String>,
}

/// The versions that a library must define.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct VersionsReport {
    /// The library.
    pub library: String,
    /// Names of versions.
    pub versions: Vec<String>,
}

/// Go's build information.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct GoReport {
    /// Such as `go1.22.1`.
    pub version: String,
    /// The main package.
    pub path: Option<String>,
    /// Build settings in order.
    pub settings: Vec<(String, String)>,
}
