//! Runs a shell script on a [`Tree`]: parsed by brush-parser, interpreted here, with a model for
//! each command in [`commands`]. A command without a model is recorded as a [`Gap`], never as
//! having done nothing.

mod arithmetic;
mod arrays;
mod cases;
pub(crate) mod commands;
mod compound;
mod conditions;
mod effort;
mod expand;
mod interpret;
mod packages;
mod patterns;
mod redirect;
mod state;
mod toolchain;
mod trace;

pub use effort::Effort;
pub(crate) use interpret::is_unfinished;

use crate::elf::Machine;
use crate::exec::{self, Credentials, Outcome, Verdict};

use crate::fs::{Content, Doubt, FsError, Tree, path};
use crate::packages::Indexes;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Commands that one shell may run unless told otherwise: a loop without end must end here.
const MAX_STEPS: u32 = 20_000;
/// Steps of effort that a letter of a script takes, a command, a program, and a file that is made.
const STEPS_OF_LETTER: usize = 32;
const STEPS_OF_COMMAND: usize = 256;
const STEPS_OF_PROGRAM: usize = 1 << 14;
const STEPS_OF_FILE: usize = 512;
/// Bytes that one script may print or hold in files that it writes.
const MAX_OUTPUT: usize = 1 << 20;
/// Nesting of functions, substitutions and sourced scripts.
const MAX_DEPTH: u32 = 24;
/// Commands that are remembered: enough for every script that a person writes.
const MAX_RECORDED: usize = 500;
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
    vars: state::Variables,
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
    /// Paths that packages brought, with the inodes they brought.
    packaged: BTreeMap<Arc<str>, u64>,
    /// What addresses answer, as far as it was declared.
    pub answers: Answers,
    /// The package indexes at hand; none unless they are given.
    pub packages: Indexes,
    /// Where `pushd` has been.
    folders: Vec<String>,
    aliases: BTreeMap<String, commands::Alias>,
    /// What `trap … EXIT` asks for.
    exit_trap: Option<String>,
    /// What `trap` asks for at other signals, by their names.
    traps: BTreeMap<String, String>,
    functions: BTreeMap<String, Arc<brush_parser::ast::FunctionBody>>,
    positional: Vec<String>,
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
    umask: u32,
    printed: usize,
    /// Standard input of the command at work.
    stdin: Vec<u8>,
    /// The size of the file that standard input is, if it is one and no pipe.
    stdin_file: Option<usize>,
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
    pub fn new(fs: Tree, cwd: &str, env: &[String], user: Credentials, machine: Machine) -> Self {
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
            packaged: BTreeMap::new(),
            answers: Answers::default(),
            packages: Indexes::default(),
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

    fn gap(&mut self, code: &'static str, what: impl Into<String>) {
        // What only the log gets is in no layer, and what nobody gets is nowhere.
        let code = match (code, self.sinks[0]) {
            ("unknown-output" | "no-clock", redirect::Sink::Null) => return,
            ("unknown-output", redirect::Sink::Terminal(_)) => "unknown-log",
            _ => code,
        };
        let gap = Gap { code, what: what.into() };
        self.fs.doubt_more(self.doubt_of(&gap));
        if !self.gaps.contains(&gap) {
            self.gaps.push(gap);
        }
    }

    /// What may be in the file system after something that is not modelled.
    fn doubt_of(&self, gap: &Gap) -> Doubt {
        /// Programs that bring files into the image's own folders.
        const PACKAGES: [&str; 15] = [
            "apk", "apt-get", "apt", "dpkg", "dnf", "yum", "microdnf", "pip", "pip3", "npm", "yarn", "gem", "useradd",
            "adduser", "groupadd",
        ];
        /// The engine writes them for the machine's network: nobody's build hangs on what is in them.
        const ENGINES: [&str; 3] = ["/etc/hosts", "/etc/hostname", "/etc/resolv.conf"];
        match gap.code {
            "unknown-content" if ENGINES.contains(&gap.what.as_str()) => Doubt::None,
            "package-index-not-loaded" => Doubt::Packages,
            "unmodelled-command" if PACKAGES.contains(&gap.what.as_str()) => {
                let words = self.called.last().map_or(&[][..], Vec::as_slice);
                let libc = |word: &String| ["libc", "gcompat", "musl"].iter().any(|part| word.contains(part));
                if words.iter().any(libc) { Doubt::Anything } else { Doubt::Packages }
            }
            "unmodelled-command" | "unmodelled-shell" | "unmodelled-program" | "too-many-steps"
            | "script-too-large" | "unknown-content" => Doubt::Anything,
            _ => Doubt::None,
        }
    }

    /// The files that packages brought and that are as they came: their weight is in the packages'.
    pub fn packaged_files(&self) -> BTreeSet<Arc<str>> {
        packages::still_packaged(self)
    }

    /// Prints to standard output.
    pub fn out(&mut self, text: impl AsRef<[u8]>) {
        self.emit(0, text.as_ref());
    }

    /// Prints to standard error.
    pub fn err(&mut self, text: impl AsRef<[u8]>) {
        let text = text.as_ref();
        // GNU's programs have curly quotes where the locale's letters are UTF-8, which no image sets by itself.
        match std::str::from_utf8(text) {
            Ok(words) if words.contains(['‘', '’']) && !self.is_utf8() => {
                self.emit(1, words.replace(['‘', '’'], "'").as_bytes());
            }
            _ => self.emit(1, text),
        }
    }

    /// Whether the locale's letters are UTF-8.
    fn is_utf8(&self) -> bool {
        let set = |name: &&str| self.var(name).filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or("").to_lowercase();
        locale.contains("utf-8") || locale.contains("utf8")
    }

    /// Prints `command: what: reason` and returns 1: how most tools fail. `what` is in coreutils' words.
    fn complain(&mut self, command: &str, what: &str, error: &FsError) -> i32 {
        let what = if self.dialect() == "ash" { busybox_words(command, what) } else { what.to_string() };
        self.err(format!("{command}: {what}: {}\n", error.errno.message()));
        1
    }

    /// Which family of shells this is, by where `/bin/sh` leads.
    fn dialect(&self) -> &'static str {
        match self.fs.resolve("/", "/bin/sh", true) {
            Ok(real) if real.ends_with("bash") => "bash",
            Ok(real) if real.ends_with("busybox") => "ash",
            _ => "dash",
        }
    }

    /// Finds a command in PATH: its path, or whether one might exist that is not listed.
    fn which(&self, name: &str) -> (Option<String>, bool) {
        let search = self.var("PATH").unwrap_or(crate::image::DEFAULT_PATH).to_string();
        let mut hidden = false;
        let mut forbidden = None;
        for dir in search.split(':').filter(|dir| !dir.is_empty()) {
            let candidate = format!("{}/{name}", dir.trim_end_matches('/'));
            match self.fs.stat(&self.cwd, &candidate) {
                Ok((_, node)) if !node.is_dir() && self.user.may(node, 1) => {
                    return (Some(candidate), false);
                }
                Ok((_, node)) if !node.is_dir() => forbidden = forbidden.or(Some(candidate)),
                _ => hidden |= self.fs.may_hide(&self.cwd, &candidate),
            }
        }
        (forbidden, hidden)
    }

    /// Runs one command with its words expanded: builtin, host command or program.
    fn call(&mut self, argv: &[String]) -> i32 {
        let Some(name) = argv.first().cloned() else {
            return 0;
        };
        self.effort.spend(argv.iter().map(String::len).sum::<usize>() + STEPS_OF_COMMAND);
        if self.steps_left == 0 || self.effort.is_over() {
            self.gap("too-many-steps", "");
            return 0;
        }
        if name.is_empty() {
            // An empty word is no command; it may stand for an output that is not known.
            return self.not_found("");
        }
        self.steps_left -= 1;
        if self.called.len() < MAX_RECORDED {
            self.called.push(argv.to_vec());
        }
        if let Some(builtin) = commands::builtin(&name) {
            return builtin(self, argv);
        }
        if let Some(mut host) = self.host.take() {
            let answer = host.call(self, argv);
            self.host = Some(host);
            if let Some(status) = answer {
                return status;
            }
        }
        let place = if name.contains('/') {
            name.clone()
        } else {
            match self.which(&name) {
                (Some(place), _) => place,
                (None, true) => return self.call_unlisted(name, argv),
                (None, false) => return self.not_found(&name),
            }
        };
        self.execute(&place, argv)
    }

    /// Runs a program that may be in the image unlisted. One that has a model is taken to be there: were it
    /// not, the real build would say so.
    fn call_unlisted(&mut self, name: String, argv: &[String]) -> i32 {
        match commands::program(&name) {
            Some(model) => {
                self.gap("unlisted-program", name);
                commands::run(model, self, argv)
            }
            None if is_question(argv) => {
                self.gap("unknown-output", argv.join(" "));
                0
            }
            None => {
                self.gap("unmodelled-command", name);
                0
            }
        }
    }

    fn not_found(&mut self, name: &str) -> i32 {
        let words = if self.language() == state::Language::Bash { "command not found" } else { "not found" };
        let prefix = self.message_prefix();
        self.err(format!("{prefix}: {name}: {words}\n"));
        127
    }

    /// Executes a file: asks kernel and loader, then the program's behaviour or its model.
    fn execute(&mut self, place: &str, argv: &[String]) -> i32 {
        /// Where distributions keep their programs.
        const SYSTEM: [&str; 4] = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
        // Programs read their input, and some look at every file.
        self.effort.spend(STEPS_OF_PROGRAM + 8 * self.stdin.len() + self.fs.len());
        let before = self.fs.len();
        let status = self.execute_within(place, argv, &SYSTEM);
        self.effort.spend(STEPS_OF_FILE * self.fs.len().saturating_sub(before));
        status
    }

    fn execute_within(&mut self, place: &str, argv: &[String], system: &[&str]) -> i32 {
        let env = self.environment();
        let outcome = exec::execve(&self.fs, &self.cwd, place, argv, &env, &self.user, self.machine);
        match outcome.verdict {
            Verdict::Unknown => {
                let known = commands::program(path::file_name(argv.first().map_or("", String::as_str)));
                // The file is there; only its loading is not listed in full.
                if let (Some(model), Ok(_)) = (known, self.fs.stat(&self.cwd, place)) {
                    return commands::run(model, self, argv);
                }
                match is_question(argv) {
                    true => self.gap("unknown-output", argv.join(" ")),
                    false => self.gap("unmodelled-command", argv.first().cloned().unwrap_or_default()),
                }
                return 0;
            }
            Verdict::Fails if outcome.errno == Some(crate::fs::Errno::Enoexec) && self.is_text(place) => {
                // A script that does not name its interpreter: the shell reads it (POSIX, 2.9.1.4).
                let shell = if self.language() == state::Language::Bash { "bash" } else { "sh" };
                let words: Vec<String> =
                    [shell, place].iter().map(ToString::to_string).chain(argv.iter().skip(1).cloned()).collect();
                return self.run_file(place, &words);
            }
            Verdict::Fails => {
                let status = self.start_failed(place, &outcome);
                self.refused = Some(Box::new(outcome));
                return status;
            }
            Verdict::Starts => {}
        }
        if let Some(behaviour) = Behaviour::of(&outcome) {
            self.out(&behaviour.stdout);
            if behaviour.serves && self.host.is_none() {
                self.gap("never-ends", place);
            }
            if !behaviour.known {
                self.gap("unmodelled-program", place);
            }
            return behaviour.exit_code;
        }
        let asked = path::file_name(argv.first().map_or("", String::as_str));
        let program = path::file_name(&outcome.program).to_string();
        if asked.starts_with("ld-musl-") || asked.starts_with("ld-linux") {
            return commands::loader(self, argv);
        }
        if argv != outcome.argv {
            // A script: its interpreter runs it. A system's own is modelled as a whole: `ldd` is one of
            // bash's, Debian's `adduser` one of Perl's.
            // So is what a virtual environment of Python has: its pip, and what fetches a build tool to call it.
            let folder = path::parent(place);
            let environment = || self.fs.stat(&self.cwd, &format!("{}/pyvenv.cfg", path::parent(folder))).is_ok();
            let stands_for_another = ["gradlew", "mvnw"].contains(&asked);
            let is_whole = || system.contains(&folder) || stands_for_another || environment();
            if let Some(model) = commands::program(asked).filter(|_| is_whole()) {
                return commands::run(model, self, argv);
            }
            return match program.as_str() {
                "sh" | "dash" | "bash" | "ash" | "busybox" => self.run_file(place, &outcome.argv),
                // `#!/usr/bin/env bash`, `#!/usr/bin/awk -f`: a program that gets the script as its last word.
                _ => match commands::program(&program) {
                    Some(model) => commands::run(model, self, &outcome.argv),
                    None => {
                        self.gap("unmodelled-command", program);
                        0
                    }
                },
            };
        }
        match commands::program(asked).or_else(|| commands::program(&program)) {
            Some(model) => commands::run(model, self, argv),
            None if is_question(argv) => {
                self.gap("unknown-output", argv.join(" "));
                0
            }
            None => {
                self.gap("unmodelled-command", asked);
                0
            }
        }
    }

    /// Whether a file's first line can be one of a script: it holds no zero byte.
    fn is_text(&self, place: &str) -> bool {
        let node = self.fs.stat(&self.cwd, place).ok().map(|(_, node)| node);
        let bytes = node.and_then(|node| node.content()?.bytes());
        bytes.is_some_and(|bytes| !bytes.iter().take_while(|byte| **byte != b'\n').any(|byte| *byte == 0))
    }

    /// A shell's words for a program that the kernel or the loader refused.
    fn start_failed(&mut self, place: &str, outcome: &Outcome) -> i32 {
        if let Some((code, words)) = &outcome.loader {
            self.err(words);
            return *code;
        }
        let Some(errno) = outcome.errno else {
            return 126;
        };
        let missing = errno == crate::fs::Errno::Enoent;
        let there = self.fs.stat(&self.cwd, place).is_ok();
        let words = match (self.language(), missing) {
            (state::Language::Bash, true) if there => "cannot execute: required file not found",
            (state::Language::Bash, _) | (_, false) => errno.message(),
            (_, true) => "not found",
        };
        let text = format!("{}: {place}: {words}\n", self.message_prefix());
        self.err(text);
        if missing { 127 } else { 126 }
    }

    /// Runs a script file; `argv` is the interpreter's.
    fn run_file(&mut self, place: &str, argv: &[String]) -> i32 {
        let Ok((_, node)) = self.fs.stat(&self.cwd, place) else {
            return self.not_found(place);
        };
        let Some(text) = node.content().and_then(Content::bytes).map(|b| String::from_utf8_lossy(b).into_owned())
        else {
            self.gap("unknown-content", place);
            return 0;
        };
        let at = argv.iter().position(|word| word == place).map_or(argv.len(), |at| at + 1);
        let arguments = argv.get(at..).unwrap_or(&[]).to_vec();
        let errexit =
            argv.get(1..).is_some_and(|flags| flags.iter().any(|flag| flag.starts_with('-') && flag.contains('e')));
        let language = argv.first().and_then(|program| self.language_of(program));
        let name = std::mem::replace(&mut self.name, place.to_string());
        let language = std::mem::replace(&mut self.language, language);
        let status = self.reading(true, |shell| {
            shell.nested(arguments, |shell| {
                shell.become_process();
                shell.options.errexit = errexit;
                shell.run_script(&text)
            })
        });
        (self.name, self.language) = (name, language);
        status
    }

    /// Reads another script, whose lines are counted anew.
    fn reading(&mut self, from_file: bool, run: impl FnOnce(&mut Shell) -> i32) -> i32 {
        let outer = (self.line, self.line_base, self.from_file);
        (self.line, self.line_base, self.from_file) = (1, 0, from_file);
        let status = run(self);
        (self.line, self.line_base, self.from_file) = outer;
        status
    }

    /// A shell that is a process of its own has what was exported, and nothing else.
    fn become_process(&mut self) {
        self.in_subshell = false;
        self.vars.retain(|_, variable| variable.exported);
        self.vars.values_mut().for_each(|variable| variable.readonly = false);
        self.functions.clear();
        self.aliases.clear();
        self.options = state::Options::default();
        self.tested = 0;
        self.own_variables();
        if self.language() == state::Language::Bash {
            // Scripts only ask whether it is set.
            self.set_var("BASH_VERSION", "5".into(), false);
        }
        if self.language() != state::Language::Dash {
            let level = self.var("SHLVL").and_then(|level| level.parse::<u32>().ok()).unwrap_or(0);
            self.set_var("SHLVL", level.saturating_add(1).to_string(), true);
        }
    }

    /// What every shell sets when it starts.
    fn own_variables(&mut self) {
        self.vars.remove("IFS");
        self.set_var("IFS", " \t\n".into(), false);
        self.set_var("OPTIND", "1".into(), false);
        let here = self.cwd.clone();
        self.set_var("PWD", here, true);
        if self.var("PATH").is_none() {
            let usual = match self.language() {
                state::Language::Ash => "/sbin:/usr/sbin:/bin:/usr/bin",
                _ => crate::image::DEFAULT_PATH,
            };
            self.set_var("PATH", usual.into(), false);
        }
    }

    /// Resolves a path as the running process sees it.
    fn resolve(&self, path: &str) -> Result<String, FsError> {
        self.fs.resolve(&self.cwd, path, true)
    }

    /// The mode of a new file.
    fn file_mode(&self) -> u32 {
        0o666 & !self.umask
    }

    /// The mode of a new folder.
    fn folder_mode(&self) -> u32 {
        0o777 & !self.umask
    }

    /// Resolves the path of something to write. A folder that may be there unlisted is there then.
    fn destination(&mut self, path: &str) -> Result<String, FsError> {
        let folder = path::parent(&path::join(&self.cwd, path)).to_string();
        if self.fs.stat("/", &folder).is_err() && self.fs.may_hide("/", &folder) {
            let _ = self.fs.mkdir_all(&folder, 0o755, 0, 0);
            self.fs.set_partial(&folder);
            self.gap("unlisted-file", folder);
        }
        let place = self.resolve(path)?;
        self.may_write(&place)?;
        Ok(place)
    }

    /// Whether the user may write to a file, or make one where none is.
    fn may_write(&self, place: &str) -> Result<(), FsError> {
        let allowed = match self.fs.get(place) {
            Some(node) if node.is_dir() => true,
            Some(node) => self.user.may(node, 2),
            None => {
                // The nearest folder above that is there.
                let mut above = path::parent(place);
                while self.fs.get(above).is_none() && above != "/" {
                    above = path::parent(above);
                }
                self.fs.get(above).is_none_or(|node| self.user.may(node, 2) && self.user.may(node, 1))
            }
        };
        if allowed { Ok(()) } else { Err(FsError { errno: crate::fs::Errno::Eacces, path: place.to_string() }) }
    }

    /// Whether the user may take a name out of its folder: of a sticky one, only of what is theirs.
    fn removable(&self, place: &str) -> Result<(), FsError> {
        let fail = |errno| Err(FsError { errno, path: place.to_string() });
        let Some(folder) = self.fs.get(path::parent(place)).filter(|_| self.user.uid != 0) else { return Ok(()) };
        if !self.user.may(folder, 2) || !self.user.may(folder, 1) {
            return fail(crate::fs::Errno::Eacces);
        }
        let is_theirs = |node: &crate::fs::Node| node.uid == self.user.uid;
        match folder.mode & 0o1000 != 0 && !is_theirs(folder) && !self.fs.get(place).is_some_and(is_theirs) {
            true => fail(crate::fs::Errno::Eperm),
            false => Ok(()),
        }
    }

    /// Writes a file as this process would: a new one gets its owner and the umask's mode.
    fn put_file(&mut self, name: &str, content: Content) -> Result<(), FsError> {
        let (uid, gid, mode) = (self.user.uid, self.user.gid, self.file_mode());
        self.destination(name).and_then(|place| self.fs.write(&place, content, mode, uid, gid))
    }

    /// A new file of root's takes a place, as a system's own tools write theirs.
    fn put_anew(&mut self, place: &str, content: Content, mode: u32) {
        let _ = self.fs.mkdir_all(path::parent(place), 0o755, 0, 0);
        let _ = self.fs.remove(place);
        let _ = self.fs.write(place, content, mode, 0, 0);
    }

    /// The text of a file.
    fn read(&self, path: &str) -> Result<Option<Vec<u8>>, FsError> {
        let (_, node) = self.fs.stat(&self.cwd, path)?;
        if node.is_dir() {
            return Err(FsError { errno: crate::fs::Errno::Eisdir, path: path.to_string() });
        }
        Ok(node.content().and_then(Content::bytes).map(<[u8]>::to_vec))
    }
}

