//! `perl FILE` (5.36 asked).

use super::options::{self, Options};
use super::{Message, MissingFile, full, is_missing};
use crate::shell::Shell;

pub(super) const OPTIONS: Options =
    Options { flags: &["-w", "-W", "-T", "-t", "-X", "-U", "-M*", "-m*", "-c"], values: &["-I"] };

/// The exit code is the value of `errno`.
const ENOENT: i32 = 2;

pub(super) fn missing_file(shell: &Shell, argv: &[String]) -> Option<MissingFile> {
    let word = argv.get(options::main_file(argv, &OPTIONS)?)?;
    if !is_missing(shell, word) {
        return None;
    }
    let message = format!("Can't open perl script \"{word}\": No such file or directory\n");
    Some(MissingFile { path: full(shell, word), message: Some(Message::Stderr(message)), status: ENOENT })
}
