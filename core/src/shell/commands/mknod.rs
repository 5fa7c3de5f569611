//! `mknod` and `mkfifo`.

use super::ownership::wanted_mode;
use super::{only, options};
use crate::fs::{Errno, FsError, Special};
use crate::shell::Shell;

/// `mknod [-m MODE] NAME b|c MAJOR MINOR` and `mknod NAME p`: which device it is weighs nothing.
pub(super) fn mknod(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, words) = options(argv, "m");
    only(shell, "mknod", &flags, &["m", "mode"]);
    let kind = match words.get(1..).unwrap_or(&[]).iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["p"] => Special::Fifo,
        ["c" | "u", _, _] => Special::CharDevice,
        ["b", _, _] => Special::BlockDevice,
        _ => {
            shell.err("mknod: missing operand\n");
            return 1;
        }
    };
    let wanted = wanted_mode(shell, &flags, 0o666, false);
    let (mode, uid, gid) = (wanted.unwrap_or(shell.file_mode()), shell.user.uid, shell.user.gid);
    let Some(name) = words.first() else { return 1 };
    let made = match uid {
        0 => shell.destination(name).and_then(|place| shell.fs.special(kind, &place, mode, uid, gid)),
        _ => Err(FsError { errno: Errno::Eperm, path: name.clone() }),
    };
    made.map_or_else(|error| shell.complain("mknod", name, &error), |()| 0)
}

pub(super) fn mkfifo(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "m");
    only(shell, "mkfifo", &flags, &["m", "mode"]);
    let wanted = wanted_mode(shell, &flags, 0o666, false);
    let mode = wanted.unwrap_or(shell.file_mode());
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let mut status = 0;
    for name in &names {
        let made = shell.destination(name).and_then(|place| shell.fs.special(Special::Fifo, &place, mode, uid, gid));
        if let Err(error) = made {
            let what = if shell.dialect() == "ash" { name.clone() } else { format!("cannot create fifo ‘{name}’") };
            status = shell.complain("mkfifo", &what, &error);
        }
    }
    status
}
