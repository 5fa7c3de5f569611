//! `add-shell` and `remove-shell`: the login shells in /etc/shells.

use crate::fs::Content;
use crate::shell::Shell;

pub(crate) const SHELLS_FILE: &str = "/etc/shells";

/// `add-shell NAME…`: where `/bin` is a link each shell has two names.
pub(crate) fn add_shell(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut lines = lines(shell);
    for name in named(shell, argv) {
        if !lines.contains(&name) {
            lines.push(name);
        }
    }
    write(shell, &lines)
}

pub(crate) fn remove_shell(shell: &mut Shell, argv: &[String]) -> i32 {
    let gone = named(shell, argv);
    let mut lines = lines(shell);
    lines.retain(|line| !gone.contains(line));
    write(shell, &lines)
}

pub(crate) fn named(shell: &Shell, argv: &[String]) -> Vec<String> {
    let mut all = Vec::new();
    for name in argv.iter().skip(1) {
        all.push(name.clone());
        let merged = shell.fs.resolve("/", "/bin", true).is_ok_and(|place| place == "/usr/bin");
        if let Some(rest) = name.strip_prefix("/bin/").filter(|_| merged) {
            all.push(format!("/usr/bin/{rest}"));
        }
    }
    all
}

pub(crate) fn lines(shell: &Shell) -> Vec<String> {
    let text = shell.read(SHELLS_FILE).ok().flatten().unwrap_or_default();
    String::from_utf8_lossy(&text).lines().map(str::to_string).collect()
}

pub(crate) fn write(shell: &mut Shell, lines: &[String]) -> i32 {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    shell.replace_as_root(SHELLS_FILE, Content::inline(text.into_bytes()), 0o644);
    0
}
