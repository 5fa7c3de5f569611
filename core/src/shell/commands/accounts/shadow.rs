//! shadow's programs: useradd, usermod, userdel, groupadd, groupmod, groupdel, passwd, chpasswd, gpasswd.

use super::super::{has, only, options, ownership, value, with_long_values};
use super::{
    GROUP, GSHADOW, PASSWD, SHADOW, TODAY, append, edit, field, fill_home, has_name, ids, is_there, make_home, name_of,
    text_of, with_member,
};
use crate::fs::Content;
use crate::shell::Shell;

/// Long options that take a value.
const LONG: [&str; 15] = [
    "uid",
    "gid",
    "home",
    "home-dir",
    "shell",
    "comment",
    "groups",
    "password",
    "base-dir",
    "skel",
    "key",
    "expiredate",
    "inactive",
    "login",
    "new-name",
];

/// The next free id: the system's count down from 999, people's on from the highest there is.
fn free(taken: &[u32], system: bool) -> u32 {
    let range = if system { 100..1000 } else { 1000..60_000 };
    let unused = |id: &u32| !taken.contains(id);
    let highest = taken.iter().filter(|id| range.contains(*id)).max().map_or(range.start, |id| id + 1);
    let found = match system {
        true => range.clone().rev().find(unused),
        false => Some(highest).filter(|id| range.contains(id)).or_else(|| range.clone().find(unused)),
    };
    found.unwrap_or(range.start)
}

/// `FILE-` is what FILE was; a lock stays behind.
pub(super) fn keep(shell: &mut Shell, file: &str) {
    let found = shell.fs.stat("/", file).map(|(_, node)| (node.content().cloned(), node.mode, node.uid, node.gid));
    if let Ok((Some(content), mode, uid, gid)) = found {
        keep_as(shell, file, content, mode, uid, gid);
    }
    lock(shell);
}

fn keep_as(shell: &mut Shell, file: &str, content: Content, mode: u32, uid: u32, gid: u32) {
    let copy = format!("{file}-");
    let _ = shell.fs.remove(&copy);
    let _ = shell.fs.write(&copy, content, mode, uid, gid);
}

fn lock(shell: &mut Shell) {
    let lock = "/etc/.pwd.lock";
    match shell.fs.get(lock).is_some() {
        true => shell.fs.touch(lock),
        false => {
            let _ = shell.fs.write(lock, Content::inline([]), 0o600, 0, 0);
        }
    }
}

/// Adds a line to a file, which keeps what was before beside it.
pub(super) fn add(shell: &mut Shell, file: &str, line: &str) {
    keep(shell, file);
    append(shell, file, line);
}

/// Edits a file that is there, and keeps what was. A file that stays as it was is only opened for writing,
/// which copies it up.
pub(super) fn change(shell: &mut Shell, file: &str, edited: impl FnMut(&mut Vec<String>) -> bool) {
    let Ok((place, before)) = shell.fs.stat("/", file) else { return };
    let (content, mode, uid, gid) = (before.content().cloned(), before.mode, before.uid, before.gid);
    if !edit(shell, file, edited) {
        shell.fs.touch(&place);
        return;
    }
    lock(shell);
    if let Some(content) = content {
        keep_as(shell, file, content, mode, uid, gid);
    }
}

/// Opens files for writing and leaves them as they are.
pub(super) fn open(shell: &mut Shell, files: &[&str]) {
    for file in files {
        change(shell, file, |_| true);
    }
}

fn is_of(fields: &[String], name: &str) -> bool {
    fields.first().is_some_and(|first| first == name)
}

pub(super) fn add_group(shell: &mut Shell, name: &str, gid: u32) {
    add(shell, GROUP, &format!("{name}:x:{gid}:"));
    if is_there(shell, GSHADOW) {
        add(shell, GSHADOW, &format!("{name}:!::"));
    }
}

/// A range of ids for the containers of a person: /etc/subuid and /etc/subgid.
pub(super) fn add_ranges(shell: &mut Shell, name: &str) {
    for file in ["/etc/subuid", "/etc/subgid"] {
        if !is_there(shell, file) {
            continue;
        }
        let Some(text) = text_of(shell, file) else { continue };
        let ends = text.lines().filter_map(|line| {
            let mut numbers = line.split(':').skip(1).filter_map(|part| part.parse::<u64>().ok());
            Some(numbers.next()?.saturating_add(numbers.next()?))
        });
        let start = ends.max().unwrap_or(100_000).max(100_000);
        add(shell, file, &format!("{name}:{start}:65536"));
    }
}

