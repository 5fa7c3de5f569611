//! Starting an image: what the engine's runtime looks up, then the kernel, then the loader.

use crate::build::{credentials, doubtful_credentials, user_home};
use crate::elf::Machine;
use crate::engine::EngineProfile;
use crate::exec::{self, Cause, Outcome, TraceStep, Verdict, Who};
use crate::fs::{Errno, Tree};
use crate::image::{DEFAULT_PATH, Image};
use crate::shell::{Behaviour, Gap, Shell, Stream};

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
    let argv = command(image, args);
    let mut run = Run {
        verdict: Verdict::Starts,
        exit_code: None,
        stdout: String::new(),
        stderr: String::new(),
        cause: None,
        unknown: None,
        trace: Vec::new(),
        gaps: Vec::new(),
        serves: false,
        argv: argv.clone(),
        tree: image.tree.clone(),
    };
    let Some(program) = argv.first().filter(|word| !word.is_empty()) else {
        run.step("read-config", &[("command", "")], false);
        run.refuse(Cause::NothingToStart, &engine.no_command, 125);
        return run;
    };
    run.step("read-config", &[("command", &argv.join(" "))], true);
    let config = &image.config;
    let who = match credentials(&image.tree, &config.user) {
        Ok(who) => who,
        Err(user) if doubtful_credentials(&image.tree, &user).is_some() => {
            run.step("find-user", &[("user", &user)], false);
            run.verdict = Verdict::Unknown;
            run.unknown = Some(("unlisted-user", user));
            return run;
        }
        Err(user) => {
            run.step("find-user", &[("user", &user)], false);
            let words = engine.unknown_user.replace("{user}", &user);
            run.refuse(Cause::UnknownUser { user }, &words, 125);
            return run;
        }
    };
    let mut env = config.env.clone();
    if config.env_value("PATH").is_none() {
        env.push(format!("PATH={DEFAULT_PATH}"));
    }
    if config.env_value("HOME").is_none() {
        env.push(format!("HOME={}", user_home(&image.tree, who)));
    }
    let cwd = if config.working_dir.is_empty() { "/" } else { &config.working_dir };
    let place = match look_up(&mut run, image, cwd, program, engine) {
        Some(place) => place,
        None => return run,
    };
    if let Some((words, (real, node))) = engine.not_permitted.as_ref().zip(image.tree.stat(cwd, &place).ok())
        && !node.allows(who.uid, who.gid, 1)
    {
        let mode = format!("{:04o}", node.mode);
        run.step("check-mode", &[("path", &real), ("mode", &mode)], false);
        run.refuse(Cause::PermissionDenied { path: real, mode }, &words.replace("{path}", &place), 126);
        return run;
    }
    let outcome = exec::execve(&image.tree, cwd, &place, &argv, &env, who, Machine::X86_64);
    run.trace.extend(outcome.trace.iter().cloned());
    match outcome.verdict {
        Verdict::Fails => run.failed(&place, &outcome, engine),
        Verdict::Unknown => {
            run.verdict = Verdict::Unknown;
            run.unknown = outcome.unknown;
        }
        Verdict::Starts => match Behaviour::of(&outcome) {
            Some(does) => run.behaves(&does, program),
            None => run.interpret(image, cwd, &env, who, &argv),
        },
    }
    run
}

