//! `pwd`.

use crate::shell::Shell;

pub(crate) fn pwd(shell: &mut Shell, _: &[String]) -> i32 {
    let text = format!("{}\n", shell.cwd);
    shell.out(text);
    0
}
