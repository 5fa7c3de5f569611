//! `local`, `declare` and `typeset`.

use crate::shell::Shell;
use crate::shell::builtins::export_readonly::refuse;
use crate::shell::language::Language;

/// `local`, and in bash `declare` and `typeset`.
pub(crate) fn local(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("local", String::as_str);
    if command == "local" && shell.locals.is_empty() {
        let prefix = shell.builtin_prefix("local");
        let words =
            if shell.language() == Language::Bash { "can only be used in a function" } else { "not in a function" };
        return refuse(shell, format!("{prefix}: {words}"));
    }
    if let Some(flag) = argv.get(1).filter(|word| word.starts_with('-') && shell.language() != Language::Bash) {
        let text = format!("{}: {flag}: bad variable name", shell.builtin_prefix("local"));
        return refuse(shell, text);
    }
    let (flags, words): (Vec<&String>, Vec<&String>) = argv.iter().skip(1).partition(|word| word.starts_with('-'));
    let letters: String = flags.iter().map(|word| word.trim_start_matches('-')).collect();
    if letters.contains(['n', 'f', 'F', 'p']) {
        shell.gap("unmodelled-shell", format!("{command} -{letters}"));
    }
    for word in words {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        if !letters.contains('g') {
            shell.hide(name);
        }
        if letters.contains(['a', 'A']) {
            shell.vars.entry(name.to_string()).or_default().as_array(letters.contains('A'));
        }
        let value = match value {
            Some(text) if letters.contains('i') => match shell.arithmetic(text) {
                Ok(number) => Some(number.to_string()),
                Err(text) => return refuse(shell, text),
            },
            other => other.map(str::to_string),
        };
        match value {
            Some(value) => {
                if let Err(text) = shell.assign_var(name, value, letters.contains('x')) {
                    return refuse(shell, text);
                }
            }
            // bash starts anew, the others go on with the value that it had.
            None if shell.language() == Language::Bash && command == "local" && !letters.contains(['a', 'A']) => {
                shell.vars.remove(name);
            }
            None => {}
        }
        if let Some(variable) = shell.vars.get_mut(name) {
            variable.readonly |= letters.contains('r');
            variable.exported |= letters.contains('x');
        }
    }
    0
}
