//! busybox's adduser, addgroup, deluser and delgroup.

use super::super::{has, options, ownership, value, with_long_values};
use super::{
    GROUP, GSHADOW, PASSWD, SHADOW, append, edit, field, has_name, ids, is_there, make_home, text_of, with_member,
};
use crate::shell::Shell;

const LONG: [&str; 8] = ["home", "gecos", "shell", "ingroup", "uid", "skel", "gid", "group"];

/// The first free id.
fn free(taken: &[u32], system: bool) -> u32 {
    let mut range = if system { 100..1000 } else { 1000..60_000 };
    let start = range.start;
    range.find(|id| !taken.contains(id)).unwrap_or(start)
}

pub(super) fn adduser(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &LONG), "hgsGuk");
    let Some(name) = names.first().cloned() else {
        shell.err("adduser: missing user name\n");
        return 1;
    };
    if let Some(group) = names.get(1) {
        return join(shell, "adduser", &name, group);
    }
    let (Some(users), Some(groups)) = (text_of(shell, PASSWD), text_of(shell, GROUP)) else { return 0 };
    if has_name(&users, &name) {
        shell.err(format!("adduser: user '{name}' in use\n"));
        return 1;
    }
    let system = has(&flags, &["S", "system"]);
    let wanted = value(&flags, &["u", "uid"]).and_then(|text| text.parse().ok());
    let uid: u32 = wanted.unwrap_or_else(|| free(&ids(&users), system));
    let gid = match value(&flags, &["G", "ingroup"]).map(str::to_string) {
        Some(group) => match ownership::id(&shell.fs, GROUP, &group) {
            Some(gid) => gid,
            None => {
                shell.err(format!("adduser: unknown group {group}\n"));
                return 1;
            }
        },
        None if system => 65_533,
        None => {
            let taken = ids(&groups);
            let gid = if taken.contains(&uid) { free(&taken, system) } else { uid };
            append(shell, GROUP, &format!("{name}:x:{gid}:"));
            gid
        }
    };
    let text = |names: &[&str], default: &str| value(&flags, names).unwrap_or(default).to_string();
    let home = text(&["h", "home"], &format!("/home/{name}"));
    let login = text(&["s", "shell"], if system { "/bin/false" } else { "/bin/sh" });
    let comment = text(&["g", "gecos"], "Linux User,,,");
    append(shell, PASSWD, &format!("{name}:x:{uid}:{gid}:{comment}:{home}:{login}"));
    if is_there(shell, SHADOW) {
        append(shell, SHADOW, &format!("{name}:!:0:0:99999:7:::"));
    }
    let filled = shell.fs.may_hide("/", "/etc/skel") || is_there(shell, "/etc/skel");
    if !has(&flags, &["H", "no-create-home"]) && make_home(shell, &home, 0o2755, uid, gid) && filled {
        // What /etc/skel holds is copied there; a listing that is not complete is told.
        shell.gap("partial-listing", "/etc/skel");
    }
    0
}

pub(super) fn addgroup(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &LONG), "g");
    let (Some(name), Some(groups)) = (names.first().cloned(), text_of(shell, GROUP)) else { return 0 };
    if let Some(group) = names.get(1) {
        return join(shell, "addgroup", &name, group);
    }
    if has_name(&groups, &name) {
        shell.err(format!("addgroup: group '{name}' in use\n"));
        return 1;
    }
    let wanted = value(&flags, &["g", "gid"]).and_then(|text| text.parse().ok());
    let id = wanted.unwrap_or_else(|| free(&ids(&groups), has(&flags, &["S", "system"])));
    append(shell, GROUP, &format!("{name}:x:{id}:"));
    0
}

/// Puts a user into a group.
fn join(shell: &mut Shell, command: &str, user: &str, group: &str) -> i32 {
    let Some(groups) = text_of(shell, GROUP) else { return 0 };
    if !has_name(&groups, group) {
        shell.err(format!("{command}: unknown group {group}\n"));
        return 1;
    }
    members(shell, user, group, true);
    0
}

fn members(shell: &mut Shell, user: &str, group: &str, on: bool) {
    edit(shell, GROUP, |fields| {
        if let (true, Some(last)) = (fields.first().is_some_and(|name| name == group), fields.get_mut(3)) {
            *last = with_member(last, user, on);
        }
        true
    });
}

pub(super) fn deluser(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    let (Some(name), Some(users)) = (names.first().cloned(), text_of(shell, PASSWD)) else { return 0 };
    let Some(home) = field(&users, &name, 5).map(str::to_string) else {
        shell.err(format!("deluser: unknown user {name}\n"));
        return 1;
    };
    for file in [PASSWD, SHADOW] {
        edit(shell, file, |fields| fields.first() != Some(&name));
    }
    // The user is a member of no group any more, and a group of that name goes, too.
    for file in [GROUP, GSHADOW] {
        edit(shell, file, |fields| {
            if let Some(last) = fields.get_mut(3) {
                *last = with_member(last, &name, false);
            }
            fields.first() != Some(&name)
        });
    }
    if has(&flags, &["remove-home"]) {
        super::remove_home(shell, &home);
    }
    0
}

pub(super) fn delgroup(shell: &mut Shell, argv: &[String]) -> i32 {
    let (_, names) = options(argv, "");
    let (Some(first), Some(groups)) = (names.first().cloned(), text_of(shell, GROUP)) else { return 0 };
    let group = names.get(1).unwrap_or(&first).clone();
    let Some(gid) = field(&groups, &group, 2).map(str::to_string) else {
        shell.err(format!("delgroup: unknown group {group}\n"));
        return 1;
    };
    if names.len() > 1 {
        members(shell, &first, &group, false);
        return 0;
    }
    let users = text_of(shell, PASSWD).unwrap_or_default();
    if let Some(owner) =
        users.lines().find(|line| line.split(':').nth(3) == Some(&gid)).and_then(|line| line.split(':').next())
    {
        shell.err(format!("delgroup: '{owner}' still has '{group}' as their primary group!\n"));
        return 1;
    }
    for file in [GROUP, GSHADOW] {
        edit(shell, file, |fields| fields.first() != Some(&group));
    }
    0
}
