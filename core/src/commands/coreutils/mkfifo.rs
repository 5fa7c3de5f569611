//! `mkfifo`.

use super::chmod::wanted_mode;
use crate::fs::Special;
use crate::shell::Shell;
use crate::shell::getopt::{only, options};

pub(crate) fn mkfifo(shell: &mut Shell, argv: &[String]) -> i32 {
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
