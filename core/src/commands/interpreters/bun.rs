//! `bun run FILE` and `bun FILE` (1.4 asked).

use super::options::{self, Options};
use super::{Message, MissingFile, full, is_missing};
use crate::shell::Shell;

const OPTIONS: Options =
    Options { flags: &["--bun", "--smol", "--hot", "--no-install", "--silent"], values: &["-r", "--preload"] };

/// Ends of file names. Another word may be a script of package.json, a program or a subcommand.
const ENDS: [&str; 7] = [".ts", ".js", ".mts", ".mjs", ".tsx", ".jsx", ".cjs"];

pub(super) fn missing_file(shell: &Shell, argv: &[String]) -> Option<MissingFile> {
    let words = match argv.get(1).map(String::as_str) {
        Some("run") => argv.get(1..)?,
        _ => argv,
    };
    let word = words.get(options::main_file(words, &OPTIONS)?)?;
    if !ENDS.iter().any(|end| word.ends_with(end)) || !is_missing(shell, word) {
        return None;
    }
    let message = Message::Stderr(format!("error: Module not found \"{word}\"\n"));
    Some(MissingFile { path: full(shell, word), message: Some(message), status: 1 })
}
