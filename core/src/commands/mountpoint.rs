//! `mountpoint`.

use crate::fs::path;
use crate::shell::Shell;
use crate::shell::getopt::{has, options};

/// What is mounted in a container while a step runs.
pub(crate) fn mountpoint(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    let Some(name) = names.first() else { return 1 };
    if let Err(error) = shell.fs.stat(&shell.cwd, name)
        && !shell.fs.may_hide(&shell.cwd, name)
    {
        if !has(&flags, &["q", "quiet"]) {
            shell.complain("mountpoint", name, &error);
        }
        return 1;
    }
    let place = path::join(&shell.cwd, name);
    let is_one = matches!(
        place.as_str(),
        "/" | "/proc"
            | "/dev"
            | "/sys"
            | "/dev/pts"
            | "/dev/shm"
            | "/dev/mqueue"
            | "/etc/hosts"
            | "/etc/hostname"
            | "/etc/resolv.conf"
    );
    if !has(&flags, &["q", "quiet"]) {
        shell.out(format!("{name} is {}a mountpoint\n", if is_one { "" } else { "not " }));
    }
    match is_one {
        true => 0,
        false if shell.dialect() == "ash" => 1,
        // util-linux has a code of its own for it.
        false => 32,
    }
}
