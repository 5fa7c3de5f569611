//! `whoami`.

use crate::commands::coreutils::id::user_name;
use crate::shell::Shell;

pub(crate) fn whoami(shell: &mut Shell, _: &[String]) -> i32 {
    let name = user_name(shell);
    if name.is_empty() {
        let uid = shell.user.uid;
        shell.err(format!("whoami: cannot find name for user ID {uid}\n"));
        return 1;
    }
    shell.out(format!("{name}\n"));
    0
}
