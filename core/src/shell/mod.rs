//! Runs a shell script on a [`Tree`]: parsed by brush-parser, interpreted here. The programs that it calls come
//! through [`Programs`]; one without a model is recorded as a [`Gap`], never as having done nothing.

mod arithmetic;
pub(crate) mod arrays;
pub(crate) mod builtins;
mod case_patterns;
mod compound;
mod conditions;
pub(crate) mod date_format;
mod effort;
pub(crate) mod escapes;
mod execute;
mod expand;
mod files;
mod home;
pub(crate) mod interpret;
mod messages;
pub(crate) mod options;
mod patterns;
mod programs;
mod redirect;
pub(crate) mod regex;
pub(crate) mod state;
mod trace;

pub use effort::Effort;
pub(crate) use execute::find_program;
pub(crate) use interpret::is_unfinished;
pub use programs::{Model, Programs};

use crate::elf::Machine;
use crate::exec::{Credentials, Outcome};

use crate::fs::{Content, Tree};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Commands that one shell may run unless told otherwise: a loop without end must end here.
const MAX_STEPS: u32 = 20_000;
/// Steps of effort that a letter of a script takes.
const STEPS_OF_LETTER: usize = 32;
/// Bytes that one script may print or hold in files that it writes.
const MAX_OUTPUT: usize = 1 << 20;
/// Nesting of functions, substitutions and sourced scripts.
pub(crate) const MAX_DEPTH: u32 = 24;
/// Longest script text, in bytes.
const MAX_SCRIPT: usize = 1 << 16;

/// Where a byte of output goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// What addresses answer.
pub type Answers = Arc<BTreeMap<String, Content>>;

/// Something a script asked for that is not modelled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// An id with words in `data/words`: `unmodelled-command`, `unknown-size` …
    pub code: &'static str,
    /// The command or construct.
    pub what: String,
}

/// Commands that only a host has, such as `docker`.
pub trait HostCommands {
    /// Runs one command; `None` when the host does not have it.
    fn call(&mut self, shell: &mut Shell, argv: &[String]) -> Option<i32>;
}

/// How a program that was built from modelled source behaves once it runs.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Behaviour {
    /// What it prints before it waits or ends.
    pub stdout: String,
    /// It goes on serving until it is stopped.
    pub serves: bool,
    /// Its exit code, if it ends.
    pub exit_code: i32,
    /// It calls others by HTTPS.
    #[serde(default)]
    pub calls_https: bool,
    /// False when its source does more than could be followed.
    pub known: bool,
}

impl Behaviour {
    /// Reads the note that a modelled compiler left in a program.
    pub fn of(outcome: &Outcome) -> Option<Behaviour> {
        serde_json::from_slice(outcome.elf.as_ref()?.behaviour.as_ref()?).ok()
    }
}

/// A shell at work: file system, variables, and what was printed.
#[allow(missing_debug_implementations, reason = "holds a host's commands, which have no form to print")]
pub struct Shell {
    /// The file system, as the script left it.
    pub fs: Tree,
    /// Working directory.
    pub cwd: String,
    /// As whom.
    pub user: Credentials,
    /// The kernel's processor.
    pub machine: Machine,
    /// What was printed, in order.
    pub output: Vec<(Stream, Vec<u8>)>,
    /// What is not modelled.
    pub gaps: Vec<Gap>,
    /// The commands that were called, words expanded, in order; the first 500.
    pub called: Vec<Vec<String>>,
    /// What the machine is called, where that is known: an engine makes names up.
    pub hostname: Option<String>,
    /// What error messages call this shell: `/bin/sh`, `bash`.
    pub name: String,
    /// The language of the script at work, if it is not that of /bin/sh.
    language: Option<state::Language>,
    /// The script's line at work, and lines before the text that is read.
    line: usize,
    line_base: usize,
    /// The script is a file's.
    from_file: bool,
    options: state::Options,
    pub(crate) vars: state::Variables,
    /// What functions' own variables hide, the innermost function last.
    locals: Vec<Vec<state::Hidden>>,
    /// How many conditions, `!`, `&&` and `||` are waiting for a status: failures there are answers.
    tested: u32,
    /// The status of the last command substitution in the command at work.
    substituted: Option<i32>,
    /// Where a builtin that ran a script leads its caller.
    leaving: Option<interpret::Flow>,
    /// Where `getopts` is within a word.
    option_place: Option<(usize, usize)>,
    /// Files that `exec` opened.
    kept: Vec<redirect::Opened>,
    /// The programs that have models.
    programs: &'static dyn Programs,
    /// What programs keep from one call to the next.
    pub(crate) extensions: programs::Extensions,
    /// What addresses answer, as far as it was declared.
    pub answers: Answers,
    /// Where `pushd` has been.
    folders: Vec<String>,
    aliases: BTreeMap<String, state::Alias>,
    /// What `trap … EXIT` asks for.
    exit_trap: Option<String>,
    /// What `trap` asks for at other signals, by their names.
    traps: BTreeMap<String, String>,
    functions: BTreeMap<String, Arc<brush_parser::ast::FunctionBody>>,
    pub(crate) positional: Vec<String>,
    last_status: i32,
    /// What the last command in the background ended with.
    in_background: i32,
    in_subshell: bool,
    /// The last command of the last list ran: its status is the list's own.
    ran_last: bool,
    /// Commands that it may still run.
    pub steps_left: u32,
    /// What its commands may still cost.
    pub effort: Effort,
    depth: u32,
    /// How many `$(…)`, eval and sourced files this runs in.
    indirection: usize,
    /// Bits that new files and folders do not get.
    pub(crate) umask: u32,
    printed: usize,
    /// Standard input of the command at work.
    pub(crate) stdin: Vec<u8>,
    /// The size of the file that standard input is, if it is one and no pipe.
    pub(crate) stdin_file: Option<usize>,
    /// How often a redirection replaced standard input.
    stdins: u32,
    /// Of the file descriptors from 1 on.
    sinks: redirect::Sinks,
    buffers: Vec<Vec<u8>>,
    /// The last program that kernel or loader refused to start.
    pub refused: Option<Box<Outcome>>,
    /// Commands that the host adds.
    pub host: Option<Box<dyn HostCommands>>,
}

