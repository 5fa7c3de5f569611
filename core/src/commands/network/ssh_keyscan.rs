//! `ssh-keyscan`.

use crate::shell::Shell;
use crate::shell::getopt::{options, with_long_values};

/// The keys of hosts: what they answer is not known.
pub(crate) fn ssh_keyscan(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = with_long_values(argv, &[]);
    let (_, hosts) = options(&argv, "tpTf");
    shell.gap("unknown-output", format!("ssh-keyscan {}", hosts.join(" ")));
    0
}
