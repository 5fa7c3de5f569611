//! `trap`: the actions on signals, on failures (ERR) and at exit (EXIT).

use super::kill::signal_name;
use crate::shell::Shell;
use crate::shell::interpret::Flow;
use crate::shell::language::Language;

/// `trap`. Of the signals only EXIT occurs by itself, since no other process sends any.
pub(crate) fn trap(shell: &mut Shell, argv: &[String]) -> i32 {
    let (action, conditions) = match argv.get(1..).unwrap_or(&[]) {
        [only] if only != "-" => return 0,
        [action, conditions @ ..] => (action.clone(), conditions),
        [] => {
            let exit = shell.exit_trap.iter().map(|action| ("EXIT", action));
            let others = shell.traps.iter().map(|(signal, action)| (signal.as_str(), action));
            let prefix = if shell.language() == Language::Bash { "SIG" } else { "" };
            let named = |signal: &str| if signal == "ERR" { "ERR".into() } else { format!("{prefix}{signal}") };
            let others = others.map(|(signal, action)| (named(signal), action));
            let all = exit.map(|(name, action)| (name.to_string(), action)).chain(others);
            let rows: Vec<String> = all.map(|(name, action)| format!("trap -- '{action}' {name}\n")).collect();
            rows.iter().for_each(|row| shell.out(row));
            return 0;
        }
    };
    for condition in conditions {
        // Conditions that only bash has, and busybox ERR.
        let unknown = match (condition.as_str(), shell.language()) {
            ("DEBUG" | "RETURN", language) => language != Language::Bash,
            ("ERR", language) => language == Language::Dash,
            _ => false,
        };
        if unknown {
            let text = match shell.language() {
                Language::Dash => format!("trap: {condition}: bad trap\n"),
                _ => format!("{}: {condition}: invalid signal specification\n", shell.builtin_prefix("trap")),
            };
            shell.err(text);
            return 1;
        }
        match condition.trim_start_matches("SIG") {
            "EXIT" | "0" => shell.exit_trap = (action != "-" && !action.is_empty()).then(|| action.clone()),
            "DEBUG" | "RETURN" => shell.gap("unmodelled-shell", format!("trap {condition}")),
            signal => {
                let signal = signal_name(signal);
                match action.as_str() {
                    "-" => shell.traps.remove(&signal),
                    action => shell.traps.insert(signal, action.to_string()),
                };
            }
        }
    }
    0
}

impl Shell {
    /// Called when a command fails where failures count. Runs bash's ERR trap, unless the trap itself is running.
    pub(crate) fn run_err_trap(&mut self) -> Flow {
        let Some(action) = self.traps.remove("ERR").filter(|action| !action.is_empty()) else { return Flow::Next };
        let (status, line) = (self.last_status, self.line);
        let flow = self.run_text(&action);
        self.traps.entry("ERR".into()).or_insert(action);
        self.line = line;
        if flow == Flow::Next {
            self.last_status = status;
        }
        flow
    }

    /// Runs a function's body. It inherits the caller's ERR trap only under `set -E`.
    pub(crate) fn without_err_trap<T>(&mut self, run: impl FnOnce(&mut Shell) -> T) -> T {
        let outer = if self.options.errtrace { None } else { self.traps.remove("ERR") };
        let result = run(self);
        if let Some(action) = outer {
            self.traps.entry("ERR".into()).or_insert(action);
        }
        result
    }
}
