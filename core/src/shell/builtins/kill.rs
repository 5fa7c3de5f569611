//! `kill`: signals to the shell itself, and the names of signals by their numbers.

use super::eval::run_in_current_shell;
use crate::shell::Shell;
use crate::shell::subshell::OWN_PROCESS;

/// The name of a signal, by its name or number.
pub(super) fn signal_name(word: &str) -> String {
    let word = word.trim_start_matches("SIG");
    match word {
        "1" => "HUP",
        "2" => "INT",
        "3" => "QUIT",
        "9" => "KILL",
        "15" => "TERM",
        other => other,
    }
    .to_string()
}

/// `kill [-SIGNAL] PID…`. The only processes are the shell itself and its background jobs, which have ended.
pub(crate) fn kill(shell: &mut Shell, argv: &[String]) -> i32 {
    let (mut signal, mut words) = ("TERM".to_string(), argv.get(1..).unwrap_or(&[]));
    while let Some((word, rest)) = words.split_first().filter(|(word, _)| word.starts_with('-') && word.len() > 1) {
        words = rest;
        match word.as_str() {
            "--" => break,
            "-s" | "-n" => {
                signal = rest.first().cloned().unwrap_or(signal);
                words = rest.get(1..).unwrap_or(&[]);
            }
            "-l" | "-L" => {
                shell.gap("unknown-output", "kill -l");
                return 0;
            }
            word => signal = word.trim_start_matches('-').to_string(),
        }
    }
    let signal = signal_name(&signal);
    for word in words {
        let is_own = word == OWN_PROCESS;
        match shell.traps.get(&signal).cloned() {
            _ if is_own && signal == "0" => {}
            Some(action) if is_own => {
                run_in_current_shell(shell, "trap", &action);
            }
            _ => shell.gap("unmodelled-command", format!("kill -{signal} {word}")),
        }
    }
    0
}
