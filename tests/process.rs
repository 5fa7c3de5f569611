//! Real programs, in an environment that does not depend on who starts the tests, and how.

use std::ffi::{OsStr, OsString};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

/// Permissions that new files do not get: those of group and others to write.
const UMASK: u32 = 0o022;

/// Signals that a parent may ignore: `nohup` and a shell's `&` do.
const SIGNALS: [i32; 11] = {
    use signal_hook::consts::*;
    [SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGCHLD, SIGTSTP, SIGTTIN, SIGTTOU]
};

/// Variables by which programs choose languages, time zones and settings of the person at the keyboard.
const PERSONAL: [&str; 12] = [
    "BASH_ENV",
    "CDPATH",
    "ENV",
    "LANG",
    "LANGUAGE",
    "MAKEFLAGS",
    "POSIXLY_CORRECT",
    "TAR_OPTIONS",
    "TZ",
    "XDG_CACHE_HOME",
    "XDG_CONFIG_HOME",
    "XDG_DATA_HOME",
];

/// A program of this machine: signals at their defaults, umask 022, standard input empty, the locale C, the time
/// zone UTC, and a home directory without settings. A package registry other than the usual one can be named by
/// variables, such as `NPM_CONFIG_REGISTRY` and `PIP_INDEX_URL`.
pub fn program(name: impl AsRef<OsStr>) -> Command {
    let mut command = with_own_home(name);
    command.env("HOME", empty_home());
    command
}

/// The same, with the home directory of who starts the tests: it says which Docker engine is asked.
pub(crate) fn with_own_home(name: impl AsRef<OsStr>) -> Command {
    isolate();
    let mut command = Command::new(name);
    for (name, _) in std::env::vars_os().filter(|(name, _)| is_personal(name)) {
        command.env_remove(name);
    }
    command.env("LC_ALL", "C").env("TZ", "UTC0").stdin(Stdio::null());
    command
}

fn is_personal(name: &OsString) -> bool {
    name.to_str().is_some_and(|name| PERSONAL.contains(&name) || name.starts_with("LC_"))
}

/// A home directory, empty at first, for all programs of one test program.
fn empty_home() -> &'static PathBuf {
    static HOME: OnceLock<PathBuf> = OnceLock::new();
    HOME.get_or_init(|| crate::folder(&format!("home-{}", std::process::id())))
}

/// Settings of this process that its children inherit, and that no `Command` can set.
pub(crate) fn isolate() {
    static DONE: OnceLock<()> = OnceLock::new();
    DONE.get_or_init(|| {
        rustix::process::umask(rustix::fs::Mode::from_raw_mode(UMASK));
        // Ignored signals stay ignored in a program that is started (execve(2)); those with a handler get their
        // default back. The handler does nothing, so that this process ignores them as before.
        for signal in SIGNALS.into_iter().filter(|signal| ignored() >> (signal - 1) & 1 == 1) {
            let flag = std::sync::Arc::new(AtomicBool::new(false));
            signal_hook::flag::register(signal, flag).expect("a signal that can have a handler");
        }
    });
}

/// The signals that this process ignores, as Linux tells it: bit `n - 1` for signal `n`; 0 elsewhere.
fn ignored() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0)
}
