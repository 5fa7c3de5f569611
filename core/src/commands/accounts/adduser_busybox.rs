//! busybox's adduser, addgroup, deluser, delgroup, passwd and chpasswd.
//!
//! Since 1.37 (Alpine 3.21) a file that changes is kept beside the new one, users are listed in the group that
//! they are given, and have no comment; seen with 1.35 and 1.37.

use super::home_directory::make_home;
use super::next_free_id::{first_free, ids};
use super::passwd_and_group_files::{
    GROUP, GSHADOW, PASSWD, SHADOW, TODAY, append, edit, field, has_name, is_there, is_unlisted_account, text_of,
    with_member,
};
use crate::commands::os_release::{os_release, os_version};
use crate::shell::Shell;
use crate::shell::getopt::{has, options, value, with_long_values};

const LONG: [&str; 8] = ["home", "gecos", "shell", "ingroup", "uid", "skel", "gid", "group"];

/// Whether it is 1.37 or newer: its own words, else the release of Alpine that it is in.
fn is_new(shell: &Shell) -> bool {
    let place = shell.fs.resolve("/", "/bin/sh", true).unwrap_or_default();
    if let Ok(Some(bytes)) = shell.read(&place) {
        const BANNER: &[u8] = b"BusyBox v1.";
        let found =
            memchr::memmem::find(&bytes, BANNER).and_then(|at| bytes.get(at + BANNER.len()..at + BANNER.len() + 2));
        if let Some(minor) = found.and_then(|digits| std::str::from_utf8(digits).ok()?.parse::<u32>().ok()) {
            return minor >= 37;
        }
    }
    os_release(shell, "ID").as_deref() == Some("alpine") && os_version(shell) >= Some((3, 21))
}

/// `FILE-` becomes what FILE is: the newer one links it there before it writes.
fn write_backup(shell: &mut Shell, file: &str) {
    if !is_new(shell) {
        return;
    }
    if let Ok((place, _)) = shell.fs.stat("/", file) {
        let copy = format!("{place}-");
        let _ = shell.fs.remove(&copy);
        let _ = shell.fs.link(&place, &copy);
    }
}

fn add(shell: &mut Shell, file: &str, line: &str) {
    write_backup(shell, file);
    append(shell, file, line);
}

/// Edits a file that has something to change.
fn change(shell: &mut Shell, file: &str, mut edited: impl FnMut(&mut Vec<String>) -> bool) {
    let Some(text) = text_of(shell, file) else { return };
    let changes = text.lines().any(|line| {
        let mut fields: Vec<String> = line.split(':').map(str::to_string).collect();
        !edited(&mut fields) || fields.join(":") != line
    });
    if changes {
        write_backup(shell, file);
        edit(shell, file, edited);
    }
}

pub(crate) fn adduser(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &LONG), "hgsGuk");
    let Some(name) = names.first().cloned() else {
        shell.err("adduser: missing user name\n");
        return 1;
    };
    let new = is_new(shell);
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
    let uid: u32 = wanted.unwrap_or_else(|| first_free(&ids(&users), system));
    let gid = match value(&flags, &["G", "ingroup"]).map(str::to_string) {
        Some(group) => match crate::exec::id_of_name(&shell.fs, GROUP, &group) {
            Some(gid) => gid,
            None => {
                if is_unlisted_account(shell, GROUP, &group) {
                    return 0;
                }
                shell.err(format!("adduser: unknown group {group}\n"));
                return 1;
            }
        },
        None if system => 65_533,
        None => {
            let taken = ids(&groups);
            let gid = if taken.contains(&uid) { first_free(&taken, system) } else { uid };
            add(shell, GROUP, &format!("{name}:x:{gid}:"));
            gid
        }
    };
    let text = |names: &[&str], default: &str| value(&flags, names).unwrap_or(default).to_string();
    let home = text(&["h", "home"], &format!("/home/{name}"));
    let login = text(
        &["s", "shell"],
        match (system, new) {
            (true, true) => "/sbin/nologin",
            (true, false) => "/bin/false",
            (false, _) => "/bin/sh",
        },
    );
    let comment = text(&["g", "gecos"], if new { "" } else { "Linux User,,," });
    add(shell, PASSWD, &format!("{name}:x:{uid}:{gid}:{comment}:{home}:{login}"));
    if is_there(shell, SHADOW) {
        let today = if new { TODAY } else { "0" };
        add(shell, SHADOW, &format!("{name}:!:{today}:0:99999:7:::"));
    }
    if let Some(group) = value(&flags, &["G", "ingroup"]).map(str::to_string).filter(|_| new) {
        members(shell, &name, &group, true);
    }
    let filled = shell.fs.may_hide("/", "/etc/skel") || is_there(shell, "/etc/skel");
    if !has(&flags, &["H", "no-create-home"]) && make_home(shell, &home, 0o2755, uid, gid) && filled {
        // What /etc/skel holds is copied there; a listing that is not complete is told.
        shell.gap("partial-listing", "/etc/skel");
    }
    0
}

pub(crate) fn addgroup(shell: &mut Shell, argv: &[String]) -> i32 {
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
    let id = wanted.unwrap_or_else(|| first_free(&ids(&groups), has(&flags, &["S", "system"])));
    add(shell, GROUP, &format!("{name}:x:{id}:"));
    0
}

