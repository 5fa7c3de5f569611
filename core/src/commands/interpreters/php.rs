//! `php FILE` and `php -f FILE` (8.2 asked): the message goes to standard output.

use super::options::{self, Options};
use super::{Message, MissingFile, full, is_missing};
use crate::shell::Shell;

pub(super) const OPTIONS: Options = Options { flags: &["-n", "-q", "-C"], values: &["-d", "-c"] };

pub(super) fn missing_file(shell: &Shell, argv: &[String]) -> Option<MissingFile> {
    let word = match argv.get(1).map(String::as_str) {
        Some("-f") => argv.get(2)?,
        _ => argv.get(options::main_file(argv, &OPTIONS)?)?,
    };
    if word.starts_with('-') || word.contains("://") || !is_missing(shell, word) {
        return None;
    }
    let message = Message::Stdout(format!("Could not open input file: {word}\n"));
    Some(MissingFile { path: full(shell, word), message: Some(message), status: 1 })
}
