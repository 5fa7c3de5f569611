//! add-shell, remove-shell: the shells that a user may have, in /etc/shells.

use crate::fs::Content;
use crate::shell::Shell;

const PLACE: &str = "/etc/shells";

/// `add-shell NAME…`: where `/bin` is a link each shell has two names.
pub(in crate::shell) fn add_shell(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut lines = lines(shell);
    for name in named(shell, argv) {
        if !lines.contains(&name) {
            lines.push(name);
        }
    }
    write(shell, &lines)
}

pub(in crate::shell) fn remove_shell(shell: &mut Shell, argv: &[String]) -> i32 {
    let gone = named(shell, argv);
    let mut lines = lines(shell);
    lines.retain(|line| !gone.contains(line));
    write(shell, &lines)
}

fn named(shell: &Shell, argv: &[String]) -> Vec<String> {
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

fn lines(shell: &Shell) -> Vec<String> {
    let text = shell.read(PLACE).ok().flatten().unwrap_or_default();
    String::from_utf8_lossy(&text).lines().map(str::to_string).collect()
}

fn write(shell: &mut Shell, lines: &[String]) -> i32 {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    shell.put_anew(PLACE, Content::inline(text.into_bytes()), 0o644);
    0
}