/// runc looks the program up before the container's process becomes it.
fn look_up(run: &mut Run, image: &Image, cwd: &str, program: &str, engine: &EngineProfile) -> Option<String> {
    let tree = &image.tree;
    let create_failed = |reason: &str| engine.create_failed.replace("{path}", program).replace("{reason}", reason);
    if !program.contains('/') {
        let search = image.config.env_value("PATH").unwrap_or(DEFAULT_PATH).to_string();
        let mut hidden = false;
        for directory in search.split(':').filter(|directory| !directory.is_empty()) {
            let place = format!("{}/{program}", directory.trim_end_matches('/'));
            match tree.stat(cwd, &place) {
                Ok((_, node)) if !node.is_dir() && node.mode & 0o111 != 0 => {
                    run.step("search-path", &[("program", program), ("path", &place)], true);
                    return Some(place);
                }
                _ => hidden |= tree.may_hide(cwd, &place),
            }
        }
        run.step("search-path", &[("program", program), ("path", &search)], false);
        if hidden {
            run.verdict = Verdict::Unknown;
            run.unknown = Some(("unlisted-file", program.to_string()));
        } else {
            let cause = Cause::NotFound { path: program.to_string(), in_path: true };
            run.refuse(cause, &create_failed("executable file not found in $PATH"), 127);
        }
        return None;
    }
    match tree.stat(cwd, program) {
        Ok((real, node)) => {
            if node.is_dir() || node.mode & 0o111 == 0 {
                let mode = format!("{:04o}", node.mode);
                run.step("find-program", &[("path", program), ("mode", &mode)], false);
                let cause = if node.is_dir() {
                    Cause::IsDirectory { path: real }
                } else {
                    Cause::PermissionDenied { path: real, mode }
                };
                run.refuse(cause, &create_failed("permission denied"), 126);
                return None;
            }
            run.step("find-program", &[("path", program), ("mode", &format!("{:04o}", node.mode))], true);
            Some(program.to_string())
        }
        Err(_) if tree.may_hide(cwd, program) => {
            run.step("find-program-unlisted", &[("path", program)], false);
            run.verdict = Verdict::Unknown;
            run.unknown = Some(("unlisted-file", program.to_string()));
            None
        }
        Err(error) => {
            run.step("find-program", &[("path", program), ("mode", "")], false);
            let (cause, code) = match error.errno {
                Errno::Eloop => (Cause::SymlinkLoop { path: program.to_string() }, 125),
                _ => (Cause::NotFound { path: program.to_string(), in_path: false }, 127),
            };
            let reason = format!("stat {program}: {}", error.errno.message().to_lowercase());
            run.refuse(cause, &create_failed(&reason), code);
            None
        }
    }
}

impl Run {
    fn step(&mut self, code: &'static str, params: &[(&'static str, &str)], ok: bool) {
        self.trace.push(TraceStep::new(Who::Engine, code, params, ok));
    }

    fn refuse(&mut self, cause: Cause, words: &str, code: i32) {
        self.verdict = Verdict::Fails;
        self.cause = Some(cause);
        self.stderr = format!("{words}\n");
        self.exit_code = Some(code);
    }

    /// execve failed inside the container, or a loader gave up.
    fn failed(&mut self, place: &str, outcome: &Outcome, engine: &EngineProfile) {
        self.verdict = Verdict::Fails;
        self.cause = outcome.cause.clone();
        if let Some((code, words)) = &outcome.loader {
            self.stderr = words.clone();
            self.exit_code = Some(*code);
            return;
        }
        let reason = outcome.errno.map_or("", Errno::message).to_lowercase();
        self.stderr =
            format!("{}\n", engine.missing_at_exec.text.replace("{path}", place).replace("{reason}", &reason));
        self.exit_code = Some(engine.missing_at_exec.exit_code);
    }

    fn behaves(&mut self, does: &Behaviour, program: &str) {
        self.stdout = does.stdout.clone();
        self.serves = does.serves;
        self.exit_code = (!does.serves && does.known).then_some(does.exit_code);
        if !does.known {
            self.gaps.push(Gap { code: "unmodelled-program", what: program.to_string() });
        }
    }

    /// A program that has a model here: a shell with its script, `echo` and the like.
    fn interpret(&mut self, image: &Image, cwd: &str, env: &[String], who: exec::Credentials, argv: &[String]) {
        let mut shell = Shell::new(image.tree.clone(), cwd, env, who, Machine::X86_64);
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
