//! Debian's scripts adduser, addgroup, deluser and delgroup, which call shadow's programs.
//!
//! From 3.119 on (Debian 12, Ubuntu 23.04) homes are closed to others, system users have none unless
//! asked, and people are in the group `users`.

use super::groupdel::remove_group;
use super::home_directory::{fill_home, make_home};
use super::next_free_id::{add_ranges, first_free, ids};
use super::passwd_and_group_files::{
    GROUP, PASSWD, SHADOW, TODAY, field, has_name, is_there, is_unlisted_account, name_of, text_of,
};
use super::shadow_utils::{add, add_group, change, members, open_for_writing};
use super::userdel::remove_user;
use crate::commands::os_release::{os_release, os_version};
use crate::fs::Content;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value, with_long_values};

pub(crate) use super::passwd::{chpasswd, passwd};

const LONG: [&str; 17] = [
    "home",
    "shell",
    "uid",
    "gid",
    "ingroup",
    "gecos",
    "comment",
    "conf",
    "firstuid",
    "lastuid",
    "firstgid",
    "lastgid",
    "add-extra-groups",
    "group-home",
    "encrypt-home",
    "backup-to",
    "backup-suffix",
];

/// Whether this is the older of the two generations.
fn is_old(shell: &Shell) -> bool {
    let newer = if os_release(shell, "ID").as_deref() == Some("ubuntu") { (23, 4) } else { (12, 0) };
    os_version(shell).is_some_and(|version| version < newer)
}

fn quiet(flags: &[(String, Option<String>)]) -> bool {
    has(flags, &["q", "quiet"])
}

fn say(shell: &mut Shell, flags: &[(String, Option<String>)], text: &str) {
    if !quiet(flags) {
        shell.out(format!("{text}\n"));
    }
}

/// The newer scripts lock each other out with a file that stays.
fn lock(shell: &mut Shell) {
    if !is_old(shell) && !is_there(shell, "/run/adduser") {
        let _ = shell.fs.write("/run/adduser", Content::inline([]), 0o644, 0, 0);
    }
}

