//! Runs a shell script on a [`Tree`]: parsed by brush-parser, interpreted here. The programs that it calls come
//! through [`Programs`]; one without a model is recorded as a [`Gap`], never as having done nothing.

mod arithmetic;
pub(crate) mod arrays;
mod background_command;
mod brace_expansion;
pub(crate) mod builtins;
mod case_parentheses;
mod command_start_errors;
mod compound_commands;
mod entrypoint_script;
mod errexit;
pub(crate) mod escapes;
mod execute_program;
mod extended_globs;
mod failure_certainty;
mod file_access;
pub(crate) mod file_dates;
pub(crate) mod getopt;
mod glob;
mod gnu_and_busybox_messages;
mod here_document;
mod interactive;
pub(crate) mod interpret;
pub(crate) mod language;
mod limits;
mod output;
mod parameter_expansion;
mod piped_download;
mod pipeline;
mod process_substitution;
mod program_models;
mod prompt;
mod redirection;
pub(crate) mod regex;
mod script_reader;
mod set_options;
mod simple_command;
mod sleep_limit;
mod special_variables;
pub(crate) mod strftime;
mod subshell;
mod syntax_error;
mod test_expressions;
mod tilde_expansion;
mod unfinished_script;
pub(crate) mod unpacked_folders;
pub(crate) mod variables;
mod word_expansion;
mod word_splitting;
mod work_budget;
mod xtrace;

pub use entrypoint_script::KnownFailure;
pub(crate) use execute_program::{find_program, is_question};
pub(crate) use failure_certainty::GAPS_WITHOUT_EXIT_CODE;
pub use interactive::OpenedShell;
pub use program_models::{Model, Programs};
pub use sleep_limit::SleepLimit;
pub(crate) use unfinished_script::is_unfinished;
pub use work_budget::Effort;

use crate::elf::Machine;
use crate::exec::{Credentials, Outcome};
use crate::fs::{Content, Tree};
use limits::MAX_STEPS;
use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The stream of an output byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Stream {
    Stdout,
    Stderr,
}

/// The declared answers of network addresses, by address.
pub type Answers = Arc<BTreeMap<String, Content>>;

/// Something a script asked for that is not modelled.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gap {
    /// An id with words in `data/words`: `unmodelled-command`, `unknown-size` …
    pub code: &'static str,
    /// The command or construct.
    pub what: String,
}

/// The gaps after which the output of a command is not known.
const GAPS_OF_OUTPUT: [&str; 9] = [
    "unknown-download",
    "estimated-command",
    "unmodelled-command",
    "unmodelled-program",
    "unmodelled-shell",
    "unmodelled-option",
    "unknown-output",
    "unknown-content",
    "unlisted-file",
];

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
    /// It contains the time zones.
    #[serde(default)]
    pub has_time_zones: bool,
    /// False when its source does more than could be followed.
    pub known: bool,
}

impl Behaviour {
    /// Reads the note that a modelled compiler left in a program.
    pub fn of(outcome: &Outcome) -> Option<Behaviour> {
        serde_json::from_slice(outcome.elf.as_ref()?.behaviour.as_ref()?).ok()
    }
}

