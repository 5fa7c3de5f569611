//! Launching a program in a root: what the engine's runtime looks up, then the kernel, then the loader.

use crate::engine::{EngineProfile, RuntimeProfile};
use crate::exec::{Cause, Credentials, Missing, Outcome, Start, System, TraceStep, Verdict, Who};
use crate::fs::{Errno, Kind};
use crate::image::DEFAULT_PATH;

/// What is to be started, as an image's configuration says it.
#[derive(Clone, Copy, Debug)]
pub struct Process<'a> {
    /// Program and arguments.
    pub argv: &'a [String],
    /// `NAME=value`.
    pub env: &'a [String],
    /// The working directory.
    pub cwd: &'a str,
    /// `USER`: a name or number, either with `:group`; empty for root.
    pub user: &'a str,
}

/// How far a launch got.
#[derive(Clone, Debug)]
pub struct Launch {
    /// Whether control reaches the program.
    pub verdict: Verdict,
    /// What the engine's command exits with; nothing once the program decides.
    pub exit_code: Option<i32>,
    /// What the engine or the loader prints.
    pub stderr: String,
    /// Why it fails.
    pub cause: Option<Cause>,
    /// Why it is unknown: an id with words, and what.
    pub unknown: Option<(&'static str, String)>,
    /// Evidence, in order.
    pub trace: Vec<TraceStep>,
    /// All that is missing, in the order in which it is missed.
    pub missing: Vec<Missing>,
    /// What started, with the environment and the user it got.
    pub started: Option<(Outcome, Vec<String>, Credentials)>,
}

/// Who launches a program: whose look-up and whose words.
#[derive(Clone, Copy, Debug)]
pub enum Launcher<'a> {
    /// A container engine with its runtime.
    Engine(&'a EngineProfile),
    /// A runtime alone, as engines call it: `runc run` or `crun run`.
    Runtime(&'a RuntimeProfile),
    /// `chroot` of the GNU coreutils: nothing but the kernel and glibc's `execvp`.
    Chroot,
}

/// Launches a program.
pub fn launch(system: &System<'_>, process: &Process<'_>, launcher: Launcher<'_>) -> Launch {
    let mut launch = Launch {
        verdict: Verdict::Starts,
        exit_code: None,
        stderr: String::new(),
        cause: None,
        unknown: None,
        trace: Vec::new(),
        missing: Vec::new(),
        started: None,
    };
    match launcher {
        Launcher::Engine(engine) => launch.contained(system, process, &|refusal| engine_says(engine, refusal)),
        Launcher::Runtime(runtime) => launch.contained(system, process, &|refusal| runtime_says(runtime, refusal)),
        Launcher::Chroot => launch.chrooted(system, process),
    }
    launch
}

/// What the engine adds wherever its runtime says "not a directory" (moby, `daemon/start.go`).
const MOUNT_HINT: &str = "Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type";

/// Where a container's start was refused.
#[derive(Clone, Copy)]
enum Refusal<'a> {
    /// There is nothing to start.
    NoCommand,
    /// Nobody of that name.
    NoUser(&'a str),
    /// Before the start: not in PATH.
    NotInPath(&'a str),
    /// Before the start: a directory, or no bit of its mode allows execution.
    NoProgram { path: &'a str, is_dir: bool },
    /// Before the start: the path leads nowhere.
    Lookup(&'a str, Errno),
    /// The user may not execute it.
    NotPermitted(&'a str),
    /// `execve` failed inside the container.
    Exec(&'a str, Errno),
}

/// Words and exit code; `None` where nobody asks that question before the kernel does.
type Says<'a> = &'a dyn Fn(Refusal<'_>) -> Option<(String, i32)>;

fn engine_says(engine: &EngineProfile, refusal: Refusal<'_>) -> Option<(String, i32)> {
    let create_failed =
        |path: &str, reason: &str| engine.create_failed.replace("{path}", path).replace("{reason}", reason);
    Some(match refusal {
        Refusal::NoCommand => (engine.no_command.clone(), 125),
        Refusal::NoUser(user) => (engine.unknown_user.replace("{user}", user), 125),
        Refusal::NotInPath(path) => (create_failed(path, "executable file not found in $PATH"), 127),
        Refusal::NoProgram { path, .. } => (create_failed(path, "permission denied"), 126),
        Refusal::Lookup(path, errno) => {
            let words = create_failed(path, &format!("stat {path}: {}", errno.message().to_lowercase()));
            match errno {
                Errno::Eloop => (words, 125),
                // The engine takes it for a mount that does not fit (seen with 20.10.24).
                Errno::Enotdir => (words.replace(": unknown", &format!(": unknown: {MOUNT_HINT}")), 125),
                _ => (words, 127),
            }
        }
        Refusal::NotPermitted(path) => (engine.not_permitted.as_ref()?.replace("{path}", path), 126),
        Refusal::Exec(path, errno) => {
            let exec = &engine.missing_at_exec;
            let text = exec.text.replace("{path}", path).replace("{reason}", &errno.message().to_lowercase());
            (text, exec.exit_code)
        }
    })
}

fn runtime_says(runtime: &RuntimeProfile, refusal: Refusal<'_>) -> Option<(String, i32)> {
    let say = |text: &str, path: &str, reason: &str| {
        // crun begins a reason as the C library does, runc as Go does.
        let lower = reason.to_lowercase();
        (text.replace("{path}", path).replace("{reason}", &lower).replace("{Reason}", reason), runtime.exit_code)
    };
    Some(match refusal {
        Refusal::NoCommand => say(&runtime.no_command, "", ""),
        // A bundle names users by number: names are an engine's.
        Refusal::NoUser(_) => return None,
        Refusal::NotInPath(path) => say(&runtime.not_in_path, path, ""),
        Refusal::NoProgram { path, is_dir: true } => say(&runtime.is_directory, path, ""),
        Refusal::NoProgram { path, is_dir: false } => say(&runtime.not_allowed, path, Errno::Eacces.message()),
        Refusal::Lookup(path, Errno::Enoent) => say(&runtime.not_found, path, Errno::Enoent.message()),
        Refusal::Lookup(path, errno) => say(&runtime.lookup, path, errno.message()),
        Refusal::NotPermitted(path) => say(runtime.not_permitted.as_ref()?, path, Errno::Eacces.message()),
        Refusal::Exec(path, Errno::Enoent) => say(&runtime.exec_missing, path, Errno::Enoent.message()),
        Refusal::Exec(path, errno) => say(&runtime.exec, path, errno.message()),
    })
}

impl Launch {
    fn step(&mut self, code: &'static str, params: &[(&'static str, &str)], ok: bool) {
        self.trace.push(TraceStep::new(Who::Engine, code, params, ok));
    }

    fn refused(&mut self, cause: Cause, said: Option<(String, i32)>) {
        let (words, code) = said.unwrap_or_default();
        self.refuse(cause, &words, code);
    }

    fn refuse(&mut self, cause: Cause, words: &str, code: i32) {
        self.verdict = Verdict::Fails;
        self.cause = Some(cause);
        self.stderr = format!("{words}\n");
        self.exit_code = Some(code);
    }

    fn is_unknown(&mut self, code: &'static str, what: &str) {
        self.verdict = Verdict::Unknown;
        self.unknown = Some((code, what.to_string()));
    }

    fn misses(&mut self, kind: &'static str, name: &str) {
        self.missing.push(Missing { kind, name: name.to_string(), needed_by: String::new() });
    }

    /// `chroot ROOT PROGRAM`: no container, the caller's environment, and a shell for what is no program.
    fn chrooted(&mut self, system: &System<'_>, process: &Process<'_>) {
        let Some(program) = process.argv.first() else {
            return self.refuse(Cause::NothingToStart, "chroot: missing operand", 125);
        };
        let who = match Credentials::of(system.root(), process.user) {
            Ok(who) => who,
            Err(user) => {
                self.misses("user", &user);
                return self.refuse(Cause::UnknownUser { user }, "chroot: invalid user", 125);
            }
        };
        let start = Start { cwd: process.cwd, path: program, argv: process.argv, env: process.env, who: &who };
        // `execvp`: the first that is not missing or forbidden decides.
        let search = start.variable("PATH").unwrap_or("/bin:/usr/bin").to_string();
        let places: Vec<String> = match program.contains('/') {
            true => vec![program.clone()],
            false => {
                search.split(':').map(|dir| format!("{}/{program}", if dir.is_empty() { "." } else { dir })).collect()
            }
        };
        let mut last = None;
        for place in &places {
            let mut outcome = system.execve(Start { path: place, ..start });
            if outcome.errno == Some(Errno::Enoexec) {
                let script = ["/bin/sh".to_string(), place.clone()];
                let argv: Vec<String> = script.into_iter().chain(process.argv.iter().skip(1).cloned()).collect();
                outcome = system.execve(Start { path: "/bin/sh", argv: &argv, ..start });
            }
            let goes_on = matches!(outcome.errno, Some(Errno::Enoent | Errno::Enotdir | Errno::Eacces));
            let forbidden = last.as_ref().is_some_and(|known: &Outcome| known.errno == Some(Errno::Eacces));
            if !(goes_on && forbidden) {
                last = Some(outcome);
            }
            if !goes_on {
                break;
            }
        }
        let Some(outcome) = last else { return };
        let words = |errno: Errno| format!("chroot: failed to run command '{program}': {}\n", errno.message());
        let code = |errno: Errno| if errno == Errno::Enoent { 127 } else { 126 };
        self.ended(outcome, &words, &code, process.env, who);
    }

    fn contained(&mut self, system: &System<'_>, process: &Process<'_>, says: Says<'_>) {
        let Some(program) = process.argv.first() else {
            self.step("read-config", &[("command", "")], false);
            return self.refused(Cause::NothingToStart, says(Refusal::NoCommand));
        };
        self.step("read-config", &[("command", &process.argv.join(" "))], true);
        let who = match Credentials::of(system.root(), process.user) {
            Ok(who) => who,
            Err(user) if !system.root().is_listed_in_full() => {
                self.step("find-user", &[("user", &user)], false);
                return self.is_unknown("unlisted-user", &user);
            }
            Err(user) => {
                self.step("find-user", &[("user", &user)], false);
                self.misses("user", &user);
                return match says(Refusal::NoUser(&user)) {
                    None => self.is_unknown("unlisted-user", &user),
                    said => self.refused(Cause::UnknownUser { user }, said),
                };
            }
        };
        let mut env = process.env.to_vec();
        let is_set = |name: &str| process.env.iter().any(|pair| pair.split('=').next() == Some(name));
        if !is_set("PATH") {
            env.push(format!("PATH={DEFAULT_PATH}"));
        }
        if !is_set("HOME") {
            env.push(format!("HOME={}", who.home(system.root())));
        }
        let start = Start { cwd: process.cwd, path: program, argv: process.argv, env: &env, who: &who };
        let Some(place) = self.look_up(system, &start, says) else {
            return;
        };
        if let Some(said) = says(Refusal::NotPermitted(&place))
            && let Ok((real, node)) = system.look_up(&start, &place)
            && !who.may(&node, 1)
        {
            let mode = format!("{:04o}", node.mode);
            self.step("check-mode", &[("path", &real), ("mode", &mode)], false);
            return self.refused(Cause::PermissionDenied { path: real, mode }, Some(said));
        }
        let outcome = system.execve(Start { path: &place, ..start });
        let said = |errno: Errno| says(Refusal::Exec(&place, errno)).unwrap_or_default();
        self.ended(outcome, &|errno| format!("{}\n", said(errno).0), &|errno| said(errno).1, &env, who);
    }

    /// What came of execve: the program started, execve failed, or the process ended before.
    fn ended(
        &mut self,
        outcome: Outcome,
        words: &dyn Fn(Errno) -> String,
        code: &dyn Fn(Errno) -> i32,
        env: &[String],
        who: Credentials,
    ) {
        self.trace.extend(outcome.trace.iter().cloned());
        self.missing.extend(outcome.missing.iter().cloned());
        self.verdict = outcome.verdict;
        match outcome.verdict {
            Verdict::Unknown => self.unknown = outcome.unknown,
            Verdict::Starts => {
                self.stderr.clone_from(&outcome.warnings);
                self.started = Some((outcome, env.to_vec(), who));
            }
            Verdict::Fails => {
                self.cause = outcome.cause;
                if let Some((code, words)) = outcome.loader {
                    (self.stderr, self.exit_code) = (words, Some(code));
                } else if let Some(errno) = outcome.errno {
                    (self.stderr, self.exit_code) = (words(errno), Some(code(errno)));
                }
            }
        }
    }

    /// runc looks the program up before the container's process becomes it, as root.
    fn look_up(&mut self, system: &System<'_>, start: &Start<'_>, says: Says<'_>) -> Option<String> {
        let program = start.path;
        let root = Credentials::default();
        let as_root = Start { who: &root, ..*start };
        let hides = |place: &str| system.root().may_hide(&crate::fs::path::join(start.cwd, place));
        if !program.contains('/') {
            let search = start.variable("PATH").unwrap_or(DEFAULT_PATH).to_string();
            let mut hidden = false;
            for directory in search.split(':').filter(|directory| !directory.is_empty()) {
                let place = format!("{}/{program}", directory.trim_end_matches('/'));
                match system.look_up(&as_root, &place) {
                    Ok((_, node)) if !node.is_dir() && node.mode & 0o111 != 0 => {
                        self.step("search-path", &[("program", program), ("path", &place)], true);
                        return Some(place);
                    }
                    Ok(_) => {}
                    Err(_) => hidden |= hides(&place),
                }
            }
            self.step("search-path", &[("program", program), ("path", &search)], false);
            if hidden {
                self.is_unknown("unlisted-file", program);
            } else {
                self.misses("program", program);
                let cause = Cause::NotFound { path: program.to_string(), in_path: true };
                self.refused(cause, says(Refusal::NotInPath(program)));
            }
            return None;
        }
        match system.look_up(&as_root, program) {
            Ok((real, node)) => {
                let mode = format!("{:04o}", node.mode);
                if node.is_dir() || node.mode & 0o111 == 0 {
                    self.step("find-program", &[("path", program), ("mode", &mode)], false);
                    let said = says(Refusal::NoProgram { path: program, is_dir: node.is_dir() });
                    let cause = match node.kind {
                        Kind::Dir { .. } => Cause::IsDirectory { path: real },
                        _ => Cause::PermissionDenied { path: real, mode },
                    };
                    self.refused(cause, said);
                    return None;
                }
                self.step("find-program", &[("path", program), ("mode", &mode)], true);
                Some(program.to_string())
            }
            Err(Errno::Enoent) if hides(program) => {
                self.step("find-program-unlisted", &[("path", program)], false);
                self.is_unknown("unlisted-file", program);
                None
            }
            Err(errno) => {
                self.step("find-program", &[("path", program), ("mode", "")], false);
                let cause = match errno {
                    Errno::Eloop => Cause::SymlinkLoop { path: program.to_string() },
                    _ => Cause::NotFound { path: program.to_string(), in_path: false },
                };
                if errno != Errno::Eloop {
                    self.misses("program", program);
                }
                self.refused(cause, says(Refusal::Lookup(program, errno)));
                None
            }
        }
    }
}
