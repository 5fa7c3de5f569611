//! Verdicts and the evidence behind them.

use crate::elf::Elf;
use crate::fs::Errno;

/// Who did a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The container engine with its runtime (runc).
    Engine,
    /// The Linux kernel.
    Kernel,
    /// glibc's loader.
    LdSo,
    /// musl's loader.
    LdMusl,
}

impl Who {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Who::Engine => "engine",
            Who::Kernel => "kernel",
            Who::LdSo => "ld.so",
            Who::LdMusl => "ld-musl",
        }
    }
}

/// One thing that was tried, and how it went. Words come from `data/words`, by `code`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// Who tried.
    pub who: Who,
    /// What: an id such as `open-program`.
    pub code: &'static str,
    /// Values for the words of `code`.
    pub params: Vec<(&'static str, String)>,
    /// Whether it worked.
    pub ok: bool,
}

impl TraceStep {
    pub(crate) fn new(who: Who, code: &'static str, params: &[(&'static str, &str)], ok: bool) -> Self {
        TraceStep { who, code, params: params.iter().map(|(name, value)| (*name, (*value).to_string())).collect(), ok }
    }
}

/// Whether control reaches the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Verdict {
    Starts,
    Fails,
    Unknown,
}

impl Verdict {
    /// The name used in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Starts => "starts",
            Verdict::Fails => "fails",
            Verdict::Unknown => "unknown",
        }
    }
}

/// Why a file does not start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// Neither ENTRYPOINT nor CMD is set.
    NothingToStart,
    /// There is no such file.
    NotFound {
        /// As asked for.
        path: String,
        /// It was looked up in PATH.
        in_path: bool,
    },
    /// A directory.
    IsDirectory {
        /// Its path.
        path: String,
    },
    /// The user may not execute it.
    PermissionDenied {
        /// The file.
        path: String,
        /// Its mode, octal.
        mode: String,
    },
    /// The links lead in a circle.
    SymlinkLoop {
        /// Where it began.
        path: String,
    },
    /// An ELF file whose PT_INTERP names a file that does not exist.
    InterpreterMissing {
        /// The program.
        path: String,
        /// The loader it asks for.
        interpreter: String,
    },
    /// A script whose `#!` line names a file that does not exist.
    ScriptInterpreterMissing {
        /// The script.
        path: String,
        /// What the line names, as it stands.
        interpreter: String,
        /// The line ends with a carriage return, which belongs to the name.
        carriage_return: bool,
    },
    /// Neither ELF nor a script.
    NotExecutable {
        /// The file.
        path: String,
        /// It is empty.
        empty: bool,
    },
    /// Made for another processor.
    WrongMachine {
        /// The file.
        path: String,
        /// What it is for.
        machine: String,
        /// What the kernel runs on.
        host: String,
    },
    /// Needed libraries are not found.
    LibraryMissing {
        /// The program.
        path: String,
        /// DT_NEEDED names, in the order in which the loader misses them.
        libraries: Vec<String>,
    },
    /// A library is there and does not define the needed versions.
    VersionMissing {
        /// The program.
        path: String,
        /// The library's path.
        library: String,
        /// Version names.
        versions: Vec<String>,
    },
    /// USER names somebody whom /etc/passwd does not have.
    UnknownUser {
        /// The name.
        user: String,
    },
}

impl Cause {
    /// The stable id: words and fixes go by it.
    pub fn code(&self) -> &'static str {
        match self {
            Cause::NothingToStart => "nothing-to-start",
            Cause::NotFound { .. } => "not-found",
            Cause::IsDirectory { .. } => "is-directory",
            Cause::PermissionDenied { .. } => "permission-denied",
            Cause::SymlinkLoop { .. } => "symlink-loop",
            Cause::InterpreterMissing { .. } => "interpreter-missing",
            Cause::ScriptInterpreterMissing { .. } => "script-interpreter-missing",
            Cause::NotExecutable { .. } => "not-executable",
            Cause::WrongMachine { .. } => "wrong-machine",
            Cause::LibraryMissing { .. } => "library-missing",
            Cause::VersionMissing { .. } => "version-missing",
            Cause::UnknownUser { .. } => "unknown-user",
        }
    }

    /// The values for its words.
    pub fn params(&self) -> Vec<(&'static str, String)> {
        let one = |name, value: &str| (name, value.to_string());
        match self {
            Cause::NothingToStart => vec![],
            Cause::NotFound { path, .. } | Cause::IsDirectory { path } | Cause::SymlinkLoop { path } => {
                vec![one("path", path)]
            }
            Cause::PermissionDenied { path, mode } => vec![one("path", path), one("mode", mode)],
            Cause::InterpreterMissing { path, interpreter }
            | Cause::ScriptInterpreterMissing { path, interpreter, .. } => {
                vec![one("path", path), one("interpreter", interpreter)]
            }
            Cause::NotExecutable { path, .. } => vec![one("path", path)],
            Cause::WrongMachine { path, machine, host } => {
                vec![one("path", path), one("machine", machine), one("host", host)]
            }
            Cause::LibraryMissing { path, libraries } => {
                vec![one("path", path), one("libraries", &libraries.join(", "))]
            }
            Cause::VersionMissing { path, library, versions } => {
                vec![one("path", path), one("library", library), one("versions", &versions.join(", "))]
            }
            Cause::UnknownUser { user } => vec![one("user", user)],
        }
    }
}

/// How an `execve` and the loader's work ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether control reaches the program.
    pub verdict: Verdict,
    /// What `execve` itself returned, if it failed.
    pub errno: Option<Errno>,
    /// Exit code and words of a loader that gave up.
    pub loader: Option<(i32, String)>,
    /// Why it fails.
    pub cause: Option<Cause>,
    /// Why it is unknown: an id with words, and what was not known.
    pub unknown: Option<(&'static str, String)>,
    /// Evidence, in order.
    pub trace: Vec<TraceStep>,
    /// The program that runs: its real path (an interpreter's for a script).
    pub program: String,
    /// Its ELF tables, when it is an ELF file that was read.
    pub elf: Option<Box<Elf>>,
    /// The arguments as the program sees them.
    pub argv: Vec<String>,
}
