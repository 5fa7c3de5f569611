//! tar: reads and writes archives, packed or not.

mod create;
mod extract;
mod options;

use crate::fs::Errno;
use crate::shell::Shell;
use options::Tar;

pub(crate) fn tar(shell: &mut Shell, argv: &[String]) -> i32 {
    let tar = Tar::read(shell, argv);
    if let Some(unknown) = &tar.unknown {
        shell.gap("unmodelled-option", format!("tar {unknown}"));
    }
    match tar.verb {
        'x' | 't' => extract::read(shell, &tar),
        'c' | 'r' => create::create(shell, &tar),
        _ => {
            shell.err(match shell.dialect() {
                "ash" => "tar: must specify one of -c, -x, -t\n",
                _ => {
                    "tar: You must specify one of the '-Acdtrux', '--delete' or '--test-label' options\n\
                      Try 'tar --help' or 'tar --usage' for more information.\n"
                }
            });
            if shell.dialect() == "ash" { 1 } else { 2 }
        }
    }
}

/// Where `-C` leads.
///
/// # Errors
/// The exit code; what is wrong was said.
fn entered(shell: &mut Shell, folder: &str) -> Result<String, i32> {
    let errno = match shell.fs.stat(&shell.cwd, folder) {
        Ok((real, node)) if node.is_dir() => return Ok(real),
        Ok(_) => Errno::Enotdir,
        Err(_) if shell.fs.may_hide(&shell.cwd, folder) => {
            shell.gap("unlisted-file", folder);
            shell.make_partial_folder(folder);
            return shell.fs.resolve(&shell.cwd, folder, true).map_err(|_| 2);
        }
        Err(error) => error.errno,
    };
    let why = errno.message();
    let (text, code) = match shell.dialect() {
        "ash" => (format!("tar: can't change directory to '{folder}': {why}\n"), 1),
        _ => (format!("tar: {folder}: Cannot open: {why}\ntar: Error is not recoverable: exiting now\n"), 2),
    };
    shell.err(text);
    Err(code)
}
