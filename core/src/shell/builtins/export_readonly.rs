//! `export` and `readonly`.

use crate::shell::Shell;
use crate::shell::interpret::Flow;
use crate::shell::language::Language;

/// `export` and `readonly`.
pub(crate) fn export(shell: &mut Shell, argv: &[String]) -> i32 {
    let readonly = argv.first().is_some_and(|name| name == "readonly");
    if argv.iter().skip(1).all(|word| word == "-p") {
        list_variables(shell, readonly);
        return 0;
    }
    let known = if shell.language() == Language::Dash { "p" } else { "pn" };
    if let Some(status) = illegal_option(shell, argv, known) {
        return refuse_with(shell, status);
    }
    if argv.get(1).is_some_and(|flag| flag == "-f") {
        // The functions of a script are known to the shells that it starts only in bash.
        let missing = argv.iter().skip(2).find(|name| !shell.functions.contains_key(*name)).cloned();
        let Some(name) = missing else {
            shell.gap("unmodelled-shell", "export -f");
            return 0;
        };
        let text = format!("{}: export: {name}: not a function\n", shell.message_prefix());
        shell.err(text);
        return 1;
    }
    let mut status = 0;
    for word in argv.iter().skip(1).filter(|word| !word.starts_with('-')) {
        let (name, value) = word.split_once('=').map_or((word.as_str(), None), |(name, value)| (name, Some(value)));
        if !is_name(name) {
            let words = match shell.language() {
                Language::Bash => format!("`{word}': not a valid identifier"),
                _ => format!("{name}: bad variable name"),
            };
            let prefix = shell.builtin_prefix(argv.first().map_or("export", String::as_str));
            status = refuse(shell, format!("{prefix}: {words}"));
            continue;
        }
        if let Some(value) = value {
            let set = shell.assign_var(name, value.to_string(), !readonly);
            if let Err(text) = set {
                return refuse(shell, text);
            }
            shell.trace_construct(|shell| shell.assigned(name));
        }
        let variable = shell.vars.entry(name.to_string()).or_default();
        variable.exported |= !readonly;
        variable.readonly |= readonly;
    }
    status
}

pub(crate) fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
}

/// `export -p` and `readonly -p`.
pub(crate) fn list_variables(shell: &mut Shell, readonly: bool) {
    let bash = shell.language() == Language::Bash;
    let word = match (bash, readonly) {
        (true, true) => "declare -r",
        (true, false) => "declare -x",
        (false, true) => "readonly",
        (false, false) => "export",
    };
    let mut rows = String::new();
    for (name, variable) in shell.vars.iter().filter(|(_, var)| if readonly { var.readonly } else { var.exported }) {
        let value = variable.text().unwrap_or("");
        // A quote is written in the other kind of quotes; bash escapes what `"` lets through.
        let value = match bash {
            true => format!(
                "\"{}\"",
                value.replace('\\', "\\\\").replace('"', "\\\"").replace('$', "\\$").replace('`', "\\`")
            ),
            false => format!("'{}'", value.replace('\'', "'\"'\"'")),
        };
        rows.push_str(&format!("{word} {name}={value}\n"));
    }
    shell.out(rows);
}

/// Reports a failed assignment. It ends the shell, except in bash.
pub(crate) fn refuse(shell: &mut Shell, text: String) -> i32 {
    shell.err(text + "\n");
    refuse_with(shell, if shell.language() == Language::Bash { 1 } else { 2 })
}

/// The status of an option that dash or busybox does not know, which is reported. bash's options are not checked.
pub(crate) fn illegal_option(shell: &mut Shell, argv: &[String], known: &str) -> Option<i32> {
    let flags = argv.iter().skip(1).take_while(|word| word.starts_with('-') && word.len() > 1 && *word != "--");
    let letter = flags.flat_map(|word| word.chars().skip(1)).find(|letter| !known.contains(*letter))?;
    let prefix = shell.builtin_prefix(argv.first().map_or("", String::as_str));
    let words = match shell.language() {
        Language::Bash => return None,
        Language::Dash => "Illegal option",
        Language::Ash => "illegal option",
    };
    shell.err(format!("{prefix}: {words} -{letter}\n"));
    Some(2)
}

/// Ends the shell with a status, except bash, which only returns it.
fn refuse_with(shell: &mut Shell, status: i32) -> i32 {
    if shell.language() == Language::Bash {
        return status;
    }
    shell.last_status = status;
    shell.pending_flow = Some(Flow::Exit);
    status
}
