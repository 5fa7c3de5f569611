//! `npx TOOL …`: runs a program of `node_modules/.bin` that is modelled; of any other only the written folders are known.

use crate::packages::language_managers::{find_manager, run_language_manager};
use crate::shell::Shell;

pub(crate) fn npx(shell: &mut Shell, argv: &[String]) -> i32 {
    match installed_tool(shell, argv.get(1..).unwrap_or(&[])) {
        Some(command) => run_language_manager(shell, &command),
        None => run_language_manager(shell, argv),
    }
}

/// The command line of a modelled tool that is installed in the working directory.
fn installed_tool(shell: &Shell, words: &[String]) -> Option<Vec<String>> {
    let at = words.iter().position(|word| !["-y", "--yes", "--no-install", "--no", "--"].contains(&word.as_str()))?;
    let name = words.get(at)?.split('@').next().unwrap_or_default();
    let is_installed = shell.fs.lstat(&shell.cwd, &format!("node_modules/.bin/{name}")).is_ok();
    find_manager(name).filter(|_| is_installed && !name.contains('/'))?;
    Some(std::iter::once(name.to_string()).chain(words.iter().skip(at + 1).cloned()).collect())
}
