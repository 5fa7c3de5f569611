//! `env` and `printenv`.

use crate::shell::Shell;

pub(crate) fn env(shell: &mut Shell, argv: &[String]) -> i32 {
    let (saved, here) = (shell.vars.clone(), shell.cwd.clone());
    let mut words = argv.get(1..).unwrap_or(&[]);
    while let Some((word, rest)) = words.split_first() {
        let value = || rest.first().cloned().unwrap_or_default();
        let mut taken = 1;
        match (word.as_str(), word.split_once('=')) {
            ("--", _) => {
                words = rest;
                break;
            }
            ("-i" | "-" | "--ignore-environment", _) => shell.vars.clear(),
            ("-u" | "--unset", _) => {
                shell.vars.remove(&value());
                taken = 2;
            }
            ("-C" | "--chdir", _) => {
                shell.cwd = crate::fs::path::join(&here, &value());
                taken = 2;
            }
            (_, Some(("--unset", name))) => {
                shell.vars.remove(name);
            }
            (_, Some(("--chdir", folder))) => shell.cwd = crate::fs::path::join(&here, folder),
            (word, None) if word.starts_with('-') => shell.gap("unmodelled-option", format!("env {word}")),
            (_, Some((name, value))) => shell.set_var(name, value.to_string(), true),
            (_, None) => break,
        }
        words = words.get(taken..).unwrap_or(&[]);
    }
    let command = words;
    let status = if command.is_empty() {
        let text: String = shell.environment().iter().map(|pair| format!("{pair}\n")).collect();
        shell.out(text);
        0
    } else if argv.first().is_some_and(|name| name.ends_with("printenv")) {
        let value = command.first().and_then(|name| shell.var(name)).map(str::to_string);
        let status = i32::from(value.is_none());
        shell.out(value.map(|text| text + "\n").unwrap_or_default());
        status
    } else {
        let name = command.first().map_or("", String::as_str);
        if crate::shell::builtins::command::is_missing(shell, name) {
            shell.err(match shell.dialect() {
                "ash" => format!("env: can't execute '{name}': No such file or directory\n"),
                _ => format!("env: ‘{name}’: No such file or directory\n"),
            });
            127
        } else {
            shell.call(command)
        }
    };
    (shell.vars, shell.cwd) = (saved, here);
    status
}
