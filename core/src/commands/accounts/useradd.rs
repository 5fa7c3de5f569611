//! `useradd`.

use super::home_directory::{fill_home, make_home};
use super::next_free_id::ids;
use super::passwd_and_group_files::{GROUP, PASSWD, SHADOW, TODAY, has_name, is_there, is_unlisted_account, text_of};
use crate::commands::accounts::next_free_id::{add_ranges, next_free_of_shadow_utils};
use crate::commands::accounts::shadow_utils::{LONG, add, add_group, join};
use crate::shell::Shell;
use crate::shell::getopt::{has, options, value, with_long_values};

pub(crate) fn useradd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &LONG), "ugGdscpekbKfRP");
    let (Some(name), Some(users), Some(groups)) =
        (names.first().cloned(), text_of(shell, PASSWD), text_of(shell, GROUP))
    else {
        return 2;
    };
    if has_name(&users, &name) {
        shell.err(format!("useradd: user '{name}' already exists\n"));
        return 9;
    }
    let system = has(&flags, &["r", "system"]);
    let wanted = value(&flags, &["u", "uid"]).and_then(|text| text.parse().ok());
    if let Some(uid) = wanted.filter(|uid| ids(&users).contains(uid) && !has(&flags, &["o", "non-unique"])) {
        shell.err(format!("useradd: UID {uid} is not unique\n"));
        return 4;
    }
    let uid: u32 = wanted.unwrap_or_else(|| next_free_of_shadow_utils(&ids(&users), system));
    let own = !has(&flags, &["N", "no-user-group"]);
    let gid = match value(&flags, &["g", "gid"]).map(str::to_string) {
        Some(group) => match crate::exec::id_of_name(&shell.fs, GROUP, &group) {
            Some(gid) => gid,
            None => {
                if is_unlisted_account(shell, GROUP, &group) {
                    return 0;
                }
                shell.err(format!("useradd: group '{group}' does not exist\n"));
                return 6;
            }
        },
        // GROUP of /etc/default/useradd.
        None if !own => 100,
        None if has_name(&groups, &name) => {
            shell.err(format!("useradd: group {name} exists - if you want to add this user to that group, use -g.\n"));
            return 9;
        }
        None => {
            let taken = ids(&groups);
            let gid = if taken.contains(&uid) { next_free_of_shadow_utils(&taken, system) } else { uid };
            add_group(shell, &name, gid);
            gid
        }
    };
    let text = |names: &[&str], default: &str| value(&flags, names).unwrap_or(default).to_string();
    let base = text(&["b", "base-dir"], "/home");
    let home = text(&["d", "home-dir", "home"], &format!("{base}/{name}"));
    let (login, comment) = (text(&["s", "shell"], "/bin/sh"), text(&["c", "comment"], ""));
    add(shell, PASSWD, &format!("{name}:x:{uid}:{gid}:{comment}:{home}:{login}"));
    if is_there(shell, SHADOW) {
        let ages = if system { "::::::" } else { ":0:99999:7:::" };
        let secret = text(&["p", "password"], "!");
        add(shell, SHADOW, &format!("{name}:{secret}:{TODAY}{ages}"));
    }
    if !system {
        add_ranges(shell, &name);
    }
    if let Some(more) = value(&flags, &["G", "groups"]).map(str::to_string) {
        let status = join(shell, "useradd", &name, &more);
        if status != 0 {
            return status;
        }
    }
    if has(&flags, &["m", "create-home"]) {
        if make_home(shell, &home, 0o755, uid, gid) {
            fill_home(shell, &home, uid, gid);
        } else {
            shell.err(format!(
                "useradd: warning: the home directory {home} already exists.\nuseradd: Not copying any file from skel directory into it.\n"
            ));
        }
    }
    0
}
