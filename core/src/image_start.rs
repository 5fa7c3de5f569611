//! Starts an image: launches its command and simulates the behaviour of the program.

use crate::commands::interpreters::unknown_main_file;
use crate::elf::Machine;
use crate::engine::EngineProfile;
use crate::exec::{Cause, Credentials, Outcome, System, TraceStep, Verdict};
use crate::fs::{Change, Node, Tree};
use crate::image::{Image, Layer, UNLISTED_LIBRARIES};
use crate::process_launch::{Launcher, Process, launch};
use crate::shell::{Behaviour, Gap, KnownFailure, OpenedShell, SleepLimit, Stream};
use std::sync::Arc;

/// The result of a start.
#[derive(Clone, Debug)]
pub struct Run {
    /// Whether control reaches the program and it does not end at once with an error.
    pub verdict: Verdict,
    /// The exit code of `docker run`; `None` while the program runs, or if it is not known.
    pub exit_code: Option<i32>,
    /// The standard output.
    pub stdout: String,
    /// The error output of the program or the engine.
    pub stderr: String,
    /// Why the start fails.
    pub cause: Option<Cause>,
    /// Why the result is unknown: a message id, and what is not known.
    pub unknown: Option<(&'static str, String)>,
    /// What a start was taken for granted of: as in `unknown`.
    pub assumed: Vec<(&'static str, String)>,
    /// The steps, in order.
    pub trace: Vec<TraceStep>,
    /// Parts of its behaviour that are not modelled.
    pub gaps: Vec<Gap>,
    /// Whether the program keeps running as a server.
    pub serves: bool,
    /// The command.
    pub argv: Vec<String>,
    /// The file system after the start.
    pub tree: Tree,
    /// The program that started, with its ELF tables.
    pub started: Option<Outcome>,
    /// The main file that an interpreter was started with, if what it holds is not known: as in `unknown`.
    pub unknown_main_file: Option<(&'static str, String)>,
}

/// The command of an image: its ENTRYPOINT, followed by `args` or else its CMD.
pub fn command(image: &Image, args: &[String]) -> Vec<String> {
    let config = &image.config;
    let mut argv = config.entrypoint.clone().unwrap_or_default();
    if args.is_empty() {
        argv.extend(config.cmd.clone().unwrap_or_default());
    } else {
        argv.extend(args.iter().cloned());
    }
    argv
}

/// What a container is started with beside its configuration.
#[derive(Clone, Debug, Default)]
pub struct Attached {
    /// The bytes of standard input.
    pub stdin: Vec<u8>,
    /// Whether standard input is a terminal, at which a shell without a script waits.
    pub terminal: bool,
    /// The host name; empty if it is not known.
    pub hostname: String,
    /// How long it may sleep before it counts as running on.
    pub sleep_limit: Option<SleepLimit>,
}

/// A start with what was attached to it.
#[derive(Clone, Debug)]
pub struct AttachedRun {
    /// The start.
    pub run: Run,
    /// What it printed, in order.
    pub output: Vec<(Stream, Vec<u8>)>,
    /// The shell that waits at the terminal.
    pub opened: Option<OpenedShell>,
}

/// Starts an image under an engine.
pub fn start(image: &Image, args: &[String], engine: &EngineProfile) -> Run {
    start_attached(image, args, engine, &Attached::default()).run
}

/// Starts an image under an engine, with a standard input.
pub fn start_attached(image: &Image, args: &[String], engine: &EngineProfile, attached: &Attached) -> AttachedRun {
    let config = &image.config;
    let argv = command(image, args);
    let system = System::new(&image.tree, Machine::X86_64);
    let cwd = config.directory();
    let process = Process { argv: &argv, env: &config.env, cwd: &cwd, user: &config.user };
    let launch = launch(&system, &process, Launcher::Engine(engine));
    let mut run = Run {
        verdict: launch.verdict,
        exit_code: launch.exit_code,
        stdout: String::new(),
        stderr: launch.stderr,
        cause: launch.cause,
        unknown: launch.unknown,
        assumed: Vec::new(),
        trace: launch.trace,
        gaps: Vec::new(),
        serves: false,
        argv: argv.clone(),
        tree: image.tree.clone(),
        started: None,
        unknown_main_file: None,
    };
    let (mut output, mut opened) = (Vec::new(), None);
    if let Some((outcome, env, who)) = launch.started {
        match Behaviour::of(&outcome) {
            Some(behaviour) => run.apply_behaviour(&behaviour, argv.first().map_or("", String::as_str)),
            None => (output, opened) = run.interpret(image, process.cwd, &env, who, attached),
        }
        run.started = Some(outcome);
    }
    run.respect_unknown_configuration(image);
    run.respect_unlisted_libraries(image);
    if output.is_empty() {
        let streams = [(Stream::Stdout, &run.stdout), (Stream::Stderr, &run.stderr)];
        let streams = streams.into_iter().filter(|(_, text)| !text.is_empty());
        output = streams.map(|(stream, text)| (stream, text.as_bytes().to_vec())).collect();
    }
    AttachedRun { run, output, opened }
}

impl Run {
    /// An image of which the configuration is not known may have an entrypoint: nothing that its lack would mean is
    /// concluded.
    fn respect_unknown_configuration(&mut self, image: &Image) {
        let base = image.base.as_ref().filter(|facts| !facts.config_known);
        if let Some(base) = base.filter(|_| image.config.entrypoint.is_none() && self.verdict == Verdict::Fails) {
            self.verdict = Verdict::Unknown;
            self.unknown = Some(("unlisted-configuration", base.reference()));
            (self.cause, self.exit_code, self.stderr) = (None, None, String::new());
        }
    }

    /// A program of a base image starts there. Copied to another image, it may lack a library that the catalogue does not
    /// list.
    fn respect_unlisted_libraries(&mut self, image: &Image) {
        let Some(started) = self.started.as_ref().filter(|_| self.verdict == Verdict::Starts) else { return };
        let program = started.program.clone();
        let is_listed =
            |node: &Node| node.content().is_none_or(|content| content.basis.as_deref() != Some(UNLISTED_LIBRARIES));
        if image.tree.get(&program).is_none_or(is_listed) {
            return;
        }
        // What comes together with its loader comes with its libraries.
        let loader = started.elf.as_ref().and_then(|elf| elf.interpreter.clone()).unwrap_or_default();
        let adds = |layer: &Layer, path: &str| {
            layer.entries.iter().any(|entry| *entry.path == *path && entry.change == Change::Added)
        };
        let loader = image.tree.stat("/", &loader).map_or(loader, |(place, _)| place.to_string());
        let is_copied =
            |layer: &Arc<Layer>| layer.created_by.contains("COPY ") && adds(layer, &program) && !adds(layer, &loader);
        if image.layers.iter().any(is_copied) {
            self.verdict = Verdict::Unknown;
            self.unknown = Some(("unlisted-needs", program));
        }
    }

    /// Takes for granted what only our data leaves open, as for a build whose files are assumed: that a program which a
    /// step without a model may have made is there, and that a file which is not at hand is what it should be.
    pub(crate) fn assume(&mut self) {
        const ASSUMED: [&str; 7] = [
            "unlisted-file",
            "unlisted-user",
            "unlisted-library",
            "unlisted-configuration",
            "unknown-content",
            "assumed-linking",
            "unlisted-needs",
        ];
        let open = self.unknown.take_if(|(code, _)| ASSUMED.contains(code));
        if let Some(open) = open.filter(|_| self.verdict == Verdict::Unknown) {
            self.assumed.push(open);
            self.verdict = Verdict::Starts;
        }
        if self.verdict == Verdict::Starts && self.assumed.is_empty() {
            let made_of_unknown_sources =
                |started: &&Outcome| started.elf.as_ref().is_some_and(|elf| elf.linking_assumed);
            let started = self.started.as_ref().filter(made_of_unknown_sources);
            let program = started.map(|started| ("unknown-content", started.program.clone()));
            self.assumed.extend(program.or(self.unknown_main_file.take()));
        }
    }

    fn apply_behaviour(&mut self, behaviour: &Behaviour, program: &str) {
        self.stdout = behaviour.stdout.clone();
        self.serves = behaviour.serves;
        if !behaviour.known {
            self.gaps.push(Gap { code: "unmodelled-program", what: program.to_string() });
        } else if !behaviour.serves {
            self.ends(behaviour.exit_code, None);
        }
    }

    /// Notes that the command ends at once. An exit code other than 0 is a failed start.
    fn ends(&mut self, status: i32, failure: Option<KnownFailure>) {
        self.exit_code = Some(status);
        if status != 0 {
            self.verdict = Verdict::Fails;
            let command = self.argv.join(" ");
            self.cause = Some(failure.map_or(Cause::ExitsWithError { command, code: status }, |failure| failure.cause));
        }
    }

    /// Runs a program that has a model: a shell with its script, `echo` and others.
    fn interpret(
        &mut self,
        image: &Image,
        cwd: &str,
        env: &[String],
        who: Credentials,
        attached: &Attached,
    ) -> (Vec<(Stream, Vec<u8>)>, Option<OpenedShell>) {
        let mut tree = image.tree.clone();
        tree.mount_default_filesystems();
        let mut shell = crate::command_table::new_shell(tree, cwd, env, who, Machine::X86_64);
        shell.set_input(attached.stdin.clone());
        if attached.terminal {
            shell.attach_terminal();
        }
        if let Some(limit) = attached.sleep_limit {
            shell.limit_sleep(limit);
        }
        if !attached.hostname.is_empty() {
            shell.hostname = Some(attached.hostname.clone());
        }
        let status = shell.run_argv(&self.argv.clone());
        self.stdout = shell.printed(Stream::Stdout);
        self.stderr = shell.printed(Stream::Stderr);
        self.serves = shell.gaps.iter().any(|gap| gap.code == "never-ends");
        self.gaps = shell.gaps.iter().filter(|gap| gap.code != "never-ends").cloned().collect();
        let failure = shell.failure.take().filter(|failure| failure.status == status && status != 0);
        let refused = shell.refused.take().filter(|_| status != 0);
        // A known failure ends the command; only its words are not known in full.
        let leaves_code_known = |gap: &Gap| match gap.code {
            "ignored-failure" => true,
            "unknown-log" => failure.is_some() || refused.is_some(),
            _ => false,
        };
        let is_known = self.gaps.iter().all(leaves_code_known) && !self.serves;
        // The name of a program decides whether it is found; its words, whether it finds its main file.
        let words = match failure.as_ref().map(|failure| &failure.cause) {
            Some(Cause::MainFileMissing { .. }) => usize::MAX,
            _ if failure.is_none() && refused.is_none() => 2,
            _ => 1,
        };
        let is_certain = status != 0 && !self.serves && shell.fails_for_certain(words);
        let is_known = is_known || is_certain;
        let has_cause = failure.is_some() || refused.is_some();
        if let Some(refused) = &refused {
            self.trace.extend(refused.trace.iter().cloned());
        }
        if let Some(program) = shell.unlisted_command.take().filter(|_| refused.is_none()) {
            self.verdict = Verdict::Unknown;
            self.unknown = Some(("unlisted-file", program));
        } else if has_cause && !is_known && shell.may_go_another_way() {
            self.verdict = Verdict::Unknown;
            self.unknown = Some(("uncertain-script", self.argv.join(" ")));
        } else if has_cause {
            // If the only program of a shell does not start, the start counts as failed.
            self.exit_code = is_known.then_some(status);
            self.verdict = Verdict::Fails;
            self.cause = match refused {
                Some(refused) => refused.cause.clone(),
                None => failure.map(|failure| failure.cause),
            };
        } else if is_known {
            self.ends(status, failure);
        }
        let main_file = shell.called.iter().rev().find_map(|argv| unknown_main_file(&shell, argv));
        self.unknown_main_file =
            main_file.map(|(path, is_listed)| (if is_listed { "unknown-content" } else { "unlisted-file" }, path));
        self.tree = shell.fs.clone();
        self.tree.unmount_default_filesystems(&image.tree);
        (std::mem::take(&mut shell.output), shell.take_opened())
    }
}