/// Whether a program is only asked what it is.
fn is_question(argv: &[String]) -> bool {
    matches!(argv, [_, flag] if ["--version", "-V", "-version", "--help", "version"].contains(&flag.as_str()))
}

/// What busybox says where coreutils says `what` (observed with busybox 1.35).
fn busybox_words(command: &str, what: &str) -> String {
    let quoted = |text: &str| text.replace(['‘', '’'], "'");
    let name = |text: &str| text.split('\'').nth(1).map_or_else(|| text.to_string(), str::to_string);
    match (command, what) {
        ("ls" | "touch" | "chmod" | "chown" | "chgrp" | "ln" | "env", what) => name(&quoted(what)),
        ("gunzip" | "zcat", _) if what.ends_with("magic") => what.to_string(),
        ("dd", what) => quoted(what).replacen("failed to", "can't", 1),
        ("truncate", what) => format!("{}: open", name(what)),
        ("mv", what) if what.starts_with("cannot move") => format!("can't rename '{}'", name(&quoted(what))),
        (_, what) => quoted(what).replacen("cannot ", "can't ", 1),
    }
}

/// The commands that RUN knows, in order: the shell's own and programs.
pub fn modelled_commands() -> Vec<&'static str> {
    let mut names: Vec<&str> = modelled().into_iter().flat_map(|(_, names)| names).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// The same by area.
pub fn modelled() -> Vec<(&'static str, Vec<&'static str>)> {
    commands::areas()
}

/// Looks a program up in PATH: whether it is there, and whether it may be there unlisted.
pub(crate) fn find_program(shell: &Shell, name: &str) -> (bool, bool) {
    let (found, hidden) = shell.which(name);
    (found.is_some(), hidden)
}
