//! What bash has built in beyond the standard: shopt, mapfile, pushd, popd, dirs.

use super::shell_builtins::cd;
use super::{has, only, options, value};
use crate::shell::Shell;
use crate::shell::state::Language;

/// 127 in a shell that has no such builtin.
fn missing(shell: &mut Shell, name: &str) -> Option<i32> {
    (shell.language() != Language::Bash).then(|| shell.not_found(name))
}

/// Sets and asks for options; those that do not change what a script does are taken silently.
pub(super) fn shopt(shell: &mut Shell, argv: &[String]) -> i32 {
    if let Some(status) = missing(shell, "shopt") {
        return status;
    }
    let (flags, names) = options(argv, "");
    only(shell, "shopt", &flags, &["s", "u", "q", "o"]);
    let set = if has(&flags, &["s"]) { Some(true) } else { has(&flags, &["u"]).then_some(false) };
    let mut status = 0;
    for name in &names {
        let option = match name.as_str() {
            "nullglob" => &mut shell.options.nullglob,
            "dotglob" => &mut shell.options.dotglob,
            "globstar" => &mut shell.options.globstar,
            // Groups are always read; the others are for people at a terminal.
            "extglob" | "expand_aliases" | "checkwinsize" | "histappend" | "cmdhist" | "sourcepath" | "huponexit" => {
                continue;
            }
            other => {
                let other = other.to_string();
                shell.gap("unmodelled-option", format!("shopt {other}"));
                continue;
            }
        };
        match set {
            Some(on) => *option = on,
            None => {
                let on = *option;
                status |= i32::from(!on);
                if !has(&flags, &["q"]) {
                    shell.out(format!("{name:<15}\t{}\n", if on { "on" } else { "off" }));
                }
            }
        }
    }
    status
}

/// `mapfile` and `readarray`: lines into an array.
pub(super) fn mapfile(shell: &mut Shell, argv: &[String]) -> i32 {
    if let Some(status) = missing(shell, argv.first().map_or("mapfile", String::as_str)) {
        return status;
    }
    let (flags, names) = options(argv, "dnOsu");
    only(shell, "mapfile", &flags, &["t", "d", "n", "s"]);
    let end = value(&flags, &["d"]).map_or('\n', |text| text.chars().next().unwrap_or('\0'));
    let number = |letter: &str| value(&flags, &[letter]).and_then(|text| text.parse::<usize>().ok());
    let most = number("n").filter(|most| *most > 0).unwrap_or(usize::MAX);
    let text = String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned();
    let lines = text.split_inclusive(end).skip(number("s").unwrap_or(0)).take(most);
    let kept = |line: &str| if has(&flags, &["t"]) { line.trim_end_matches(end).to_string() } else { line.to_string() };
    let lines = lines.map(kept).collect();
    match shell.set_array(names.first().map_or("MAPFILE", String::as_str), lines) {
        Ok(()) => 0,
        Err(text) => {
            shell.err(text + "\n");
            1
        }
    }
}

pub(super) fn pushd(shell: &mut Shell, argv: &[String]) -> i32 {
    if let Some(status) = missing(shell, "pushd") {
        return status;
    }
    let old = shell.cwd.clone();
    if argv.iter().skip(1).any(|word| word.starts_with('+') || word == "-n") {
        shell.gap("unmodelled-option", "pushd");
        return 0;
    }
    let target = match argv.get(1) {
        Some(target) => target.clone(),
        None => match shell.folders.pop() {
            Some(last) => last,
            None => {
                let prefix = shell.message_prefix();
                shell.err(format!("{prefix}: pushd: no other directory\n"));
                return 1;
            }
        },
    };
    let status = cd(shell, &["pushd".to_string(), target]);
    if status == 0 {
        shell.folders.push(old);
        print_stack(shell);
    }
    status
}

pub(super) fn popd(shell: &mut Shell, argv: &[String]) -> i32 {
    if let Some(status) = missing(shell, "popd") {
        return status;
    }
    if argv.len() > 1 {
        shell.gap("unmodelled-option", "popd");
        return 0;
    }
    let Some(last) = shell.folders.pop() else {
        let prefix = shell.message_prefix();
        shell.err(format!("{prefix}: popd: directory stack empty\n"));
        return 1;
    };
    let status = cd(shell, &["popd".to_string(), last]);
    if status == 0 {
        print_stack(shell);
    }
    status
}

/// `dirs [-clpv]`: `-c` forgets all but the folder at work, `-p` and `-v` print one a line, `-l` with the home.
pub(super) fn dirs(shell: &mut Shell, argv: &[String]) -> i32 {
    if let Some(status) = missing(shell, "dirs") {
        return status;
    }
    let letters: String = argv.iter().skip(1).filter_map(|word| word.strip_prefix('-')).collect();
    if argv.iter().skip(1).any(|word| word.starts_with('+')) || letters.contains(|c: char| !"clpv".contains(c)) {
        shell.gap("unmodelled-option", "dirs");
        return 0;
    }
    if letters.contains('c') {
        shell.folders.clear();
        return 0;
    }
    let all = stack(shell, letters.contains('l'));
    let text = if letters.contains('v') {
        all.iter().enumerate().map(|(at, folder)| format!("{at:2}  {folder}\n")).collect()
    } else if letters.contains('p') {
        all.iter().map(|folder| format!("{folder}\n")).collect()
    } else {
        all.join(" ") + "\n"
    };
    shell.out(text);
    0
}

/// The folders, the one at work first; the home as `~`, unless they are wanted whole.
fn stack(shell: &Shell, whole: bool) -> Vec<String> {
    let home = shell.var("HOME").unwrap_or("");
    let all = std::iter::once(&shell.cwd).chain(shell.folders.iter().rev());
    let short = |place: &String| match place
        .strip_prefix(home)
        .filter(|rest| !whole && !home.is_empty() && (rest.is_empty() || rest.starts_with('/')))
    {
        Some(rest) => format!("~{rest}"),
        None => place.clone(),
    };
    all.map(short).collect()
}

fn print_stack(shell: &mut Shell) {
    let text = stack(shell, false).join(" ");
    shell.out(text + "\n");
}