/// Puts a user into a group.
fn join(shell: &mut Shell, command: &str, user: &str, group: &str) -> i32 {
    let (Some(groups), Some(users)) = (text_of(shell, GROUP), text_of(shell, PASSWD)) else { return 0 };
    if !has_name(&groups, group) {
        if is_unlisted_account(shell, GROUP, group) {
            return 0;
        }
        shell.err(format!("{command}: unknown group {group}\n"));
        return 1;
    }
    if is_new(shell) && !has_name(&users, user) {
        if is_unlisted_account(shell, PASSWD, user) {
            return 0;
        }
        shell.err(format!("addgroup: unknown user {user}\n"));
        return 1;
    }
    members(shell, user, group, true);
    0
}

fn members(shell: &mut Shell, user: &str, group: &str, on: bool) {
    change(shell, GROUP, |fields| {
        if let (true, Some(last)) = (fields.first().is_some_and(|name| name == group), fields.get_mut(3)) {
            *last = with_member(last, user, on);
        }
        true
    });
}

pub(crate) fn deluser(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    let (Some(name), Some(users)) = (names.first().cloned(), text_of(shell, PASSWD)) else { return 0 };
    let Some(home) = field(&users, &name, 5).map(str::to_string) else {
        if is_unlisted_account(shell, PASSWD, &name) {
            return 0;
        }
        shell.err(format!("deluser: unknown user {name}\n"));
        return 1;
    };
    for file in [PASSWD, SHADOW] {
        change(shell, file, |fields| fields.first() != Some(&name));
    }
    // The user is a member of no group any more; then a group of that name goes, too.
    for file in [GROUP, GSHADOW] {
        change(shell, file, |fields| {
            if let Some(last) = fields.get_mut(3) {
                *last = with_member(last, &name, false);
            }
            true
        });
        change(shell, file, |fields| fields.first() != Some(&name));
    }
    if has(&flags, &["remove-home"]) {
        super::home_directory::remove_home(shell, &home);
    }
    0
}

pub(crate) fn delgroup(shell: &mut Shell, argv: &[String]) -> i32 {
    let (_, names) = options(argv, "");
    let (Some(first), Some(groups)) = (names.first().cloned(), text_of(shell, GROUP)) else { return 0 };
    let group = names.get(1).unwrap_or(&first).clone();
    let Some(gid) = field(&groups, &group, 2).map(str::to_string) else {
        if is_unlisted_account(shell, GROUP, &group) {
            return 0;
        }
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
        change(shell, file, |fields| fields.first() != Some(&group));
    }
    0
}

/// A new second field in shadow; passwd is written anew with it, as it was.
fn set_secret(shell: &mut Shell, user: &str, secret: &str) {
    change(shell, SHADOW, |fields| {
        if let (true, Some(field)) = (fields.first().is_some_and(|name| name == user), fields.get_mut(1)) {
            secret.clone_into(field);
        }
        true
    });
    write_backup(shell, PASSWD);
    if let Some(text) = text_of(shell, PASSWD) {
        super::passwd_and_group_files::store(shell, PASSWD, text);
    }
}

pub(crate) fn passwd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "a");
    let user = names.first().cloned().unwrap_or_else(|| "root".into());
    if !text_of(shell, PASSWD).is_some_and(|users| has_name(&users, &user)) {
        if is_unlisted_account(shell, PASSWD, &user) {
            return 0;
        }
        shell.err(format!("passwd: unknown user {user}\n"));
        return 1;
    }
    let old = text_of(shell, SHADOW).and_then(|text| field(&text, &user, 1).map(str::to_string)).unwrap_or_default();
    let locked = old.starts_with('!');
    let new = if has(&flags, &["d"]) {
        String::new()
    } else if has(&flags, &["l"]) && !locked {
        format!("!{old}")
    } else if has(&flags, &["u"]) && locked {
        old.trim_start_matches('!').to_string()
    } else if has(&flags, &["l", "u"]) {
        let state = if locked { "locked" } else { "unlocked" };
        shell.err(format!("passwd: password for {user} is already {state}\n"));
        return 1;
    } else if !shell.stdin.is_empty() {
        shell.stdin.clear();
        secret()
    } else {
        shell.err(format!("passwd: password for {user} is unchanged\n"));
        return 1;
    };
    set_secret(shell, &user, &new);
    shell.out(format!("passwd: password for {user} changed by root\n"));
    0
}

/// What stands for a password: its salt is drawn by chance, its length is that of SHA-512's.
fn secret() -> String {
    format!("$6${}${}", "0".repeat(16), "0".repeat(86))
}

pub(crate) fn chpasswd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, _) = options(argv, "cR");
    let encrypted = has(&flags, &["e", "encrypted"]);
    let text = String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned();
    for line in text.lines() {
        let known = text_of(shell, PASSWD).unwrap_or_default();
        let Some((user, word)) = line.split_once(':').filter(|(user, _)| has_name(&known, user)) else {
            let user = line.split(':').next().unwrap_or("");
            if is_unlisted_account(shell, PASSWD, user) {
                continue;
            }
            shell.err(format!("chpasswd: unknown user {user}\n"));
            return 1;
        };
        let word = if encrypted { word.to_string() } else { secret() };
        set_secret(shell, user, &word);
        shell.err(format!("chpasswd: password for '{user}' changed\n"));
    }
    0
}
