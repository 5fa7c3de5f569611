//! `get-pip.py`, from a file or a pipe: `curl …/get-pip.py | python3`.

use super::pip;
use crate::fs::Content;
use crate::shell::Shell;

/// `get-pip.py`, from a file or a pipe: it installs pip with its own copy of pip, and setuptools and wheel into a Python
/// before 3.12 (as its documentation says).
pub(super) fn get_pip(shell: &mut Shell, argv: &[String]) -> Option<i32> {
    let program = argv.first().map_or("python3", String::as_str);
    let words = argv.get(1..).unwrap_or(&[]);
    let script = words.iter().find(|word| !word.starts_with('-'));
    let is_get_pip = |address: &str| address.contains("bootstrap.pypa.io/") && address.ends_with("get-pip.py");
    let content = script.and_then(|script| shell.fs.stat(&shell.cwd, script).ok()?.1.content());
    let is_file = content.and_then(Content::address).is_some_and(is_get_pip);
    let is_piped = script.is_none() && shell.piped_address().is_some_and(is_get_pip);
    if !is_file && !is_piped {
        return None;
    }
    // In a Python that the distribution manages it does what pip does, which depends on settings.
    if pip::refuses_installations(shell, program)? {
        return None;
    }
    if is_piped {
        shell.claim_download();
    }
    let packages = ["pip", "setuptools", "wheel"];
    let without = |name: &&&str| words.iter().any(|word| word.strip_prefix("--no-") == Some(**name));
    let options = words.iter().filter(|word| word.starts_with('-') && !word.starts_with("--no-"));
    let mut install = vec!["install".to_string(), "--no-cache-dir".into()];
    install.extend(packages.iter().filter(|name| !without(name)).map(ToString::to_string));
    install.extend(options.cloned());
    pip::install(shell, program, &install)
}
