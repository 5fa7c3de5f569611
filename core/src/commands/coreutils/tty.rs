//! `tty`.

use crate::shell::Shell;

/// A build has no terminal.
pub(crate) fn tty(shell: &mut Shell, argv: &[String]) -> i32 {
    if argv.get(1).is_none_or(|word| word != "-s") {
        shell.out("not a tty\n");
    }
    1
}
