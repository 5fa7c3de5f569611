//! `docker stop` and `docker kill`: which signals there are, and with which exit code a container ends.

use super::{Call, Docker, daemon_error, note};
use crate::host::containers::{Container, State};
use crate::shell::Shell;

impl Docker {
    pub(super) fn stop(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let signal = call.words.last("signal").map(str::to_string);
        self.each(shell, call, |shell, name, container| {
            if container.state.is_up() {
                container.state = State::Exited(code_after_stop(shell, container, signal.as_deref()));
            }
            shell.out(format!("{name}\n"));
            Ok(())
        })
    }

    pub(super) fn kill(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let signal = call.words.last("signal").unwrap_or("KILL").to_string();
        let major = self.lock().engine.major();
        let old = major < 23;
        let Some(number) = signal_number(&signal) else {
            let mut status = 0;
            for name in &call.words.operands {
                let start = if old { String::new() } else { format!("cannot kill container: {name}: ") };
                status = daemon_error(shell, &format!("{start}Invalid signal: {signal}"));
            }
            return status;
        };
        let missing = if old { "Cannot kill container" } else { "cannot kill container" };
        self.each_or(shell, call, missing, |shell, name, container| {
            if !container.state.is_up() {
                let id = &container.id;
                return Err(match major {
                    0..28 => format!("Cannot kill container: {name}: Container {id} is not running"),
                    _ => format!("cannot kill container: {name}: container {id} is not running"),
                });
            }
            match number {
                9 => container.state = State::Exited(137),
                // What a process does with another signal is its own affair.
                2 | 3 | 15 => container.state = State::Exited(code_after_stop(shell, container, Some(&signal))),
                _ => note(shell, "signal-not-followed", format!("{name}: {signal}")),
            }
            shell.out(format!("{name}\n"));
            Ok(())
        })
    }
}

/// The exit code of a container that `docker stop` ends: a process without a handler of its own is not ended by SIGTERM as
/// process 1, so it is killed in the end.
fn code_after_stop(shell: &mut Shell, container: &Container, signal: Option<&str>) -> i32 {
    note(shell, "stopped-as-by-kill", container.name.clone());
    match signal.and_then(signal_number) {
        Some(number) => 128 + number,
        None => 137,
    }
}

/// The number of a signal, by its name with or without SIG, or by its number (Linux on x86).
fn signal_number(signal: &str) -> Option<i32> {
    const NAMES: [&str; 31] = [
        "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM",
        "TERM", "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF",
        "WINCH", "IO", "PWR", "SYS",
    ];
    if let Ok(number) = signal.parse::<i32>() {
        return (1..=64).contains(&number).then_some(number);
    }
    let upper = signal.to_uppercase();
    let name = upper.strip_prefix("SIG").unwrap_or(&upper);
    NAMES.iter().position(|known| *known == name).and_then(|at| i32::try_from(at + 1).ok())
}
