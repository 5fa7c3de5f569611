//! bash's `pushd`, `popd` and `dirs`.

use super::cd::cd;
use crate::shell::Shell;

pub(crate) fn pushd(shell: &mut Shell, argv: &[String]) -> i32 {
    let old = shell.cwd.clone();
    if argv.iter().skip(1).any(|word| word.starts_with('+') || word == "-n") {
        shell.gap("unmodelled-option", "pushd");
        return 0;
    }
    let target = match argv.get(1) {
        Some(target) => target.clone(),
        None => match shell.directory_stack.pop() {
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
        shell.directory_stack.push(old);
        print_stack(shell);
    }
    status
}

pub(crate) fn popd(shell: &mut Shell, argv: &[String]) -> i32 {
    if argv.len() > 1 {
        shell.gap("unmodelled-option", "popd");
        return 0;
    }
    let Some(last) = shell.directory_stack.pop() else {
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

/// `dirs [-clpv]`: `-c` clears the stack, `-p` and `-v` print one folder a line, `-l` prints the home in full.
pub(crate) fn dirs(shell: &mut Shell, argv: &[String]) -> i32 {
    let letters: String = argv.iter().skip(1).filter_map(|word| word.strip_prefix('-')).collect();
    if argv.iter().skip(1).any(|word| word.starts_with('+')) || letters.contains(|c: char| !"clpv".contains(c)) {
        shell.gap("unmodelled-option", "dirs");
        return 0;
    }
    if letters.contains('c') {
        shell.directory_stack.clear();
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

/// The directory stack, the working directory first. The home is `~` unless `whole`.
pub(crate) fn stack(shell: &Shell, whole: bool) -> Vec<String> {
    let home = shell.var("HOME").unwrap_or("");
    let all = std::iter::once(&shell.cwd).chain(shell.directory_stack.iter().rev());
    let short = |place: &String| match place
        .strip_prefix(home)
        .filter(|rest| !whole && !home.is_empty() && (rest.is_empty() || rest.starts_with('/')))
    {
        Some(rest) => format!("~{rest}"),
        None => place.clone(),
    };
    all.map(short).collect()
}

pub(crate) fn print_stack(shell: &mut Shell) {
    let text = stack(shell, false).join(" ");
    shell.out(text + "\n");
}
