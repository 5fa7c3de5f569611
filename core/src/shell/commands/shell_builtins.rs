//! What belongs to the shell itself: cd, export, set, source, eval, sh …

use crate::fs::path;
use crate::shell::Shell;

pub(super) fn succeed(_: &mut Shell, _: &[String]) -> i32 {
    0
}

pub(super) fn fail(_: &mut Shell, _: &[String]) -> i32 {
    1
}

pub(super) fn umask(shell: &mut Shell, argv: &[String]) -> i32 {
    match argv.get(1) {
        None => shell.out(format!("{:04o}\n", shell.umask)),
        Some(text) => match u32::from_str_radix(text, 8) {
            Ok(mask) => shell.umask = mask & 0o777,
            Err(_) => shell.gap("unmodelled-option", format!("umask {text}")),
        },
    }
    0
}

pub(super) fn cd(shell: &mut Shell, argv: &[String]) -> i32 {
    let home = shell.var("HOME").unwrap_or("/root").to_string();
    let target = argv.iter().skip(1).find(|word| *word != "--").cloned().unwrap_or(home);
    let target = if target == "-" { shell.var("OLDPWD").unwrap_or("/").to_string() } else { target };
    match shell.fs.stat(&shell.cwd, &target) {
        Ok((real, node)) if node.is_dir() => {
            // The shell keeps the path as written; links are followed by the kernel.
            let logical = path::join(&shell.cwd, &target);
            let shown = if shell.fs.resolve("/", &logical, true).is_ok_and(|r| r == real) { logical } else { real };
            let old = std::mem::replace(&mut shell.cwd, shown.clone());
            shell.set_var("OLDPWD", old, true);
            shell.set_var("PWD", shown, true);
            0
        }
        Err(_) if shell.fs.may_hide(&shell.cwd, &target) => {
            shell.gap("unlisted-file", &target);
            0
        }
        _ => {
            let text = match shell.dialect() {
                "bash" => format!("{}: line 1: cd: {target}: No such file or directory\n", shell.name),
                "ash" => format!("{}: cd: can't cd to {target}: No such file or directory\n", shell.name),
                _ => format!("{}: 1: cd: can't cd to {target}\n", shell.name),
            };
            shell.err(text);
            if shell.dialect() == "bash" { 1 } else { 2 }
        }
    }
}

pub(super) fn export(shell: &mut Shell, argv: &[String]) -> i32 {
    for word in argv.iter().skip(1).filter(|word| !word.starts_with('-')) {
        match word.split_once('=') {
            Some((name, value)) => shell.set_var(name, value.to_string(), true),
            None => {
                let value = shell.var(word).unwrap_or("").to_string();
                shell.set_var(word, value, true);
            }
        }
    }
    0
}

pub(super) fn local(shell: &mut Shell, argv: &[String]) -> i32 {
    for (name, value) in argv.iter().skip(1).filter_map(|word| word.split_once('=')) {
        shell.set_var(name, value.to_string(), false);
    }
    0
}

pub(super) fn unset(shell: &mut Shell, argv: &[String]) -> i32 {
    for name in argv.iter().skip(1) {
        shell.vars.remove(name);
        shell.functions.remove(name);
    }
    0
}

pub(super) fn set(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.iter().skip(1);
    while let Some(word) = words.next() {
        let on = word.starts_with('-');
        if word == "--" {
            shell.positional = words.by_ref().cloned().collect();
            break;
        }
        let Some(letters) = word.strip_prefix(['-', '+']) else {
            shell.positional = std::iter::once(word).chain(words.by_ref()).cloned().collect();
            break;
        };
        for letter in letters.chars() {
            match letter {
                'e' => shell.errexit = on,
                'u' => shell.nounset = on,
                'x' => shell.xtrace = on,
                'o' => match words.next().map(String::as_str) {
                    Some("pipefail") => {
                        if shell.dialect() == "dash" {
                            let name = shell.name.clone();
                            shell.err(format!("{name}: 1: set: Illegal option -o pipefail\n"));
                            return 2;
                        }
                        shell.pipefail = on;
                    }
                    Some("errexit") => shell.errexit = on,
                    Some("nounset") => shell.nounset = on,
                    Some("xtrace") => shell.xtrace = on,
                    other => shell.gap("unmodelled-shell", format!("set -o {}", other.unwrap_or(""))),
                },
                'f' | 'v' | 'a' | 'h' | 'm' => shell.gap("unmodelled-shell", format!("set -{letter}")),
                _ => {}
            }
        }
    }
    0
}

pub(super) fn shift(shell: &mut Shell, argv: &[String]) -> i32 {
    let count = argv.get(1).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
    if count > shell.positional.len() {
        return 1;
    }
    shell.positional.drain(..count);
    0
}

/// Only EXIT can come here: nobody sends signals.
pub(super) fn trap(shell: &mut Shell, argv: &[String]) -> i32 {
    let (action, conditions) = match argv.get(1..).unwrap_or(&[]) {
        [only] if only != "-" => return 0,
        [action, conditions @ ..] => (action.clone(), conditions),
        [] => return 0,
    };
    for condition in conditions {
        match condition.trim_start_matches("SIG") {
            "EXIT" | "0" => shell.exit_trap = (action != "-" && !action.is_empty()).then(|| action.clone()),
            "ERR" | "DEBUG" | "RETURN" => shell.gap("unmodelled-shell", format!("trap {condition}")),
            _ => {}
        }
    }
    0
}

