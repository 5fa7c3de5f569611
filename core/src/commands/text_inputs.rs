//! Shared by text commands: reading inputs, splitting lines, writing output files.

use super::unreadable_file_messages::unreadable;
use crate::fs::Content;
use crate::shell::Shell;

/// Commands that only print, and succeed whatever a file that can be read holds.
const ALWAYS_SUCCEED: [&str; 14] =
    ["base64", "cat", "cksum", "cut", "fold", "head", "nl", "od", "paste", "rev", "sort", "tac", "tail", "wc"];

/// The content of the named files or of standard input. Unreadable files are reported.
pub(crate) fn inputs(shell: &mut Shell, command: &str, names: &[String]) -> (Vec<(String, Vec<u8>)>, i32) {
    let mut status = 0;
    let mut all = Vec::new();
    if names.is_empty() {
        return (vec![("-".into(), std::mem::take(&mut shell.stdin))], 0);
    }
    for name in names {
        if name == "-" || shell.standard_stream(name) == Some(0) {
            all.push((name.clone(), std::mem::take(&mut shell.stdin)));
            continue;
        }
        if name == "/dev/null" {
            all.push((name.clone(), Vec::new()));
            continue;
        }
        match shell.read(name) {
            Ok(Some(bytes)) => all.push((name.clone(), bytes)),
            // A log is in no layer.
            Ok(None) if shell.prints_to_log() && ALWAYS_SUCCEED.contains(&command) => {
                shell.gap("unknown-output", format!("{command} {name}"));
            }
            Ok(None) => shell.gap("unknown-content", name),
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => shell.gap("unlisted-file", name),
            Err(error) => status = status.max(unreadable(shell, command, name, &error)),
        }
    }
    (all, status)
}

/// All inputs as one text.
pub(crate) fn joined(shell: &mut Shell, command: &str, names: &[String]) -> (Vec<u8>, i32) {
    let (all, status) = inputs(shell, command, names);
    (all.into_iter().flat_map(|(_, bytes)| bytes).collect(), status)
}

/// Lines without their ends.
pub(crate) fn lines(bytes: &[u8]) -> Vec<String> {
    ended_by('\n', &String::from_utf8_lossy(bytes)).map(str::to_string).collect()
}

/// The pieces of a text without their ends; only the last one may lack its own. A carriage return is a
/// letter like others.
pub(crate) fn ended_by(end: char, text: &str) -> impl Iterator<Item = &str> {
    let pieces = text.strip_suffix(end).unwrap_or(text).split(end);
    pieces.take(if text.is_empty() { 0 } else { usize::MAX })
}

pub(crate) fn print_lines(shell: &mut Shell, lines: &[String]) {
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    shell.out(text);
}

/// Writes a file as a redirection does.
pub(crate) fn write_to(shell: &mut Shell, command: &str, name: &str, bytes: Vec<u8>, append: bool) -> i32 {
    if name == "/dev/null" {
        return 0;
    }
    let old = shell.fs.stat(&shell.cwd, name).ok().and_then(|(_, node)| node.content()).filter(|_| append);
    let content = match old {
        Some(old) => old.with(&bytes),
        None => match shell.piped_address().filter(|_| bytes.is_empty()) {
            Some(address) => Content::download(address),
            None => Content::inline(bytes),
        },
    };
    match shell.put_file(name, content) {
        Ok(()) => 0,
        Err(error) => shell.complain(command, name, &error),
    }
}