pub(crate) fn adduser(shell: &mut Shell, argv: &[String]) -> i32 {
    lock(shell);
    let (flags, names) = options(&with_long_values(argv, &LONG), "");
    if has(&flags, &["group"]) && !has(&flags, &["system"]) {
        return addgroup(shell, argv);
    }
    only(
        shell,
        "adduser",
        &flags,
        &[
            "system",
            "group",
            "home",
            "shell",
            "uid",
            "gid",
            "ingroup",
            "gecos",
            "comment",
            "no-create-home",
            "H",
            "disabled-password",
            "disabled-login",
            "quiet",
            "q",
            "force-badname",
            "allow-badname",
            "allow-bad-names",
            "allow-all-names",
        ],
    );
    let Some(name) = names.first().cloned() else {
        shell.err("adduser: Only one or two names allowed.\n");
        return 1;
    };
    let (Some(users), Some(groups)) = (text_of(shell, PASSWD), text_of(shell, GROUP)) else { return 0 };
    if let Some(group) = names.get(1) {
        return join(shell, &flags, &name, group);
    }
    let (old, system) = (is_old(shell), has(&flags, &["system"]));
    if has_name(&users, &name) {
        let uid: u32 = field(&users, &name, 2).and_then(|text| text.parse().ok()).unwrap_or(0);
        if system && (100..1000).contains(&uid) {
            say(shell, &flags, &format!("The system user `{name}' already exists. Exiting."));
            return 0;
        }
        if system {
            shell.err(format!("adduser: The user `{name}' already exists, but is not a system user. Exiting.\n"));
            return 1;
        }
        shell.err(format!("adduser: The user `{name}' already exists.\n"));
        return 1;
    }
    let wanted = value(&flags, &["uid"]).and_then(|text| text.parse::<u32>().ok());
    if let Some(uid) = wanted.filter(|uid| ids(&users).contains(uid)) {
        shell.err(format!("adduser: The UID {uid} is already in use.\n"));
        return 1;
    }
    let group = value(&flags, &["ingroup", "gid"]).map(str::to_string);
    let own = group.is_none() && (!system || has(&flags, &["group"]));
    let taken: Vec<u32> = match own && !system {
        true => ids(&users).into_iter().chain(ids(&groups)).collect(),
        false => ids(&users),
    };
    let uid = wanted.unwrap_or_else(|| first_free(&taken, system));
    let (gid, group) = match &group {
        Some(group) => match crate::exec::id_of_name(&shell.fs, GROUP, group) {
            Some(gid) => (gid, name_of(&groups, gid).unwrap_or(group).to_string()),
            None => {
                if is_unlisted_account(shell, GROUP, group) {
                    return 0;
                }
                shell.err(format!("adduser: The group `{group}' does not exist.\n"));
                return 1;
            }
        },
        None if own => {
            let gid = if system && wanted.is_none() { first_free(&ids(&groups), true) } else { uid };
            (gid, name.clone())
        }
        None => (65_534, "nogroup".to_string()),
    };
    let told = if system {
        format!("Adding system user `{name}' (UID {uid}) ...")
    } else {
        format!("Adding user `{name}' ...")
    };
    say(shell, &flags, &told);
    if own {
        let title = if system { "GID " } else { "" };
        say(shell, &flags, &format!("Adding new group `{name}' ({title}{gid}) ..."));
        add_group(shell, &name, gid);
    }
    let shown = match (system, old) {
        (true, _) => format!("Adding new user `{name}' (UID {uid}) with group `{group}' ..."),
        (false, true) => format!("Adding new user `{name}' ({uid}) with group `{group}' ..."),
        (false, false) => format!("Adding new user `{name}' ({uid}) with group `{group} ({gid})' ..."),
    };
    say(shell, &flags, &shown);
    let default = if system && !old { "/nonexistent".to_string() } else { format!("/home/{name}") };
    let home = value(&flags, &["home"]).map_or(default, str::to_string);
    let disabled = has(&flags, &["disabled-login"]) && !old;
    let login = if system || disabled { "/usr/sbin/nologin" } else { "/bin/bash" };
    let login = value(&flags, &["shell"]).unwrap_or(login).to_string();
    // chfn adds what is left of its five fields.
    let comment = match value(&flags, &["gecos", "comment"]) {
        Some(text) => format!("{text}{}", ",".repeat(3_usize.saturating_sub(text.matches(',').count()))),
        None if system => String::new(),
        None => ",,,".to_string(),
    };
    add(shell, PASSWD, &format!("{name}:x:{uid}:{gid}::{home}:{login}"));
    if !comment.is_empty() {
        // chfn's work.
        change(shell, PASSWD, |fields| {
            if let (true, Some(field)) = (fields.first() == Some(&name), fields.get_mut(4)) {
                field.clone_from(&comment);
            }
            true
        });
    }
    if is_there(shell, SHADOW) {
        // Only the older one tells a password that is off from a login that is off.
        let open = system || has(&flags, &["disabled-password"]);
        let mark = if old && open && !has(&flags, &["disabled-login"]) { "*" } else { "!" };
        let ages = if system && !old { "::::::" } else { ":0:99999:7:::" };
        add(shell, SHADOW, &format!("{name}:{mark}:{TODAY}{ages}"));
    }
    if !system {
        add_ranges(shell, &name);
    }
    let unwanted = has(&flags, &["no-create-home", "H"]) || home == "/nonexistent";
    if unwanted {
        let what = if old || !system { format!("home directory `{home}'") } else { format!("`{home}'") };
        say(shell, &flags, &format!("Not creating {what}."));
    } else if make_home(shell, &home, if system || old { 0o755 } else { 0o700 }, uid, gid) {
        say(shell, &flags, &format!("Creating home directory `{home}' ..."));
        if !system {
            say(shell, &flags, "Copying files from `/etc/skel' ...");
            fill_home(shell, &home, uid, gid);
        }
    }
    if !system && !old && has_name(&groups, "users") {
        say(shell, &flags, &format!("Adding new user `{name}' to supplemental / extra groups `users' ..."));
        say(shell, &flags, &format!("Adding user `{name}' to group `users' ..."));
        members(shell, &name, &["users"], true);
    }
    0
}

fn join(shell: &mut Shell, flags: &[(String, Option<String>)], user: &str, group: &str) -> i32 {
    let (users, groups) = (text_of(shell, PASSWD).unwrap_or_default(), text_of(shell, GROUP).unwrap_or_default());
    for (kind, name, known) in [("user", user, &users), ("group", group, &groups)] {
        if !has_name(known, name) {
            if is_unlisted_account(shell, if kind == "user" { PASSWD } else { GROUP }, name) {
                return 0;
            }
            shell.err(format!("adduser: The {kind} `{name}' does not exist.\n"));
            return 1;
        }
    }
    let known = field(&groups, group, 3).is_some_and(|list| list.split(',').any(|one| one == user));
    if known {
        say(shell, flags, &format!("The user `{user}' is already a member of `{group}'."));
        return 0;
    }
    say(shell, flags, &format!("Adding user `{user}' to group `{group}' ..."));
    if is_old(shell) {
        // gpasswd says it once more.
        say(shell, flags, &format!("Adding user {user} to group {group}"));
    }
    if !is_old(shell) {
        open_for_writing(shell, &[PASSWD, SHADOW]);
    }
    members(shell, user, &[group], true);
    say(shell, flags, "Done.");
    0
}

