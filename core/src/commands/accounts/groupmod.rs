//! `groupmod`.

use super::passwd_and_group_files::{GROUP, GSHADOW, PASSWD, field, is_unlisted_account, name_of, text_of};
use crate::commands::accounts::shadow_utils::{LONG, change, is_of};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value, with_long_values};

pub(crate) fn groupmod(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &LONG), "gnpRP");
    only(shell, "groupmod", &flags, &["g", "gid", "n", "new-name", "o", "non-unique"]);
    let (Some(name), Some(groups)) = (names.first().cloned(), text_of(shell, GROUP)) else { return 2 };
    let Some(old) = field(&groups, &name, 2).map(str::to_string) else {
        if is_unlisted_account(shell, GROUP, &name) {
            return 0;
        }
        shell.err(format!("groupmod: group '{name}' does not exist\n"));
        return 6;
    };
    let gid = value(&flags, &["g", "gid"]).map(str::to_string);
    let taken = gid.as_ref().and_then(|gid| name_of(&groups, gid.parse().ok()?)).is_some_and(|other| other != name);
    if taken && !has(&flags, &["o", "non-unique"]) {
        shell.err(format!("groupmod: GID '{}' already exists\n", gid.unwrap_or_default()));
        return 4;
    }
    let title = value(&flags, &["n", "new-name"]).map(str::to_string);
    change(shell, GROUP, |fields| {
        if is_of(fields, &name) {
            if let (Some(gid), Some(field)) = (&gid, fields.get_mut(2)) {
                field.clone_from(gid);
            }
            if let (Some(title), Some(field)) = (&title, fields.first_mut()) {
                field.clone_from(title);
            }
        }
        true
    });
    if let Some(title) = &title {
        change(shell, GSHADOW, |fields| {
            if let (true, Some(field)) = (is_of(fields, &name), fields.first_mut()) {
                field.clone_from(title);
            }
            true
        });
    }
    if let Some(gid) = &gid {
        // Users whose own group it is follow.
        change(shell, PASSWD, |fields| {
            if let Some(field) = fields.get_mut(3).filter(|field| **field == old) {
                field.clone_from(gid);
            }
            true
        });
    }
    0
}