impl Shell {
    /// A shell in `cwd` with an environment of `NAME=value` pairs.
    pub fn new(
        fs: Tree,
        cwd: &str,
        env: &[String],
        user: Credentials,
        machine: Machine,
        programs: &'static dyn Programs,
    ) -> Self {
        let vars = env
            .iter()
            .filter_map(|pair| pair.split_once('='))
            .map(|(name, value)| {
                let value = value.to_string();
                (name.to_string(), state::Variable { value, exported: true, ..Default::default() })
            })
            .collect();
        let mut fs = fs;
        fs.groups_from_folders(true);
        fs.date(None);
        // A process is where links lead.
        let cwd = fs.resolve("/", cwd, true).unwrap_or_else(|_| cwd.to_string());
        let mut shell = Shell {
            fs,
            cwd,
            user,
            machine,
            output: Vec::new(),
            gaps: Vec::new(),
            called: Vec::new(),
            hostname: None,
            name: "/bin/sh".into(),
            language: None,
            line: 1,
            line_base: 0,
            from_file: false,
            options: state::Options::default(),
            vars,
            locals: Vec::new(),
            tested: 0,
            substituted: None,
            leaving: None,
            option_place: None,
            kept: Vec::new(),
            programs,
            extensions: programs::Extensions::default(),
            answers: Answers::default(),
            folders: Vec::new(),
            aliases: BTreeMap::new(),
            exit_trap: None,
            traps: BTreeMap::new(),
            functions: BTreeMap::new(),
            positional: Vec::new(),
            last_status: 0,
            in_background: 0,
            in_subshell: false,
            ran_last: true,
            steps_left: MAX_STEPS,
            effort: Effort::default(),
            depth: 0,
            indirection: 0,
            umask: 0o022,
            printed: 0,
            stdin: Vec::new(),
            stdin_file: None,
            stdins: 0,
            sinks: redirect::terminal(),
            buffers: Vec::new(),
            refused: None,
            host: None,
        };
        shell.own_variables();
        shell
    }

    /// Gives a shell that lives on, such as a host's, its full budget again.
    pub(crate) fn reset_limits(&mut self) {
        self.steps_left = MAX_STEPS;
        self.effort = Effort::default();
        self.printed = 0;
        self.called.clear();
        self.buffers.clear();
        self.refused = None;
        self.stdin.clear();
    }

    /// Everything printed to one stream, as text.
    pub fn printed(&self, stream: Stream) -> String {
        let bytes: Vec<u8> =
            self.output.iter().filter(|(to, _)| *to == stream).flat_map(|(_, bytes)| bytes.iter().copied()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Starts a program with arguments, as an exec form does; returns its exit code.
    pub fn run_argv(&mut self, argv: &[String]) -> i32 {
        let status = self.call(argv);
        self.last_status = status;
        status
    }

    /// The exported variables as `NAME=value`.
    pub fn environment(&self) -> Vec<String> {
        let exported = self.vars.iter().filter(|(_, var)| var.exported && var.array.is_none());
        exported.map(|(name, var)| format!("{name}={}", var.value)).collect()
    }

    /// The value of a variable.
    pub fn var(&self, name: &str) -> Option<&str> {
        self.vars.get(name).and_then(state::Variable::text)
    }

    pub(crate) fn gap(&mut self, code: &'static str, what: impl Into<String>) {
        // What only the log gets is in no layer, and what nobody gets is nowhere.
        let code = match (code, self.sinks[0]) {
            ("unknown-output" | "no-clock", redirect::Sink::Null) => return,
            ("unknown-output", redirect::Sink::Terminal(_)) => "unknown-log",
            _ => code,
        };
        let gap = Gap { code, what: what.into() };
        let argv = self.called.last().map_or(&[][..], Vec::as_slice);
        self.fs.doubt_more(self.programs.doubt(&gap, argv));
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// Which family of shells this is, by where `/bin/sh` leads.
    pub(crate) fn dialect(&self) -> &'static str {
        match self.fs.resolve("/", "/bin/sh", true) {
            Ok(real) if real.ends_with("bash") => "bash",
            Ok(real) if real.ends_with("busybox") => "ash",
            _ => "dash",
        }
    }
}
