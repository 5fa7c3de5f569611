//! Whether a container still runs after its program was started: whether `docker ps` shows it as up, or as exited and
//! with which code.

use crate::exec::Verdict;
use crate::fs::path;
use crate::host::containers::State;
use crate::image_start::AttachedRun;
use crate::shell::SleepLimit;

/// How long a container in the background may sleep before it is taken to run on, in seconds.
const DETACHED_SLEEP: f64 = 9.0;
/// How often a container may sleep before it is taken to run on.
const MAX_SLEEPS: u32 = 20;

/// What is known of a process after it was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// The engine refused to start it.
    Refused(i32),
    /// It ended with an exit code.
    Ended(i32),
    /// It runs on.
    RunsOn,
    /// It started, and what it does then is not known.
    NotKnown,
    /// A shell waits at the terminal.
    Opened,
}

/// How long the program of a container may sleep before it is taken to run on.
pub(super) fn sleep_limit(detached: bool) -> SleepLimit {
    let seconds = if detached { DETACHED_SLEEP } else { f64::MAX };
    SleepLimit { seconds, times: MAX_SLEEPS }
}

pub(super) fn fate(attached: &AttachedRun) -> Fate {
    let run = &attached.run;
    if attached.opened.is_some() {
        return Fate::Opened;
    }
    if run.serves {
        return Fate::RunsOn;
    }
    match run.exit_code {
        Some(code) if run.started.is_none() && matches!(code, 125..=127) => Fate::Refused(code),
        Some(code) => Fate::Ended(code),
        None if run.verdict == Verdict::Fails => Fate::Ended(1),
        None => Fate::NotKnown,
    }
}

/// Whether a container is up after its program was started. A shell that nobody is attached to waits; a server goes on; of
/// other programs that is taken to be so where the container is started to stay: in the background, or with an exposed port.
pub(super) fn keeps_running(fate: Fate, detached: bool, exposes: bool) -> bool {
    matches!(fate, Fate::RunsOn | Fate::Opened) || fate == Fate::NotKnown && (detached || exposes)
}

/// The state of a container after its process was started.
pub(super) fn state_after(fate: Fate, keeps_running: bool) -> State {
    match fate {
        Fate::Refused(_) => State::Created,
        Fate::Ended(code) => State::Exited(code),
        Fate::RunsOn | Fate::Opened => State::Running,
        Fate::NotKnown if keeps_running => State::Running,
        Fate::NotKnown => State::Exited(0),
    }
}

/// Whether a command is an interpreter or a client that reads what a person types.
pub(super) fn waits_for_input(command: &[String]) -> bool {
    const PROGRAMS: [&str; 18] = [
        "R",
        "elixir",
        "erl",
        "ghci",
        "iex",
        "irb",
        "jshell",
        "julia",
        "lua",
        "mongosh",
        "mysql",
        "node",
        "perl",
        "psql",
        "pypy3",
        "redis-cli",
        "scala",
        "swipl",
    ];
    let last = command.last().map_or("", |word| path::file_name(word));
    PROGRAMS.contains(&last) || last.starts_with("python")
}
