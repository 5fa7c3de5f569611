//! `unlink`.

use crate::shell::Shell;

pub(crate) fn unlink(shell: &mut Shell, argv: &[String]) -> i32 {
    let [_, name] = argv else {
        shell.err("unlink: missing operand\n");
        return 1;
    };
    let removed = match shell.fs.lstat(&shell.cwd, name).map(|(place, node)| (place, node.is_dir())) {
        Ok((_, true)) => Err(crate::fs::FsError { errno: crate::fs::Errno::Eisdir, path: name.clone() }),
        Ok((place, false)) => shell.fs.remove(&place),
        Err(error) => Err(error),
    };
    let what = if shell.dialect() == "ash" { "cannot remove file" } else { "cannot unlink" };
    match removed {
        Ok(()) => 0,
        Err(error) => shell.complain("unlink", &format!("{what} '{name}'"), &error),
    }
}