/// Puts a user into groups or takes it out.
pub(super) fn members(shell: &mut Shell, user: &str, groups: &[&str], on: bool) {
    for (file, at) in [(GROUP, 3), (GSHADOW, 3)] {
        change(shell, file, |fields| {
            if groups.contains(&fields.first().map_or("", String::as_str))
                && let Some(list) = fields.get_mut(at)
            {
                *list = with_member(list, user, on);
            }
            true
        });
    }
}

/// As [`members`], for names that people gave; those that are not there are told.
fn join(shell: &mut Shell, command: &str, user: &str, groups: &str) -> i32 {
    let names: Vec<&str> = groups.split(',').filter(|group| !group.is_empty()).collect();
    let Some(known) = text_of(shell, GROUP) else { return 0 };
    if let Some(missing) = names.iter().find(|group| !has_name(&known, group)) {
        shell.err(format!("{command}: group '{missing}' does not exist\n"));
        return 6;
    }
    members(shell, user, &names, true);
    0
}

pub(in super::super) fn groupadd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &LONG), "gKpRP");
    only(shell, "groupadd", &flags, &["g", "gid", "r", "system", "f", "force", "o", "non-unique"]);
    let (Some(name), Some(groups)) = (names.first(), text_of(shell, GROUP)) else { return 2 };
    if has_name(&groups, name) {
        if has(&flags, &["f", "force"]) {
            return 0;
        }
        shell.err(format!("groupadd: group '{name}' already exists\n"));
        return 9;
    }
    let wanted = value(&flags, &["g", "gid"]).and_then(|text| text.parse().ok());
    if let Some(gid) = wanted.filter(|gid| ids(&groups).contains(gid) && !has(&flags, &["o", "non-unique"])) {
        shell.err(format!("groupadd: GID '{gid}' already exists\n"));
        return 4;
    }
    let gid = wanted.unwrap_or_else(|| free(&ids(&groups), has(&flags, &["r", "system"])));
    add_group(shell, name, gid);
    0
}

