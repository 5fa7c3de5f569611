//! What belongs to the shell itself: cd, export, set, source, eval, sh …

use crate::fs::{Errno, path};
use crate::shell::arrays::subscript;
use crate::shell::interpret::Flow;
use crate::shell::state::Language;
use crate::shell::{MAX_DEPTH, Shell};

pub(super) fn succeed(_: &mut Shell, _: &[String]) -> i32 {
    0
}

pub(super) fn fail(_: &mut Shell, _: &[String]) -> i32 {
    1
}

/// No time passes.
pub(super) fn times(shell: &mut Shell, _: &[String]) -> i32 {
    shell.out("0m0.000s 0m0.000s\n0m0.000s 0m0.000s\n");
    0
}

/// A build has no terminal.
pub(super) fn tty(shell: &mut Shell, argv: &[String]) -> i32 {
    if argv.get(1).is_none_or(|word| word != "-s") {
        shell.out("not a tty\n");
    }
    1
}

pub(super) fn umask(shell: &mut Shell, argv: &[String]) -> i32 {
    let Some(text) = argv.get(1) else {
        shell.out(format!("{:04o}\n", shell.umask));
        return 0;
    };
    // Symbolic modes tell what is let through.
    let through = 0o777 & !shell.umask;
    if text == "-S" {
        let letters = |shift: u32| -> String {
            let bits = through >> shift;
            [(4, 'r'), (2, 'w'), (1, 'x')].iter().filter(|(bit, _)| bits & bit != 0).map(|(_, letter)| letter).collect()
        };
        shell.out(format!("u={},g={},o={}\n", letters(6), letters(3), letters(0)));
        return 0;
    }
    let digits = text.starts_with(|c: char| c.is_ascii_digit());
    let mask = match digits {
        true => u32::from_str_radix(text, 8).ok().filter(|mask| *mask <= 0o777),
        false => super::ownership::parse_mode(text, through, false, 0).map(|mode| 0o777 & !mode),
    };
    let Some(mask) = mask else {
        let words = match (shell.language(), digits) {
            (Language::Bash, true) => format!("{text}: octal number out of range"),
            (Language::Bash, false) => {
                let letter: String = text.chars().take(1).collect();
                format!("`{letter}': invalid symbolic mode operator")
            }
            (Language::Dash, true) => format!("Illegal number: {text}"),
            (Language::Dash, false) => format!("Illegal mode: {text}"),
            (Language::Ash, _) => format!("illegal mode: {text}"),
        };
        let prefix = shell.builtin_prefix("umask");
        return refuse(shell, format!("{prefix}: {words}"));
    };
    shell.umask = mask;
    0
}

/// `cd [-L|-P] [FOLDER]`, with CDPATH.
pub(super) fn cd(shell: &mut Shell, argv: &[String]) -> i32 {
    let words = argv.get(1..).unwrap_or(&[]);
    let is_flag =
        |word: &&String| word.len() > 1 && word.starts_with('-') && word.chars().skip(1).all(|c| "LPe@".contains(c));
    let flags: Vec<&String> = words.iter().take_while(is_flag).collect();
    let physical = flags.last().is_some_and(|flag| flag.ends_with('P'));
    let target = words.iter().skip(flags.len()).find(|word| *word != "--").cloned();
    let target = target.unwrap_or_else(|| shell.var("HOME").unwrap_or("/root").to_string());
    if target.is_empty() {
        return 0;
    }
    let back = target == "-";
    let target = if back { shell.var("OLDPWD").unwrap_or("/").to_string() } else { target };
    let found_below = below_cdpath(shell, &target);
    let shows = back || found_below.is_some();
    let target = found_below.unwrap_or(target);
    match shell.fs.stat(&shell.cwd, &target) {
        Ok((real, node)) if node.is_dir() => {
            // The shell keeps the path as written; links are followed by the kernel.
            let logical = path::join(&shell.cwd, &target);
            let is_same = !physical && shell.fs.resolve("/", &logical, true).is_ok_and(|place| place == real);
            let shown = if is_same { logical } else { real };
            let old = std::mem::replace(&mut shell.cwd, shown.clone());
            shell.set_var("OLDPWD", old, true);
            shell.set_var("PWD", shown.clone(), true);
            if shows {
                shell.out(shown + "\n");
            }
            0
        }
        Err(_) if shell.fs.may_hide(&shell.cwd, &target) => {
            shell.gap("unlisted-file", &target);
            0
        }
        found => {
            let errno = found.map_or_else(|error| error.errno, |_| Errno::Enotdir);
            let (prefix, why) = (shell.builtin_prefix("cd"), errno.message());
            let (text, status) = match shell.language() {
                Language::Bash => (format!("{prefix}: {target}: {why}\n"), 1),
                Language::Ash => (format!("{prefix}: can't cd to {target}: {why}\n"), 2),
                Language::Dash => (format!("{prefix}: can't cd to {target}\n"), 2),
            };
            shell.err(text);
            status
        }
    }
}

