//! `node FILE`. The message is node's own (20 asked); `lib/internal/modules/cjs/loader.js` says which files are tried.

use super::options::{self, Options};
use super::{Message, MissingFile, full, is_missing};
use crate::fs::path;
use crate::shell::Shell;

pub(super) const OPTIONS: Options = Options {
    flags: &[
        "--abort-on-uncaught-exception",
        "--enable-source-maps",
        "--es-module-specifier-resolution",
        "--expose-gc",
        "--expose-internals",
        "--expose_gc",
        "--harmony*",
        "--insecure-http-parser",
        "--inspect",
        "--inspect-brk",
        "--no-*",
        "--openssl-legacy-provider",
        "--pending-deprecation",
        "--preserve-symlinks",
        "--preserve-symlinks-main",
        "--throw-deprecation",
        "--trace-deprecation",
        "--trace-exit",
        "--trace-uncaught",
        "--trace-warnings",
        "--use-openssl-ca",
    ],
    values: &["-r", "--require", "--import", "--loader", "--experimental-loader", "-C", "--conditions"],
};

/// Names that are tried after the file's own, in this order.
const ENDS: [&str; 3] = [".js", ".json", ".node"];

pub(super) fn missing_file(shell: &Shell, argv: &[String]) -> Option<MissingFile> {
    let word = argv.get(options::main_file(argv, &OPTIONS)?)?;
    if word == "inspect" {
        return None;
    }
    let place = full(shell, word);
    let index = ENDS.map(|end| path::join(&place, &format!("index{end}")));
    let is_folder = shell.fs.stat("/", &place).is_ok_and(|(_, node)| node.is_dir());
    let lacks = match is_folder {
        // A package.json may name any file.
        true => {
            is_missing(shell, &path::join(&place, "package.json")) && index.iter().all(|file| is_missing(shell, file))
        }
        false => is_missing(shell, &place),
    };
    if !lacks || ENDS.iter().any(|end| !is_missing(shell, &format!("{place}{end}"))) {
        return None;
    }
    let message = Message::Beginning(format!("Error: Cannot find module '{place}'\n"));
    Some(MissingFile { path: place, message: Some(message), status: 1 })
}
