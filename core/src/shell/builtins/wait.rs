//! `wait`.

use crate::shell::Shell;
use crate::shell::language::Language;
use crate::shell::subshell::BACKGROUND_PROCESS;

/// `wait` returns at once: a background job has ended before the next command begins.
pub(crate) fn wait(shell: &mut Shell, argv: &[String]) -> i32 {
    // Without a number it waits for all, and succeeds.
    match argv.get(1).map(String::as_str) {
        None => 0,
        Some(BACKGROUND_PROCESS) => shell.background_status,
        Some(other) => {
            if shell.language() == Language::Bash {
                let text = format!("{}: wait: pid {other} is not a child of this shell\n", shell.message_prefix());
                shell.err(text);
            }
            127
        }
    }
}
