//! Messages and exit codes (125, 126, 127) of engines and runtimes for a program that does not start.

use crate::engine::{EngineProfile, RuntimeProfile};
use crate::fs::Errno;

/// The hint that the engine appends to each "not a directory" of its runtime (moby, `daemon/start.go`).
const MOUNT_HINT: &str = "Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type";

/// Why the start of a container is refused.
#[derive(Clone, Copy)]
pub(super) enum Refusal<'a> {
    /// The image has no command.
    NoCommand,
    /// The user does not exist.
    NoUser(&'a str),
    /// Before the start: the program is not in PATH.
    NotInPath(&'a str),
    /// Before the start: the path is a directory, or its mode has no execute bit.
    NoProgram { path: &'a str, is_dir: bool },
    /// Before the start: the path cannot be resolved.
    Lookup(&'a str, Errno),
    /// The user has no permission to execute the program.
    NotPermitted(&'a str),
    /// `execve` failed inside the container.
    Exec(&'a str, Errno),
}

/// The message and the exit code of a refusal; `None` if the launcher does not check it before the kernel does.
pub(super) type Refuse<'a> = &'a dyn Fn(Refusal<'_>) -> Option<(String, i32)>;

/// The message and the exit code of an engine.
pub(super) fn of_engine(engine: &EngineProfile, refusal: Refusal<'_>) -> Option<(String, i32)> {
    let create_failed =
        |path: &str, reason: &str| engine.create_failed.replace("{path}", path).replace("{reason}", reason);
    Some(match refusal {
        Refusal::NoCommand => (engine.no_command.clone(), 125),
        Refusal::NoUser(user) => (engine.unknown_user.replace("{user}", user), 125),
        Refusal::NotInPath(path) => (create_failed(path, "executable file not found in $PATH"), 127),
        Refusal::NoProgram { path, .. } => (create_failed(path, "permission denied"), 126),
        Refusal::Lookup(path, errno) => {
            let message = create_failed(path, &format!("stat {path}: {}", errno.message().to_lowercase()));
            match errno {
                Errno::Eloop => (message, 125),
                // The engine assumes a mount of the wrong type (seen with 20.10.24).
                Errno::Enotdir => (message.replace(": unknown", &format!(": unknown: {MOUNT_HINT}")), 125),
                _ => (message, 127),
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

/// The message and the exit code of a runtime without an engine.
pub(super) fn of_runtime(runtime: &RuntimeProfile, refusal: Refusal<'_>) -> Option<(String, i32)> {
    let say = |text: &str, path: &str, reason: &str| {
        // crun writes a reason in upper case as the C library does, runc in lower case as Go does.
        let lower = reason.to_lowercase();
        (text.replace("{path}", path).replace("{reason}", &lower).replace("{Reason}", reason), runtime.exit_code)
    };
    Some(match refusal {
        Refusal::NoCommand => say(&runtime.no_command, "", ""),
        // A bundle names users by number; only engines resolve names.
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
