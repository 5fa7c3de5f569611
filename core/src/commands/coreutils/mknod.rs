//! `mknod`.

use super::chmod::wanted_mode;
use crate::fs::{Errno, FsError, Special};
use crate::shell::Shell;
use crate::shell::getopt::{only, options};

/// `mknod [-m MODE] NAME b|c MAJOR MINOR` and `mknod NAME p`: which device it is weighs nothing.
pub(crate) fn mknod(shell: &mut Shell, argv: &[String]) -> i32 {
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
