//! `chsh`.

use super::passwd_and_group_files::{PASSWD, is_unlisted_account};
use crate::commands::accounts::shadow_utils::{change, is_of};
use crate::shell::Shell;
use crate::shell::getopt::{options, value, with_long_values};

/// `chsh -s SHELL [USER]`.
pub(crate) fn chsh(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &["shell"]), "s");
    let user = names.first().map_or("root", String::as_str).to_string();
    let Some(program) = value(&flags, &["s", "shell"]).map(str::to_string) else {
        shell.gap("unknown-output", "chsh");
        return 0;
    };
    let passwd = shell.read(PASSWD).ok().flatten().unwrap_or_default();
    if !String::from_utf8_lossy(&passwd).lines().any(|line| line.split(':').next() == Some(user.as_str())) {
        if is_unlisted_account(shell, PASSWD, &user) {
            return 0;
        }
        shell.err(format!("chsh: user '{user}' does not exist\n"));
        return 1;
    }
    if shell.fs.stat("/", &program).is_err() && !shell.fs.may_hide("/", &program) {
        shell.err(format!("chsh: Warning: {program} does not exist\n"));
    }
    change(shell, PASSWD, |fields| {
        if is_of(fields, &user)
            && let Some(last) = fields.get_mut(6)
        {
            last.clone_from(&program);
        }
        true
    });
    0
}
