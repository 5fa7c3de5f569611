//! PID 1 is a shell that waits for the real program and does not forward signals to it.

use super::{Hint, StartedImage};

pub(super) fn hint(start: &StartedImage) -> Option<Hint> {
    // A program that has ended gets no signal.
    if start.run.exit_code.is_some() {
        return None;
    }
    let argv = &start.started.argv;
    let shell = argv.first().map_or("", |first| crate::fs::path::file_name(first));
    if !["sh", "bash", "dash", "ash"].contains(&shell) {
        return None;
    }
    match argv.get(1).map(String::as_str) {
        Some("-c") => {
            let text = argv.get(2)?;
            // dash, ash and bash replace themselves by the command only if it is the only one.
            let many = text.contains(['\n', ';', '|']) || text.contains("&&");
            (many && !last_is_exec(text)).then(|| Hint::new("pid-1-shell", &[("command", text.trim())]))
        }
        Some(script) if script.starts_with('/') => {
            let (_, node) = start.image.tree.stat("/", script).ok()?;
            let bytes = node.content()?.bytes()?;
            let text = String::from_utf8_lossy(bytes);
            (!last_is_exec(&text)).then(|| Hint::new("pid-1-script", &[("path", script)]))
        }
        _ => None,
    }
}

/// Whether the last command of a script replaces the shell.
fn last_is_exec(text: &str) -> bool {
    let last = text.lines().map(str::trim).rfind(|line| !line.is_empty() && !line.starts_with('#'));
    let last = last.unwrap_or("").rsplit(['&', ';', '|']).next().unwrap_or("");
    last.trim_start().starts_with("exec ")
}
