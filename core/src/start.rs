//! Starting an image: its command is launched, and what starts does what it is known to do.

use crate::elf::Machine;
use crate::engine::EngineProfile;
use crate::exec::{Cause, Credentials, Outcome, System, TraceStep, Verdict};
use crate::fs::Tree;
use crate::image::Image;
use crate::launch::{Launcher, Process, launch};
use crate::shell::{Behaviour, Gap, Stream};

/// How a start went.
#[derive(Clone, Debug)]
pub struct Run {
    /// Whether control reaches the program.
    pub verdict: Verdict,
    /// What `docker run` exits with; `None` while the program goes on, or when not known.
    pub exit_code: Option<i32>,
    /// What it prints.
    pub stdout: String,
    /// What it, or the engine, prints as errors.
    pub stderr: String,
    /// Why it fails.
    pub cause: Option<Cause>,
    /// Why it is unknown: an id with words, and what.
    pub unknown: Option<(&'static str, String)>,
    /// Evidence, in order.
    pub trace: Vec<TraceStep>,
    /// What is not modelled of what it does.
    pub gaps: Vec<Gap>,
    /// The program goes on serving.
    pub serves: bool,
    /// The command started.
    pub argv: Vec<String>,
    /// The file system afterwards.
    pub tree: Tree,
    /// The program that started, with its ELF tables.
    pub started: Option<Outcome>,
}

/// The words that an image starts: its entrypoint, then arguments or its command.
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

/// Starts an image under an engine.
pub fn start(image: &Image, args: &[String], engine: &EngineProfile) -> Run {
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
        trace: launch.trace,
        gaps: Vec::new(),
        serves: false,
        argv: argv.clone(),
        tree: image.tree.clone(),
        started: None,
    };
    if let Some((outcome, env, who)) = launch.started {
        match Behaviour::of(&outcome) {
            Some(does) => run.behaves(&does, argv.first().map_or("", String::as_str)),
            None => run.interpret(image, process.cwd, &env, who, &argv),
        }
        run.started = Some(outcome);
    }
    run
}

impl Run {
    fn behaves(&mut self, does: &Behaviour, program: &str) {
        self.stdout = does.stdout.clone();
        self.serves = does.serves;
        self.exit_code = (!does.serves && does.known).then_some(does.exit_code);
        if !does.known {
            self.gaps.push(Gap { code: "unmodelled-program", what: program.to_string() });
        }
    }

    /// A program that has a model here: a shell with its script, `echo` and the like.
    fn interpret(&mut self, image: &Image, cwd: &str, env: &[String], who: Credentials, argv: &[String]) {
        let mut shell = crate::command_table::new_shell(image.tree.clone(), cwd, env, who, Machine::X86_64);
        let status = shell.run_argv(argv);
        self.stdout = shell.printed(Stream::Stdout);
        self.stderr = shell.printed(Stream::Stderr);
        self.serves = shell.gaps.iter().any(|gap| gap.code == "never-ends");
        self.gaps = shell.gaps.iter().filter(|gap| gap.code != "never-ends").cloned().collect();
        self.exit_code = (self.gaps.is_empty() && !self.serves).then_some(status);
        // A shell that started and whose only program did not is no success to anybody.
        if let Some(refused) = shell.refused.take().filter(|_| status != 0) {
            self.trace.extend(refused.trace.iter().cloned());
            self.verdict = Verdict::Fails;
            self.cause = refused.cause.clone();
        }
        self.tree = shell.fs;
    }
}
