//! `cd`.

use crate::fs::{Errno, path};
use crate::shell::Shell;
use crate::shell::language::Language;

/// `cd [-L|-P] [FOLDER]`, with CDPATH.
pub(crate) fn cd(shell: &mut Shell, argv: &[String]) -> i32 {
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
    let target = match (back, shell.var("OLDPWD")) {
        (false, _) => target,
        (true, Some(old)) => old.to_string(),
        (true, None) if shell.language() == Language::Bash => {
            let text = format!("{}: cd: OLDPWD not set\n", shell.message_prefix());
            shell.err(text);
            return 1;
        }
        (true, None) => shell.cwd.clone(),
    };
    let found_below = below_cdpath(shell, &target);
    let shows = back || found_below.is_some();
    let target = found_below.unwrap_or(target);
    if shell.fs.may_hide(&shell.cwd, &target) {
        shell.enter_unpacked(&target);
    }
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
            shell.gap_of_untouched(&target);
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

/// The target in the first folder of CDPATH that has it. A target in the working directory does not count as found.
pub(crate) fn below_cdpath(shell: &Shell, target: &str) -> Option<String> {
    if target.starts_with(['/', '.']) {
        return None;
    }
    let directory_stack = shell.var("CDPATH")?.split(':');
    let place = directory_stack.map(|folder| (folder, path::join(&path::join(&shell.cwd, folder), target)));
    let is_folder = |place: &str| shell.fs.stat(&shell.cwd, place).is_ok_and(|(_, node)| node.is_dir());
    let (folder, place) = place.into_iter().find(|(_, place)| is_folder(place))?;
    (!folder.is_empty() && folder != ".").then_some(place)
}
