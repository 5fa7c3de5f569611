//! `userdel`.

use super::passwd_and_group_files::{
    GROUP, GSHADOW, PASSWD, SHADOW, field, has_name, is_there, is_unlisted_account, text_of, with_member,
};
use crate::commands::accounts::shadow_utils::{change, is_of};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

/// Takes a user's lines out, and a group of its name that is nobody else's.
pub(crate) fn remove_user(shell: &mut Shell, name: &str) {
    let users = text_of(shell, PASSWD).unwrap_or_default();
    let gid = field(&users, name, 3).map(str::to_string);
    change(shell, PASSWD, |fields| !is_of(fields, name));
    change(shell, SHADOW, |fields| !is_of(fields, name));
    for file in ["/etc/subuid", "/etc/subgid"] {
        if text_of(shell, file).is_some_and(|text| has_name(&text, name)) {
            change(shell, file, |fields| !is_of(fields, name));
        }
    }
    let others = users.lines().any(|line| {
        let mut fields = line.split(':');
        fields.next() != Some(name) && fields.nth(2).map(str::to_string) == gid
    });
    let groups = text_of(shell, GROUP).unwrap_or_default();
    let own = field(&groups, name, 2).map(str::to_string) == gid && gid.is_some();
    let alone = field(&groups, name, 3).is_some_and(|list| list.split(',').all(|one| one.is_empty() || one == name));
    if own && others {
        shell.err(format!("userdel: group {name} is the primary group of another user and is not removed.\n"));
    }
    for file in [GROUP, GSHADOW] {
        change(shell, file, |fields| {
            let mine = is_of(fields, name) && own && !others && alone;
            if let Some(list) = fields.get_mut(3) {
                *list = with_member(list, name, false);
            }
            !mine
        });
    }
}

pub(crate) fn userdel(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "RP");
    only(shell, "userdel", &flags, &["r", "remove", "f", "force"]);
    let (Some(name), Some(users)) = (names.first().cloned(), text_of(shell, PASSWD)) else { return 2 };
    let Some(home) = field(&users, &name, 5).map(str::to_string) else {
        if is_unlisted_account(shell, PASSWD, &name) {
            return 0;
        }
        shell.err(format!("userdel: user '{name}' does not exist\n"));
        return 6;
    };
    remove_user(shell, &name);
    if has(&flags, &["r", "remove"]) {
        if !is_there(shell, &format!("/var/mail/{name}")) {
            shell.err(format!("userdel: {name} mail spool (/var/mail/{name}) not found\n"));
        }
        match is_there(shell, &home) {
            true => super::home_directory::remove_home(shell, &home),
            false => {
                shell.err(format!("userdel: {name} home directory ({home}) not found\n"));
                return 12;
            }
        }
    }
    0
}