/// The first folder of CDPATH that has the target in it; what it finds where it is, counts as not found.
fn below_cdpath(shell: &Shell, target: &str) -> Option<String> {
    if target.starts_with(['/', '.']) {
        return None;
    }
    let folders = shell.var("CDPATH")?.split(':');
    let place = folders.map(|folder| (folder, path::join(&path::join(&shell.cwd, folder), target)));
    let is_folder = |place: &str| shell.fs.stat(&shell.cwd, place).is_ok_and(|(_, node)| node.is_dir());
    let (folder, place) = place.into_iter().find(|(_, place)| is_folder(place))?;
    (!folder.is_empty() && folder != ".").then_some(place)
}

/// `export` and `readonly`.
pub(super) fn export(shell: &mut Shell, argv: &[String]) -> i32 {
    let readonly = argv.first().is_some_and(|name| name == "readonly");
    if argv.iter().skip(1).all(|word| word == "-p") {
        list_variables(shell, readonly);
        return 0;
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

pub(super) fn is_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(|c| c == '_' || c.is_ascii_alphanumeric())
}

/// `export -p` and `readonly -p`.
fn list_variables(shell: &mut Shell, readonly: bool) {
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

/// What cannot be assigned ends a shell, but not bash.
pub(super) fn refuse(shell: &mut Shell, text: String) -> i32 {
    shell.err(text + "\n");
    if shell.language() == Language::Bash {
        return 1;
    }
    shell.last_status = 2;
    shell.leaving = Some(Flow::Exit);
    2
}

/// `local`, and in bash `declare` and `typeset`.
pub(super) fn local(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("local", String::as_str);
    if command != "local" && shell.language() != Language::Bash {
        return shell.not_found(command);
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

/// bash's `let`: the last value decides.
pub(super) fn let_(shell: &mut Shell, argv: &[String]) -> i32 {
    if shell.language() == Language::Dash {
        return shell.not_found("let");
    }
    let mut last = 0;
    for text in argv.iter().skip(1) {
        match shell.arithmetic(text) {
            Ok(value) => last = value,
            Err(text) => {
                shell.err(text + "\n");
                return 1;
            }
        }
    }
    i32::from(last == 0)
}

/// `getopts letters name [words]`.
pub(super) fn getopts(shell: &mut Shell, argv: &[String]) -> i32 {
    let (Some(letters), Some(name)) = (argv.get(1).cloned(), argv.get(2).cloned()) else { return 2 };
    let words = if argv.len() > 3 { argv.get(3..).unwrap_or(&[]).to_vec() } else { shell.positional.clone() };
    let mut index: usize = shell.var("OPTIND").and_then(|text| text.parse().ok()).unwrap_or(1).max(1);
    // Within a cluster such as `-ab` the place is kept beside OPTIND.
    let inside = shell.option_place.filter(|(at, _)| *at == index).map_or(1, |(_, inside)| inside);
    shell.option_place = None;
    let word = words.get(index - 1).filter(|word| word.len() > 1 && word.starts_with('-')).cloned();
    let Some(word) = word.filter(|word| word != "--") else {
        if words.get(index - 1).is_some_and(|word| word == "--") {
            shell.set_var("OPTIND", (index + 1).to_string(), false);
        }
        shell.set_var(&name, "?".into(), false);
        return 1;
    };
    let letter = word.chars().nth(inside).unwrap_or('?');
    let rest: String = word.chars().skip(inside + 1).collect();
    let silent = letters.starts_with(':');
    let known = letters.find(letter).filter(|_| letter != ':');
    let takes_value = known.is_some_and(|at| letters[at + letter.len_utf8()..].starts_with(':'));
    let mut found = letter.to_string();
    shell.vars.remove("OPTARG");
    if known.is_none() {
        found = "?".into();
        if silent {
            shell.set_var("OPTARG", letter.to_string(), false);
        } else {
            let text = format!("Illegal option -{letter}\n");
            shell.err(text);
        }
    }
    if takes_value {
        index += 1;
        if !rest.is_empty() {
            shell.set_var("OPTARG", rest, false);
        } else if let Some(value) = words.get(index - 1).cloned() {
            shell.set_var("OPTARG", value, false);
            index += 1;
        } else {
            found = if silent { ":".into() } else { "?".into() };
            if silent {
                shell.set_var("OPTARG", letter.to_string(), false);
            } else {
                shell.err(format!("No arg for -{letter} option\n"));
            }
        }
    } else if rest.is_empty() {
        index += 1;
    } else {
        shell.option_place = Some((index, inside + 1));
    }
    shell.set_var("OPTIND", index.to_string(), false);
    shell.set_var(&name, found, false);
    0
}

pub(super) fn unset(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut status = 0;
    let only_functions = argv.iter().any(|word| word == "-f");
    for name in argv.iter().skip(1).filter(|word| !word.starts_with('-')) {
        if shell.vars.get(name).is_some_and(|var| var.readonly) && !only_functions {
            let words =
                if shell.language() == Language::Bash { "cannot unset: readonly variable" } else { "is read only" };
            let text = format!("{}: {name}: {words}", shell.builtin_prefix("unset"));
            status = refuse(shell, text);
            continue;
        }
        match subscript(name) {
            Some((array, index)) => shell.unset_element(array, index),
            None => {
                if !only_functions {
                    shell.vars.remove(name);
                }
                shell.functions.remove(name);
            }
        }
    }
    status
}

pub(super) fn shift(shell: &mut Shell, argv: &[String]) -> i32 {
    let count = argv.get(1).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
    if count > shell.positional.len() {
        if shell.language() == Language::Dash {
            let prefix = shell.builtin_prefix("shift");
            return refuse(shell, format!("{prefix}: can't shift that many"));
        }
        return 1;
    }
    shell.positional.drain(..count);
    0
}

/// What `$$` is.
pub(in crate::shell) const OWN_PROCESS: &str = "1";

/// What `$!` is. A child in the background has been waited for by the next command.
pub(in crate::shell) const BACKGROUND_PROCESS: &str = "2";

/// `wait`: what runs in the background is done before the next command begins.
pub(super) fn wait(shell: &mut Shell, argv: &[String]) -> i32 {
    // Without a number it waits for all, and succeeds.
    match argv.get(1).map(String::as_str) {
        None => 0,
        Some(BACKGROUND_PROCESS) => shell.in_background,
        Some(other) => {
            if shell.language() == Language::Bash {
                let text = format!("{}: wait: pid {other} is not a child of this shell\n", shell.message_prefix());
                shell.err(text);
            }
            127
        }
    }
}

pub(super) fn read(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut names) = super::options(argv, "apdntu");
    super::only(shell, "read", &flags, &["a", "d", "r", "p", "s"]);
    let raw = super::has(&flags, &["r"]);
    // `-d ''` reads to the end.
    let end = super::value(&flags, &["d"]).map_or('\n', |text| text.chars().next().unwrap_or('\0'));
    let array = super::value(&flags, &["a"]).map(str::to_string);
    if let Some(array) = &array {
        names = vec![array.clone()];
    }
    let input = std::mem::take(&mut shell.stdin);
    let text = String::from_utf8_lossy(&input).into_owned();
    // Characters of the line, and whether a backslash stood before.
    let mut line: Vec<(char, bool)> = Vec::new();
    let (mut used, mut ended) = (0, false);
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        used += c.len_utf8();
        match c {
            c if c == end => {
                ended = true;
                break;
            }
            '\\' if !raw => {
                if let Some(next) = chars.next() {
                    used += next.len_utf8();
                    // A line that ends with a backslash goes on.
                    if next != '\n' {
                        line.push((next, true));
                    }
                }
            }
            c => line.push((c, false)),
        }
    }
    shell.stdin = text.get(used..).unwrap_or("").as_bytes().to_vec();
    let ifs = shell.ifs();
    let separates = |(c, kept): &(char, bool)| !kept && ifs.contains(*c);
    let blank = |one: &(char, bool)| separates(one) && matches!(one.0, ' ' | '\t' | '\n');
    let plain = |part: &[(char, bool)]| part.iter().map(|(c, _)| c).collect::<String>();
    let mut rest: &[(char, bool)] = &line;
    let trim_start = |mut part: &'_ [(char, bool)]| -> usize {
        let whole = part.len();
        while let Some((_, more)) = part.split_first().filter(|(first, _)| blank(first)) {
            part = more;
        }
        whole - part.len()
    };
    rest = rest.get(trim_start(rest)..).unwrap_or(&[]);
    let names: Vec<String> = if names.is_empty() { vec!["REPLY".into()] } else { names };
    if let Some(array) = array {
        let parts = crate::shell::expand::split(&plain(rest), &ifs);
        if let Err(text) = shell.set_array(&array, parts) {
            return refuse(shell, text);
        }
        return i32::from(!ended);
    }
    for (index, name) in names.iter().enumerate() {
        let value = if index + 1 == names.len() {
            let mut end = rest.len();
            while end > 0 && rest.get(end - 1).is_some_and(&blank) {
                end -= 1;
            }
            // One separator at the very end closes the last field.
            let last = rest.get(..end).unwrap_or(&[]);
            match last.split_last() {
                Some((one, before)) if separates(one) && !before.iter().any(&separates) => before,
                _ => last,
            }
        } else {
            let end = rest.iter().position(&separates).unwrap_or(rest.len());
            let value = rest.get(..end).unwrap_or(&[]);
            let mut at = end + trim_start(rest.get(end..).unwrap_or(&[]));
            if rest.get(at).is_some_and(|one| separates(one) && !blank(one)) {
                at += 1;
                at += trim_start(rest.get(at..).unwrap_or(&[]));
            }
            rest = rest.get(at..).unwrap_or(&[]);
            value
        };
        let set = shell.assign_var(name, plain(value), false);
        if let Err(text) = set {
            return refuse(shell, text);
        }
    }
    i32::from(!ended)
}

pub(super) fn eval(shell: &mut Shell, argv: &[String]) -> i32 {
    let script = argv.get(1..).unwrap_or(&[]).join(" ");
    run_here(shell, "eval", &script)
}

/// Runs a script in this very shell; where it leads, the shell follows.
pub(super) fn run_here(shell: &mut Shell, command: &str, script: &str) -> i32 {
    if shell.depth >= MAX_DEPTH {
        shell.gap("too-many-steps", command);
        return 0;
    }
    shell.depth += 1;
    shell.indirection += 1;
    let flow = shell.run_text(script);
    shell.indirection -= 1;
    shell.depth -= 1;
    shell.leaving = (flow != Flow::Next).then_some(flow);
    shell.last_status
}

pub(super) fn source(shell: &mut Shell, argv: &[String]) -> i32 {
    let Some(name) = argv.get(1) else { return 2 };
    match shell.read(name) {
        Ok(Some(bytes)) => {
            let script = String::from_utf8_lossy(&bytes).into_owned();
            // dash takes no arguments here.
            let arguments = argv.get(2..).unwrap_or(&[]);
            let takes = !arguments.is_empty() && shell.language() != Language::Dash;
            let outer = takes.then(|| std::mem::replace(&mut shell.positional, arguments.to_vec()));
            let status = run_here(shell, "source", &script);
            if let Some(outer) = outer {
                shell.positional = outer;
            }
            // `return` ends the file, not what reads it.
            if shell.leaving == Some(Flow::Return) {
                shell.leaving = None;
            }
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
        Err(error) => {
            let text = match shell.language() {
                Language::Bash => format!("{}: {name}: {}", shell.message_prefix(), error.errno.message()),
                // dash has its own word for it.
                Language::Dash => format!("{}: cannot open {name}: No such file", shell.builtin_prefix(".")),
                Language::Ash => {
                    format!("{}: can't open '{name}': {}", shell.builtin_prefix("."), error.errno.message())
                }
            };
            refuse(shell, text)
        }
    }
}

pub(super) fn env(shell: &mut Shell, argv: &[String]) -> i32 {
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
        if super::lookup::is_missing(shell, name) {
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

/// `sh -c script`, `sh file`.
pub(super) fn sh(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = argv.first().cloned().unwrap_or_default();
    let mut words = argv.iter().skip(1).peekable();
    let mut flags = Vec::new();
    let (mut is_script, mut from_input) = (false, false);
    while let Some(word) = words.next_if(|word| word.len() > 1 && word.starts_with(['-', '+'])) {
        if word == "--" {
            break;
        }
        if word.starts_with("--") {
            // `--login` and `--posix`: nothing that a build shows.
            continue;
        }
        is_script |= word.contains('c');
        from_input |= word.contains('s');
        let plain: String = word.chars().skip(1).filter(|c| !"clis".contains(*c)).collect();
        if !plain.is_empty() {
            flags.push(format!("{}{plain}", word.get(..1).unwrap_or("-")));
        }
        if plain.contains(['o', 'O']) {
            flags.extend(words.next().cloned());
        }
    }
    let language = shell.language_of(&name);
    let mut script = None;
    let mut zero = name.clone();
    if is_script {
        script = Some(words.next().cloned().unwrap_or_default());
        zero = words.next().cloned().unwrap_or(zero);
    } else if let Some(place) = words.next_if(|_| !from_input).cloned() {
        return match shell.read(&place) {
            Ok(Some(_)) => {
                let options = flags.iter().filter(|flag| flag.starts_with('-')).cloned();
                let argv: Vec<String> =
                    std::iter::once(name).chain(options).chain([place.clone()]).chain(words.cloned()).collect();
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
                if language == Some(Language::Bash) { 127 } else { 2 }
            }
        };
    }
    // A shell without a terminal reads its script from standard input.
    let script = script.unwrap_or_else(|| String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned());
    let old_name = std::mem::replace(&mut shell.name, zero);
    let old_language = std::mem::replace(&mut shell.language, language);
    let words: Vec<String> = words.cloned().collect();
    let status = shell.reading(false, |shell| {
        shell.nested(words, |shell| {
            shell.become_process();
            let words: Vec<String> = ["set".to_string()].into_iter().chain(flags).collect();
            if words.len() > 1 {
                let code = super::set::set(shell, &words);
                if code != 0 {
                    return code;
                }
            }
            shell.run_script(&script)
        })
    });
    (shell.name, shell.language) = (old_name, old_language);
    status
}
