//! Verdicts and the evidence behind them.

use super::start::Start;
use crate::elf::Elf;
use crate::fs::Errno;
use std::sync::Arc;

/// What a process that dies of SIGBUS or SIGSEGV ends with, as a shell counts.
pub(super) const BUS_ERROR: i32 = 128 + 7;

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
    /// A needed library is there and cannot be loaded.
    LibraryUnusable {
        /// The program.
        path: String,
        /// The library.
        library: String,
        /// The loader's words.
        reason: String,
    },
    /// Symbols that must be there at the start are nowhere.
    SymbolMissing {
        /// The object that needs them.
        path: String,
        /// Their names, with versions where they have some.
        symbols: Vec<String>,
    },
    /// The file ends before what its headers promise.
    Truncated {
        /// The file.
        path: String,
    },
    /// The loader that a program asks for is no program itself.
    InterpreterUnusable {
        /// The program.
        path: String,
        /// The loader it asks for.
        interpreter: String,
    },
    /// Scripts whose interpreters are scripts, too many in a row.
    NestedScripts {
        /// Where it began.
        path: String,
    },
    /// The file system is mounted with `noexec`.
    MountedNoexec {
        /// The file.
        path: String,
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
            Cause::LibraryUnusable { .. } => "library-unusable",
            Cause::SymbolMissing { .. } => "symbol-missing",
            Cause::Truncated { .. } => "truncated",
            Cause::InterpreterUnusable { .. } => "interpreter-unusable",
            Cause::NestedScripts { .. } => "nested-scripts",
            Cause::MountedNoexec { .. } => "mounted-noexec",
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
            | Cause::InterpreterUnusable { path, interpreter }
            | Cause::ScriptInterpreterMissing { path, interpreter, .. } => {
                vec![one("path", path), one("interpreter", interpreter)]
            }
            Cause::NotExecutable { path, .. }
            | Cause::Truncated { path }
            | Cause::NestedScripts { path }
            | Cause::MountedNoexec { path } => vec![one("path", path)],
            Cause::LibraryUnusable { path, library, reason } => {
                vec![one("path", path), one("library", library), one("reason", reason)]
            }
            Cause::SymbolMissing { path, symbols } => {
                const SHOWN: usize = 8;
                let more = if symbols.len() > SHOWN { ", …" } else { "" };
                let shown = symbols.iter().take(SHOWN).map(String::as_str).collect::<Vec<_>>().join(", ");
                vec![one("path", path), one("symbols", &format!("{shown}{more}"))]
            }
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

/// Something that a program needs and does not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// `program`, `interpreter`, `library`, `version`, `symbol` or `user`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// Who asks for it.
    pub needed_by: String,
}

/// How an `execve` and the loader's work ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether control reaches the program.
    pub verdict: Verdict,
    /// What `execve` itself returned, if it failed.
    pub errno: Option<Errno>,
    /// Exit code and words of a loader that gave up, or of a process that the kernel killed.
    pub loader: Option<(i32, String)>,
    /// What a loader prints and goes on all the same.
    pub warnings: String,
    /// All that is missing, in the order in which it is missed.
    pub missing: Vec<Missing>,
    /// Why it fails.
    pub cause: Option<Cause>,
    /// Why it is unknown: an id with words, and what was not known.
    pub unknown: Option<(&'static str, String)>,
    /// Evidence, in order.
    pub trace: Vec<TraceStep>,
    /// The program that runs: its real path (an interpreter's for a script).
    pub program: String,
    /// Its ELF tables, when it is an ELF file that was read.
    pub elf: Option<Arc<Elf>>,
    /// The arguments as the program sees them.
    pub argv: Vec<String>,
}

impl Outcome {
    /// Nothing happened yet.
    pub(super) fn new(start: &Start<'_>) -> Self {
        Outcome {
            verdict: Verdict::Starts,
            errno: None,
            loader: None,
            warnings: String::new(),
            missing: Vec::new(),
            cause: None,
            unknown: None,
            trace: Vec::new(),
            program: start.path.to_string(),
            elf: None,
            argv: start.argv.to_vec(),
        }
    }

    pub(super) fn fails(&mut self, cause: Cause) {
        self.verdict = Verdict::Fails;
        self.cause = Some(cause);
    }

    pub(super) fn is_unknown(&mut self, code: &'static str, what: &str) {
        self.verdict = Verdict::Unknown;
        self.unknown = Some((code, what.to_string()));
    }

    pub(super) fn misses(&mut self, kind: &'static str, name: &str, needed_by: &str) {
        self.missing.push(Missing { kind, name: name.to_string(), needed_by: needed_by.to_string() });
    }
}
