//! `nproc`.

use crate::shell::Shell;

/// The simulated machine has one processor. The number decides how many jobs run at once, and no size.
pub(crate) fn nproc(shell: &mut Shell, _argv: &[String]) -> i32 {
    shell.out("1\n");
    shell.gap("assumed-processors", "nproc");
    0
}
