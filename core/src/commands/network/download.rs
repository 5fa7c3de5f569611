//! What `curl` and `wget` get from an address: the answer that the project declares, or nothing that is known.

use crate::fs::Content;
use crate::shell::Shell;

/// The name that both give a file without another.
pub(crate) fn last_part(address: &str) -> &str {
    let path = address.split(['?', '#']).next().unwrap_or(address);
    let path = path.split_once("://").map_or(path, |(_, rest)| rest);
    match path.rsplit_once('/') {
        Some((_, name)) if !name.is_empty() => name,
        _ => "index.html",
    }
}

/// Puts an answer into a file, or prints it. The error is the place that cannot be written.
pub(crate) fn take(shell: &mut Shell, address: &str, file: Option<&str>) -> Result<(), String> {
    let answer = shell.answers.get(address).cloned();
    let Some(file) = file else {
        match answer.as_ref().and_then(Content::bytes) {
            Some(bytes) => shell.out(bytes),
            // What reads it does something that is not known.
            None => shell.pipe_download(address),
        }
        return Ok(());
    };
    let content = answer.unwrap_or_else(|| {
        shell.gap("remote-source", address);
        Content::download(address)
    });
    shell.put_file(file, content).map_err(|_| file.to_string())
}