pub(super) fn read(shell: &mut Shell, argv: &[String]) -> i32 {
    let input = std::mem::take(&mut shell.stdin);
    let end = input.iter().position(|byte| *byte == b'\n');
    let line = String::from_utf8_lossy(input.get(..end.unwrap_or(input.len())).unwrap_or(&[])).into_owned();
    shell.stdin = end.and_then(|end| input.get(end + 1..)).unwrap_or(&[]).to_vec();
    let names: Vec<&String> = argv.iter().skip(1).filter(|word| !word.starts_with('-')).collect();
    let mut rest = line.trim().to_string();
    for (index, name) in names.iter().enumerate() {
        let (value, left) = if index + 1 == names.len() {
            (rest.clone(), String::new())
        } else {
            rest.split_once(char::is_whitespace)
                .map_or((rest.clone(), String::new()), |(a, b)| (a.into(), b.trim_start().into()))
        };
        shell.set_var(name, value, false);
        rest = left;
    }
    i32::from(input.is_empty())
}

pub(super) fn eval(shell: &mut Shell, argv: &[String]) -> i32 {
    if shell.depth >= super::super::MAX_DEPTH {
        shell.gap("too-many-steps", "eval");
        return 0;
    }
    let script = argv.get(1..).unwrap_or(&[]).join(" ");
    shell.depth += 1;
    let status = shell.run_script(&script);
    shell.depth -= 1;
    status
}

pub(super) fn source(shell: &mut Shell, argv: &[String]) -> i32 {
    let Some(name) = argv.get(1) else { return 2 };
    if shell.depth >= super::super::MAX_DEPTH {
        shell.gap("too-many-steps", "source");
        return 0;
    }
    match shell.read(name) {
        Ok(Some(bytes)) => {
            let script = String::from_utf8_lossy(&bytes).into_owned();
            shell.depth += 1;
            let status = shell.run_script(&script);
            shell.depth -= 1;
            status
        }
        Ok(None) => {
            shell.gap("unknown-content", name);
            0
        }
        Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
            shell.gap("unlisted-file", name);
            0
        }
        Err(error) => shell.complain(".", name, &error),
    }
}

pub(super) fn command(shell: &mut Shell, argv: &[String]) -> i32 {
    let words = argv.get(1..).unwrap_or(&[]);
    match words.split_first() {
        Some((flag, names)) if flag == "-v" || flag == "-V" => {
            let words: Vec<String> = ["which".to_string()].into_iter().chain(names.iter().cloned()).collect();
            super::inspect::which(shell, &words)
        }
        Some(_) => shell.call(words),
        None => 0,
    }
}

pub(super) fn env(shell: &mut Shell, argv: &[String]) -> i32 {
    let words = argv.get(1..).unwrap_or(&[]);
    let split = words.iter().position(|word| !word.contains('=') && !word.starts_with('-')).unwrap_or(words.len());
    let (assignments, command) = words.split_at(split);
    let saved = shell.vars.clone();
    for word in assignments {
        match word.split_once('=') {
            Some((name, value)) => shell.set_var(name, value.to_string(), true),
            None if word == "-i" => shell.vars.clear(),
            None => shell.gap("unmodelled-option", format!("env {word}")),
        }
    }
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
        shell.call(command)
    };
    shell.vars = saved;
    status
}

/// `sh -c script`, `sh file`.
pub(super) fn sh(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = argv.first().cloned().unwrap_or_default();
    let mut words = argv.iter().skip(1);
    let mut script = None;
    let mut flags = Vec::new();
    while let Some(word) = words.next() {
        if let Some(letters) = word.strip_prefix(['-', '+']).filter(|l| !l.is_empty()) {
            if letters == "o" {
                flags.extend([word.clone(), words.next().cloned().unwrap_or_default()]);
                continue;
            }
            let takes_option = letters.contains('o');
            let plain: String = letters.chars().filter(|c| !"cli".contains(*c)).collect();
            if !plain.is_empty() {
                flags.push(format!("-{plain}"));
            }
            if takes_option {
                flags.extend(words.next().cloned());
            }
            if letters.contains('c') {
                script = words.next().cloned();
                break;
            }
            continue;
        }
        let place = word.clone();
        return match shell.read(&place) {
            Ok(Some(_)) => {
                let argv: Vec<String> = [name, place.clone()].into_iter().chain(words.cloned()).collect();
                shell.run_file(&place, &argv)
            }
            Ok(None) => {
                shell.gap("unknown-content", place);
                0
            }
            Err(_) if shell.fs.may_hide(&shell.cwd, &place) => {
                shell.gap("unlisted-file", place);
                0
            }
            Err(_) => {
                shell.err(format!("{name}: 0: cannot open {place}: No such file\n"));
                2
            }
        };
    }
    let script = match script {
        Some(script) => script,
        // A shell without a terminal reads its script from standard input.
        None => String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned(),
    };
    let rest: Vec<String> = words.skip(1).cloned().collect();
    let old_name = std::mem::replace(&mut shell.name, name);
    let functions = shell.functions.clone();
    let status = shell.nested(rest, |shell| {
        // A new process: it has what was exported, and no options.
        shell.vars.retain(|_, variable| variable.exported);
        (shell.errexit, shell.nounset, shell.xtrace, shell.pipefail) = (false, false, false, false);
        let words: Vec<String> = ["set".to_string()].into_iter().chain(flags).collect();
        if words.len() > 1 {
            let code = set(shell, &words);
            if code != 0 {
                return code;
            }
        }
        shell.run_to_end(&script)
    });
    shell.functions = functions;
    shell.name = old_name;
    status
}
