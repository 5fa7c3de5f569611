//! The outcome of an execve: the verdict, the steps, and everything that is missing.

use super::cause::Cause;
use super::start::Start;
use crate::elf::Elf;
use crate::fs::Errno;
use std::sync::Arc;

/// The exit code of a process killed by SIGBUS, as shells report it.
pub(super) const BUS_ERROR: i32 = 128 + 7;

/// Who carried a step out.
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

/// A place in which a step looks for a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Searched {
    /// What names the place: `asked` (the name is a path), `path` (PATH), `rpath`, `runpath`, `variable`
    /// (LD_LIBRARY_PATH), `cache` (/etc/ld.so.cache), `default` (the loader's own directories).
    pub by: &'static str,
    /// The path that is tried. Of a cache without an entry: the path of the cache.
    pub place: String,
}

/// One step and whether it succeeded. Its messages are in `data/words`, by `code`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TraceStep {
    /// Who carried it out.
    pub who: Who,
    /// An id such as `open-program`.
    pub code: &'static str,
    /// Values for the placeholders of the messages.
    pub params: Vec<(&'static str, String)>,
    /// Whether it succeeded.
    pub ok: bool,
    /// The places in which it looks for a file, in order. A search that succeeds ends with the place of the file.
    pub searched: Vec<Searched>,
}

impl TraceStep {
    pub(crate) fn new(who: Who, code: &'static str, params: &[(&'static str, &str)], ok: bool) -> Self {
        let params = params.iter().map(|(name, value)| (*name, (*value).to_string())).collect();
        TraceStep { who, code, params, ok, searched: Vec::new() }
    }

    /// Whether the step failed only as far as it is known: what it asks for may be there.
    pub fn is_open(&self) -> bool {
        const OPEN: [&str; 6] = [
            "find-program-unlisted",
            "library-unlisted",
            "open-interpreter-unlisted",
            "open-program-unlisted",
            "read-format-unknown",
            "search-path-unlisted",
        ];
        !self.ok && (OPEN.contains(&self.code) || self.code == "symbols-not-modelled")
    }

    pub(crate) fn searching(self, searched: Vec<Searched>) -> Self {
        TraceStep { searched, ..self }
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

/// Something that a program needs and that does not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// `program`, `interpreter`, `library`, `version`, `symbol` or `user`.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The file that needs it.
    pub needed_by: String,
}

/// The outcome of an `execve` and of the loader.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether control reaches the program.
    pub verdict: Verdict,
    /// The error of `execve` itself, if it failed.
    pub errno: Option<Errno>,
    /// Exit code and message of a loader that failed, or of a process that the kernel killed.
    pub loader: Option<(i32, String)>,
    /// Warnings of the loader that do not stop it.
    pub warnings: String,
    /// Everything that is missing, in the order in which it is needed.
    pub missing: Vec<Missing>,
    /// Why the start fails.
    pub cause: Option<Cause>,
    /// Why the outcome is unknown: a message id, and what is not known.
    pub unknown: Option<(&'static str, String)>,
    /// The steps, in order.
    pub trace: Vec<TraceStep>,
    /// The program that runs: its real path (an interpreter's for a script).
    pub program: String,
    /// Its ELF tables, when it is an ELF file that was read.
    pub elf: Option<Arc<Elf>>,
    /// The arguments as the program sees them.
    pub argv: Vec<String>,
}

impl Outcome {
    /// The outcome before any step.
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
