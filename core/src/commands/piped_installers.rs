//! Scripts that install a program and are known by their address: a shell or PHP runs them, from a file or a pipe.

use crate::commands::estimated_files::write_estimated_files;
use crate::commands::interpreters;
use crate::fs::{Content, path};
use crate::measure::{Way, typical_download};
use crate::shell::{Shell, builtins};

/// The models of `sh`, `bash`, `dash` and `ash`.
pub(crate) fn sh(shell: &mut Shell, argv: &[String]) -> i32 {
    if run_installer(shell, argv) { 0 } else { builtins::sh::sh(shell, argv) }
}

/// The model of `php`.
pub(crate) fn php(shell: &mut Shell, argv: &[String]) -> i32 {
    if install_composer(shell, argv) { 0 } else { interpreters::interpreter(shell, argv) }
}

/// The address that an interpreter's script comes from, and its words: the first that is no option, or else the pipe.
fn origin(shell: &Shell, argv: &[String]) -> Option<String> {
    let script = argv.iter().skip(1).take_while(|word| *word != "--").find(|word| !word.starts_with('-'));
    let Some(script) = script.filter(|_| !argv.iter().any(|word| word == "-s")) else {
        return shell.piped_address().map(str::to_string);
    };
    let (_, node) = shell.fs.stat(&shell.cwd, script).ok()?;
    node.content().and_then(Content::address).map(str::to_string)
}

fn run_installer(shell: &mut Shell, argv: &[String]) -> bool {
    let Some(address) = origin(shell, argv) else { return false };
    let Some((size, folder)) = typical_download(&address).installs.filter(|_| !is_composer(&address)) else {
        return false;
    };
    let home = shell.var("HOME").filter(|home| !home.is_empty()).unwrap_or("/root").to_string();
    let place = match folder.strip_prefix('~') {
        Some(below) => format!("{home}{below}"),
        None => folder.to_string(),
    };
    shell.claim_download();
    write_estimated_files(shell, &place, &address, size, Way::Answers);
    shell.gap("estimated-command", address);
    true
}

fn is_composer(address: &str) -> bool {
    address.ends_with("getcomposer.org/installer")
}

/// Composer's installer writes `composer.phar`, unless its options name another file.
fn install_composer(shell: &mut Shell, argv: &[String]) -> bool {
    let Some(address) = origin(shell, argv).filter(|address| is_composer(address)) else { return false };
    shell.claim_download();
    let value = |name: &str| {
        let glued = argv.iter().find_map(|word| word.strip_prefix(name)?.strip_prefix('='));
        let after = argv.iter().position(|word| word == name).and_then(|at| argv.get(at + 1)).map(String::as_str);
        glued.or(after).map(str::to_string)
    };
    let folder = value("--install-dir").unwrap_or_else(|| ".".into());
    let place = path::join(&path::join(&shell.cwd, &folder), &value("--filename").unwrap_or("composer.phar".into()));
    let content = Content::unknown("the composer.phar of its newest release");
    let content = content.estimated(typical_download(&address).installs.map(|(size, _)| size));
    let written = shell.put_file(&place, content);
    shell.fs.chmod(&place, 0o755);
    written.is_ok()
}
