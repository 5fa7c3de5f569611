//! `ruby FILE` (3.1 asked).

use super::options::{self, Options};
use super::{Message, MissingFile, full, is_missing};
use crate::shell::Shell;

pub(super) const OPTIONS: Options =
    Options { flags: &["-w", "-W*", "-d", "-U", "--jit", "--mjit", "--yjit", "--rjit"], values: &["-I", "-r", "-E"] };

pub(super) fn missing_file(shell: &Shell, argv: &[String]) -> Option<MissingFile> {
    let word = argv.get(options::main_file(argv, &OPTIONS)?)?;
    if !is_missing(shell, word) {
        return None;
    }
    let message = format!("{}: No such file or directory -- {word} (LoadError)\n", argv.first()?);
    Some(MissingFile { path: full(shell, word), message: Some(Message::Stderr(message)), status: 1 })
}