pub(in super::super) fn useradd(shell: &mut Shell, argv: &[String]) -> i32 {
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
    let uid: u32 = wanted.unwrap_or_else(|| free(&ids(&users), system));
    let own = !has(&flags, &["N", "no-user-group"]);
    let gid = match value(&flags, &["g", "gid"]).map(str::to_string) {
        Some(group) => match ownership::id(&shell.fs, GROUP, &group) {
            Some(gid) => gid,
            None => {
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
            let gid = if taken.contains(&uid) { free(&taken, system) } else { uid };
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

/// `chsh -s SHELL [USER]`.
pub(in super::super) fn chsh(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &["shell"]), "s");
    let user = names.first().map_or("root", String::as_str).to_string();
    let Some(program) = value(&flags, &["s", "shell"]).map(str::to_string) else {
        shell.gap("unknown-output", "chsh");
        return 0;
    };
    let passwd = shell.read(PASSWD).ok().flatten().unwrap_or_default();
    if !String::from_utf8_lossy(&passwd).lines().any(|line| line.split(':').next() == Some(user.as_str())) {
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

pub(in super::super) fn usermod(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &LONG), "Gdscugelfp");
    only(
        shell,
        "usermod",
        &flags,
        &[
            "a",
            "append",
            "G",
            "groups",
            "d",
            "home",
            "s",
            "shell",
            "c",
            "comment",
            "u",
            "uid",
            "g",
            "gid",
            "l",
            "login",
            "m",
            "move-home",
            "L",
            "lock",
            "U",
            "unlock",
            "p",
            "password",
            "o",
            "non-unique",
        ],
    );
    let (Some(name), Some(users)) = (names.first().cloned(), text_of(shell, PASSWD)) else { return 2 };
    let Some(home) = field(&users, &name, 5).map(str::to_string) else {
        shell.err(format!("usermod: user '{name}' does not exist\n"));
        return 6;
    };
    let old_uid: u32 = field(&users, &name, 2).and_then(|text| text.parse().ok()).unwrap_or(0);
    let mut new: Vec<(usize, String)> = Vec::new();
    for (at, names) in
        [(0, ["l", "login"]), (2, ["u", "uid"]), (4, ["c", "comment"]), (5, ["d", "home"]), (6, ["s", "shell"])]
    {
        new.extend(value(&flags, &names).map(|text| (at, text.to_string())));
    }
    if let Some(group) = value(&flags, &["g", "gid"]).map(str::to_string) {
        match ownership::id(&shell.fs, GROUP, &group) {
            Some(gid) => new.push((3, gid.to_string())),
            None => {
                shell.err(format!("usermod: group '{group}' does not exist\n"));
                return 6;
            }
        }
    }
    if !new.is_empty() {
        change(shell, PASSWD, |fields| {
            if is_of(fields, &name) {
                for (at, text) in &new {
                    if let Some(field) = fields.get_mut(*at) {
                        field.clone_from(text);
                    }
                }
            }
            true
        });
    }
    let secret = value(&flags, &["p", "password"]).map(str::to_string);
    let (lock, unlock) = (has(&flags, &["L", "lock"]), has(&flags, &["U", "unlock"]));
    let login = value(&flags, &["l", "login"]).map(str::to_string);
    if secret.is_some() || lock || unlock || login.is_some() {
        change(shell, SHADOW, |fields| {
            if is_of(fields, &name) {
                if let Some(field) = fields.get_mut(1) {
                    match &secret {
                        Some(secret) => field.clone_from(secret),
                        None if lock && !field.starts_with('!') => field.insert(0, '!'),
                        None if unlock => *field = field.trim_start_matches('!').to_string(),
                        None => {}
                    }
                }
                if let (Some(login), Some(field)) = (&login, fields.first_mut()) {
                    field.clone_from(login);
                }
            }
            true
        });
    }
    if let Some(login) = &login {
        for file in [GROUP, GSHADOW] {
            change(shell, file, |fields| {
                if let Some(list) = fields.get_mut(3) {
                    let renamed = |one: &str| if one == name { login.clone() } else { one.to_string() };
                    *list = list.split(',').map(renamed).collect::<Vec<_>>().join(",");
                }
                true
            });
        }
    }
    if let Some(uid) = value(&flags, &["u", "uid"]).and_then(|text| text.parse::<u32>().ok()) {
        // Records by id are looked through.
        open(shell, &["/var/log/faillog", "/var/log/lastlog"]);
        // What is in the home follows its owner.
        let owned: Vec<String> =
            shell.fs.walk(&home).filter(|(_, node)| node.uid == old_uid).map(|(path, _)| path.to_string()).collect();
        owned.iter().for_each(|path| shell.fs.chown(path, Some(uid), None));
    }
    if has(&flags, &["m", "move-home"])
        && let Some(to) = value(&flags, &["d", "home"]).map(str::to_string)
        && is_there(shell, &home)
    {
        let status = super::super::mv::mv(shell, &["mv".to_string(), home, to]);
        if status != 0 {
            return status;
        }
    }
    match value(&flags, &["G", "groups"]).map(str::to_string) {
        Some(groups) => {
            if !has(&flags, &["a", "append"]) {
                let known = text_of(shell, GROUP).unwrap_or_default();
                let all: Vec<&str> = known.lines().filter_map(|line| line.split(':').next()).collect();
                let others: Vec<&str> =
                    all.into_iter().filter(|one| !groups.split(',').any(|group| group == *one)).collect();
                members(shell, &name, &others, false);
            }
            open(shell, &[PASSWD, SHADOW]);
            join(shell, "usermod", &name, &groups)
        }
        None => 0,
    }
}

/// Takes a user's lines out, and a group of its name that is nobody else's.
pub(super) fn remove_user(shell: &mut Shell, name: &str) {
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

pub(in super::super) fn userdel(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "RP");
    only(shell, "userdel", &flags, &["r", "remove", "f", "force"]);
    let (Some(name), Some(users)) = (names.first().cloned(), text_of(shell, PASSWD)) else { return 2 };
    let Some(home) = field(&users, &name, 5).map(str::to_string) else {
        shell.err(format!("userdel: user '{name}' does not exist\n"));
        return 6;
    };
    remove_user(shell, &name);
    if has(&flags, &["r", "remove"]) {
        if !is_there(shell, &format!("/var/mail/{name}")) {
            shell.err(format!("userdel: {name} mail spool (/var/mail/{name}) not found\n"));
        }
        match is_there(shell, &home) {
            true => super::remove_home(shell, &home),
            false => {
                shell.err(format!("userdel: {name} home directory ({home}) not found\n"));
                return 12;
            }
        }
    }
    0
}

pub(in super::super) fn groupdel(shell: &mut Shell, argv: &[String]) -> i32 {
    let (_, names) = options(argv, "RP");
    let (Some(name), Some(groups)) = (names.first().cloned(), text_of(shell, GROUP)) else { return 2 };
    let Some(gid) = field(&groups, &name, 2).map(str::to_string) else {
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

pub(super) fn remove_group(shell: &mut Shell, name: &str) {
    change(shell, GROUP, |fields| !is_of(fields, name));
    change(shell, GSHADOW, |fields| !is_of(fields, name));
}

pub(in super::super) fn groupmod(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &LONG), "gnpRP");
    only(shell, "groupmod", &flags, &["g", "gid", "n", "new-name", "o", "non-unique"]);
    let (Some(name), Some(groups)) = (names.first().cloned(), text_of(shell, GROUP)) else { return 2 };
    let Some(old) = field(&groups, &name, 2).map(str::to_string) else {
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

/// Sets the second field of a user's line in shadow.
fn set_secret(shell: &mut Shell, user: &str, new: impl Fn(&str) -> String) {
    change(shell, SHADOW, |fields| {
        if let (true, Some(field)) = (is_of(fields, user), fields.get_mut(1)) {
            *field = new(field);
        }
        true
    });
}

pub(super) fn passwd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "nxwiR");
    let Some(user) = names.first().cloned() else {
        shell.err("passwd: Authentication token manipulation error\npasswd: password unchanged\n");
        return 10;
    };
    if !text_of(shell, PASSWD).is_some_and(|users| has_name(&users, &user)) {
        shell.err(format!("passwd: user '{user}' does not exist\n"));
        return 1;
    }
    let quiet = has(&flags, &["q", "quiet"]);
    if has(&flags, &["S", "status"]) {
        shell.gap("unknown-output", "passwd -S");
        return 0;
    }
    if has(&flags, &["d", "delete"]) {
        set_secret(shell, &user, |_| String::new());
    } else if has(&flags, &["l", "lock"]) {
        set_secret(shell, &user, |old| if old.starts_with('!') { old.to_string() } else { format!("!{old}") });
    } else if has(&flags, &["u", "unlock"]) {
        set_secret(shell, &user, |old| old.trim_start_matches('!').to_string());
    } else if !shell.stdin.is_empty() {
        shell.stdin.clear();
        set_secret(shell, &user, |_| secret());
    } else {
        shell.err("passwd: Authentication token manipulation error\npasswd: password unchanged\n");
        return 10;
    }
    if !quiet {
        shell.out("passwd: password changed.\n");
    }
    0
}

/// What stands for a password: its salt is drawn by chance, and its length is that of yescrypt's.
fn secret() -> String {
    format!("$y$j9T${}${}", "0".repeat(22), "0".repeat(43))
}

/// `user:password` lines.
pub(super) fn chpasswd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, _) = options(argv, "csR");
    let encrypted = has(&flags, &["e", "encrypted"]);
    let text = String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned();
    for (number, line) in text.lines().enumerate() {
        let known = text_of(shell, PASSWD).unwrap_or_default();
        let Some((user, word)) = line.split_once(':').filter(|(user, _)| has_name(&known, user)) else {
            let user = line.split(':').next().unwrap_or("");
            shell.err(format!(
                "chpasswd: (user {user}) pam_chauthtok() failed, error:\nAuthentication token manipulation error\nchpasswd: (line {}, user {user}) password not changed\n",
                number + 1
            ));
            return 1;
        };
        set_secret(shell, user, |_| if encrypted { word.to_string() } else { secret() });
    }
    0
}

pub(in super::super) fn gpasswd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "adMA");
    only(shell, "gpasswd", &flags, &["a", "d", "add", "delete"]);
    let Some(group) = names.last().cloned() else { return 2 };
    for (letter, on, words) in [("a", true, ("Adding", "to")), ("d", false, ("Removing", "from"))] {
        if let Some(user) = value(&flags, &[letter]).map(str::to_string) {
            shell.out(format!("{} user {user} {} group {group}\n", words.0, words.1));
            members(shell, &user, &[&group], on);
        }
    }
    0
}
