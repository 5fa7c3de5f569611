//! `groupdel`.

use super::passwd_and_group_files::{GROUP, GSHADOW, PASSWD, field, is_unlisted_account, text_of};
use crate::commands::accounts::shadow_utils::{change, is_of};
use crate::shell::Shell;
use crate::shell::getopt::options;

pub(crate) fn groupdel(shell: &mut Shell, argv: &[String]) -> i32 {
    let (_, names) = options(argv, "RP");
    let (Some(name), Some(groups)) = (names.first().cloned(), text_of(shell, GROUP)) else { return 2 };
    let Some(gid) = field(&groups, &name, 2).map(str::to_string) else {
        if is_unlisted_account(shell, GROUP, &name) {
            return 0;
        }
        shell.err(format!("groupdel: group '{name}' does not exist\n"));
        return 6;
    };
    let users = text_of(shell, PASSWD).unwrap_or_default();
    if let Some(user) = users.lines().find(|line| line.split(':').nth(3) == Some(&gid)) {
        let user = user.split(':').next().unwrap_or("");
        shell.err(format!("groupdel: cannot remove the primary group of user '{user}'\n"));
        return 8;
    }
    remove_group(shell, &name);
    0
}

pub(crate) fn remove_group(shell: &mut Shell, name: &str) {
    change(shell, GROUP, |fields| !is_of(fields, name));
    change(shell, GSHADOW, |fields| !is_of(fields, name));
}