/// A running shell: file system, variables, and printed output.
#[allow(missing_debug_implementations, reason = "holds a host's commands, which have no form to print")]
pub struct Shell {
    /// The file system, as the script left it.
    pub fs: Tree,
    /// Working directory.
    pub cwd: String,
    /// The current user.
    pub user: Credentials,
    /// The kernel's processor.
    pub machine: Machine,
    /// The printed output, in order.
    pub output: Vec<(Stream, Vec<u8>)>,
    /// What the script did that is not modelled.
    pub gaps: Vec<Gap>,
    /// The commands that were called, words expanded, in order; the first 500.
    pub called: Vec<Vec<String>>,
    /// The host name, if it is known. Engines generate names.
    pub hostname: Option<String>,
    /// What error messages call this shell: `/bin/sh`, `bash`.
    pub name: String,
    /// The language of the current script, if it is not that of /bin/sh.
    language: Option<language::Language>,
    /// The current line of the script, and the number of lines before the text that is parsed.
    line: usize,
    line_base: usize,
    /// Whether the script is read from a file.
    from_file: bool,
    options: set_options::SetOptions,
    pub(crate) vars: variables::Variables,
    /// The variables that local variables of functions hide, the innermost function last.
    locals: Vec<Vec<variables::HiddenVariable>>,
    /// The number of enclosing conditions, `!`, `&&` and `||`, in which failures are ignored.
    ignoring_failures: u32,
    /// The status of the last command substitution in the current command.
    substituted: Option<i32>,
    /// The control flow that a builtin which ran a script passes to its caller.
    pending_flow: Option<interpret::Flow>,
    /// The position of `getopts` within a word.
    getopts_position: Option<(usize, usize)>,
    /// Files that `exec` opened.
    exec_files: Vec<redirection::OpenedFile>,
    /// The programs that have models.
    programs: &'static dyn Programs,
    /// The values that programs keep between calls.
    pub(crate) extensions: program_models::Extensions,
    /// The declared answers of network addresses.
    pub answers: Answers,
    /// The directory stack of `pushd`.
    directory_stack: Vec<String>,
    aliases: BTreeMap<String, builtins::alias::Alias>,
    /// The action of `trap … EXIT`.
    exit_trap: Option<String>,
    /// The actions of `trap` by signal name, without EXIT.
    traps: BTreeMap<String, String>,
    functions: BTreeMap<String, Arc<brush_parser::ast::FunctionBody>>,
    pub(crate) positional: Vec<String>,
    last_status: i32,
    /// The exit status of the last background job.
    background_status: i32,
    in_subshell: bool,
    /// Whether the last command of the last list ran, so that its status is the list's.
    is_last_status_own: bool,
    /// The command is one of `exec`, which takes the place of the shell.
    is_replacing_itself: bool,
    /// The number of commands that it may still run.
    pub steps_left: u32,
    /// The remaining budget of work.
    pub effort: Effort,
    depth: u32,
    /// The number of enclosing `$(…)`, eval and sourced files.
    indirection: usize,
    /// The mode bits that new files and folders do not get.
    pub(crate) umask: u32,
    printed: usize,
    /// Standard input of the current command.
    pub(crate) stdin: Vec<u8>,
    /// The size of the file that standard input is redirected from; `None` for a pipe.
    pub(crate) stdin_file: Option<usize>,
    /// Whether a part of standard input is not known.
    pub(crate) is_input_incomplete: bool,
    /// The folders of which the words of the current command have all files that are listed, by a pattern `FOLDER/*`.
    pub(crate) swept_folders: Vec<String>,
    /// The names of gaps of which the size, known or not, is recorded with the files that they leave.
    pub(crate) recorded_sizes: BTreeSet<String>,
    /// Unlisted files of which nothing is read, changed or copied: folders that are gone to, or that a new file is put into.
    pub(crate) untouched_files: BTreeSet<String>,
    /// Of the files that may be there unlisted, those that commands copied or gave other attributes, and did nothing else
    /// with.
    pub(crate) rewritten_files: BTreeSet<String>,
    /// The address of a download that a pipe carries, of which nothing else is known.
    piped_download: Option<piped_download::PipedDownload>,
    /// The number of redirections of standard input.
    stdin_redirects: u32,
    /// The targets of the file descriptors from 1 on.
    outputs: redirection::OutputTargets,
    buffers: Vec<Vec<u8>>,
    /// The buffers of which a part of the output is not known.
    incomplete_buffers: BTreeSet<usize>,
    /// Whether the running program asked for the bytes of a file that are not known.
    met_unknown_content: Cell<bool>,
    /// Names of variables that are certainly not set, where the environment may have more variables than are known.
    pub unset_names: Option<BTreeSet<String>>,
    /// The last program that kernel or loader refused to start.
    pub refused: Option<Box<Outcome>>,
    /// The last failure of a command whose cause is known.
    pub failure: Option<KnownFailure>,
    certainty: failure_certainty::Certainty,
    /// The command that an entrypoint script passed on to, if it is not known whether the image has it.
    pub unlisted_command: Option<String>,
    /// Commands that the host adds.
    pub host: Option<Box<dyn HostCommands>>,
    /// Whether standard input is a terminal, at which a shell without a script waits.
    terminal: bool,
    /// The shell that waits there.
    opened: Option<Box<OpenedShell>>,
    /// Whether the text that is run was typed at a prompt.
    interactive: bool,
    /// Whether `exit` ended the shell.
    exited: bool,
    /// How long its programs sleep before the shell counts as asleep.
    sleep_limit: Option<sleep_limit::SleepLimit>,
    /// Whether it is past that limit.
    asleep: bool,
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
                (name.to_string(), variables::Variable { value, exported: true, ..Default::default() })
            })
            .collect();
        let mut fs = fs;
        fs.groups_from_folders(true);
        fs.date(None);
        // The working directory of a process has no symbolic links.
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
            options: set_options::SetOptions::default(),
            vars,
            locals: Vec::new(),
            ignoring_failures: 0,
            substituted: None,
            pending_flow: None,
            getopts_position: None,
            exec_files: Vec::new(),
            programs,
            extensions: program_models::Extensions::default(),
            answers: Answers::default(),
            directory_stack: Vec::new(),
            aliases: BTreeMap::new(),
            exit_trap: None,
            traps: BTreeMap::new(),
            functions: BTreeMap::new(),
            positional: Vec::new(),
            last_status: 0,
            background_status: 0,
            in_subshell: false,
            is_last_status_own: true,
            is_replacing_itself: false,
            steps_left: MAX_STEPS,
            effort: Effort::default(),
            depth: 0,
            indirection: 0,
            umask: 0o022,
            printed: 0,
            stdin: Vec::new(),
            stdin_file: None,
            is_input_incomplete: false,
            swept_folders: Vec::new(),
            recorded_sizes: BTreeSet::new(),
            untouched_files: BTreeSet::new(),
            rewritten_files: BTreeSet::new(),
            piped_download: None,
            stdin_redirects: 0,
            outputs: redirection::terminal_outputs(),
            buffers: Vec::new(),
            met_unknown_content: Cell::new(false),
            incomplete_buffers: BTreeSet::new(),
            unset_names: None,
            refused: None,
            failure: None,
            certainty: failure_certainty::Certainty::default(),
            unlisted_command: None,
            host: None,
            terminal: false,
            opened: None,
            interactive: false,
            exited: false,
            sleep_limit: None,
            asleep: false,
        };
        shell.set_initial_variables();
        shell
    }

    /// Whether standard input is known to be empty, as that of a container that is started without `-i`.
    pub(crate) fn has_empty_input(&self) -> bool {
        let is_harmless = |gap: &Gap| ["ignored-failure", "unknown-log"].contains(&gap.code);
        self.stdin.is_empty() && self.stdin_redirects == 0 && self.gaps.iter().all(is_harmless)
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
        self.vars.get(name).and_then(variables::Variable::text)
    }

    /// Whether a variable that is not known may be set: a variable of the environment, of which not all are known.
    pub(crate) fn may_be_set(&self, name: &str) -> bool {
        let in_capitals = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
        in_capitals && self.unset_names.as_ref().is_some_and(|unset| !unset.contains(name))
    }

    pub(crate) fn gap(&mut self, code: &'static str, what: impl Into<String>) {
        if self.asleep && code == "too-many-steps" {
            return;
        }
        // Output to the log is in no layer, and discarded output is nowhere.
        let code = match (code, self.outputs[0]) {
            ("unknown-output" | "unknown-download" | "no-clock", redirection::OutputTarget::Null) => return,
            ("unknown-output" | "unknown-download", _) if self.prints_to_log() => "unknown-log",
            _ => code,
        };
        if GAPS_OF_OUTPUT.contains(&code) {
            self.mark_output_incomplete();
        }
        let gap = Gap { code, what: what.into() };
        if matches!(code, "unlisted-file" | "unlisted-removal") {
            self.note_settings(&gap.what);
        }
        if code == "unlisted-file" {
            self.untouched_files.remove(&gap.what);
            self.rewritten_files.remove(&gap.what);
        }
        let argv = self.called.last().map_or(&[][..], Vec::as_slice);
        self.fs.doubt_more(self.programs.doubt(&gap, argv));
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// Reports a file that may be there unlisted, and that the command leaves as it is: no layer gains anything from it.
    pub(crate) fn gap_of_untouched(&mut self, what: &str) {
        let is_reported = self.gaps.iter().any(|gap| gap.code == "unlisted-file" && gap.what == what);
        let (is_untouched, is_rewritten) = (self.untouched_files.contains(what), self.rewritten_files.contains(what));
        self.gap("unlisted-file", what);
        match is_reported && !is_untouched {
            true if is_rewritten => drop(self.rewritten_files.insert(what.to_string())),
            true => {}
            false => drop(self.untouched_files.insert(what.to_string())),
        }
    }

    /// Reports a file that may be there unlisted, and of which the command writes a copy or other attributes: a layer gains
    /// as much as it holds.
    pub(crate) fn gap_of_rewritten(&mut self, what: &str) {
        let is_reported = self.gaps.iter().any(|gap| gap.code == "unlisted-file" && gap.what == what);
        let is_known = self.untouched_files.contains(what) || self.rewritten_files.contains(what);
        self.gap("unlisted-file", what);
        if !is_reported || is_known {
            self.rewritten_files.insert(what.to_string());
        }
    }

    /// Whether standard output is the log of the build or of the container.
    pub(crate) fn prints_to_log(&self) -> bool {
        matches!(self.outputs[0], redirection::OutputTarget::Terminal(_))
    }
}