pub(crate) fn addgroup(shell: &mut Shell, argv: &[String]) -> i32 {
    lock(shell);
    let (flags, names) = options(&with_long_values(argv, &LONG), "");
    let (Some(name), Some(groups)) = (names.first().cloned(), text_of(shell, GROUP)) else { return 1 };
    if let Some(group) = names.get(1) {
        return join(shell, &flags, &name, group);
    }
    let system = has(&flags, &["system"]);
    if has_name(&groups, &name) {
        if system {
            shell.err(format!("addgroup: The group `{name}' already exists as a system group. Exiting.\n"));
            return 0;
        }
        shell.err(format!("addgroup: The group `{name}' already exists.\n"));
        return 1;
    }
    let wanted = value(&flags, &["gid"]).and_then(|text| text.parse().ok());
    let gid = wanted.unwrap_or_else(|| first_free(&ids(&groups), system));
    say(shell, &flags, &format!("Adding group `{name}' (GID {gid}) ..."));
    add_group(shell, &name, gid);
    say(shell, &flags, "Done.");
    0
}

pub(crate) fn deluser(shell: &mut Shell, argv: &[String]) -> i32 {
    lock(shell);
    let (flags, names) = options(&with_long_values(argv, &LONG), "");
    let Some(name) = names.first().cloned() else { return 1 };
    if has(&flags, &["group"]) {
        return delgroup(shell, argv);
    }
    let (users, groups) = (text_of(shell, PASSWD).unwrap_or_default(), text_of(shell, GROUP).unwrap_or_default());
    let searches = has(&flags, &["remove-home", "remove-all-files", "backup"]);
    // The package `perl` brings what they look for files with; perl-base does not.
    if searches && !is_there(shell, "/usr/bin/perlbug") && !shell.fs.may_hide("/", "/usr/bin/perlbug") {
        shell.err("deluser: In order to use the --remove-home, --remove-all-files, and --backup features,\nyou need to install the `perl' package. To accomplish that, run\napt-get install perl.\n");
        return 8;
    }
    if !has_name(&users, &name) {
        if has(&flags, &["system"]) {
            return 0;
        }
        if is_unlisted_account(shell, PASSWD, &name) {
            return 0;
        }
        shell.err(format!("deluser: The user `{name}' does not exist.\n"));
        return 2;
    }
    if let Some(group) = names.get(1) {
        let known = field(&groups, group, 3).is_some_and(|list| list.split(',').any(|one| one == name));
        if !known {
            shell.err(format!("deluser: The user `{name}' is not a member of group `{group}'.\n"));
            return 6;
        }
        say(shell, &flags, &format!("Removing user `{name}' from group `{group}' ..."));
        members(shell, &name, &[group], false);
        say(shell, &flags, "Done.");
        return 0;
    }
    say(shell, &flags, &format!("Removing user `{name}' ..."));
    let home = field(&users, &name, 5).unwrap_or("").to_string();
    remove_user(shell, &name);
    if has(&flags, &["remove-home", "remove-all-files"]) {
        super::home_directory::remove_home(shell, &home);
    }
    say(shell, &flags, "Done.");
    0
}

pub(crate) fn delgroup(shell: &mut Shell, argv: &[String]) -> i32 {
    lock(shell);
    let (flags, names) = options(&with_long_values(argv, &LONG), "");
    let (Some(name), Some(groups)) = (names.first().cloned(), text_of(shell, GROUP)) else { return 1 };
    let Some(gid) = field(&groups, &name, 2).map(str::to_string) else {
        if is_unlisted_account(shell, GROUP, &name) {
            return 0;
        }
        shell.err(format!("delgroup: The group `{name}' does not exist.\n"));
        return 3;
    };
    let users = text_of(shell, PASSWD).unwrap_or_default();
    if let Some(user) = users.lines().find(|line| line.split(':').nth(3) == Some(&gid)) {
        let user = user.split(':').next().unwrap_or("");
        say(shell, &flags, &format!("Removing group `{name}' ..."));
        shell.err(format!(
            "groupdel: cannot remove the primary group of user '{user}'\ndelgroup: `/sbin/groupdel {name}' returned error code 8. Exiting.\n"
        ));
        return 1;
    }
    say(shell, &flags, &format!("Removing group `{name}' ..."));
    remove_group(shell, &name);
    say(shell, &flags, "Done.");
    0
}
