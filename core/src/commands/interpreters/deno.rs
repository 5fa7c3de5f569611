//! `deno run FILE` and `deno FILE` (2.9 asked).

use super::options::{self, Options};
use super::{Message, MissingFile, full, is_missing};
use crate::shell::Shell;

const OPTIONS: Options = Options {
    flags: &[
        "-A",
        "-E",
        "-I",
        "-N",
        "-R",
        "-S",
        "-W",
        "-P",
        "-q",
        "--allow-*",
        "--deny-*",
        "--cached-only",
        "--frozen",
        "--no-check",
        "--no-config",
        "--no-lock",
        "--no-prompt",
        "--no-remote",
        "--quiet",
        "--unstable*",
    ],
    values: &["-c", "--config", "--import-map", "--cert", "--location", "--seed"],
};

/// Ends of file names. Another word may be a task, or a subcommand.
const ENDS: [&str; 7] = [".ts", ".js", ".mts", ".mjs", ".tsx", ".jsx", ".cjs"];

pub(super) fn missing_file(shell: &Shell, argv: &[String]) -> Option<MissingFile> {
    let words = match argv.get(1).map(String::as_str) {
        Some("run" | "serve") => argv.get(1..)?,
        _ => argv,
    };
    let word = words.get(options::main_file(words, &OPTIONS)?)?;
    let is_file = ENDS.iter().any(|end| word.ends_with(end)) && !word.contains(':');
    if !is_file || !is_missing(shell, word) {
        return None;
    }
    let place = full(shell, word);
    let message = format!("error: Module not found \"file://{place}\".\n");
    Some(MissingFile { path: place, message: Some(Message::Stderr(message)), status: 1 })
}
