//! `chroot`.

use crate::shell::Shell;

/// `chroot DIRECTORY command …`, of the root itself.
pub(crate) fn chroot(shell: &mut Shell, argv: &[String]) -> i32 {
    match argv.get(1..).unwrap_or(&[]) {
        [root, command @ ..] if crate::fs::path::join(&shell.cwd, root) == "/" && !command.is_empty() => {
            let here = std::mem::replace(&mut shell.cwd, "/".into());
            let status = shell.call(command);
            shell.cwd = here;
            status
        }
        _ => {
            shell.gap("unmodelled-command", "chroot");
            0
        }
    }
}
