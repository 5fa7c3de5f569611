//! `setcap`: file capabilities. They are stored in the file's metadata, so the file is copied into the layer.

use crate::fs::path;
use crate::shell::Shell;
use crate::shell::getopt::options;

/// `setcap RIGHTS FILE [RIGHTS FILE …]`, `setcap -r FILE`.
pub(crate) fn setcap(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, words) = options(argv, "n");
    let files: Vec<&String> = match crate::shell::getopt::has(&flags, &["r"]) {
        true => words.iter().collect(),
        false => words.iter().skip(1).step_by(2).collect(),
    };
    for name in files {
        match shell.fs.stat(&shell.cwd, name).map(|(place, node)| (place, node.mode)) {
            Ok((place, mode)) => shell.fs.chmod(&place, mode),
            Err(_) if shell.fs.rewrite_unknown_type(&path::join(&shell.cwd, name)) => {}
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => shell.gap("unlisted-file", name),
            Err(_) => {
                shell.err(format!("Failed to set capabilities on file '{name}' (No such file or directory)\n"));
                return 1;
            }
        }
    }
    0
}

/// What rights files have is not kept here.
pub(crate) fn getcap(shell: &mut Shell, _: &[String]) -> i32 {
    shell.gap("unknown-output", "getcap");
    0
}
