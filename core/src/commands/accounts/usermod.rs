//! `usermod`.

use super::passwd_and_group_files::{GROUP, GSHADOW, PASSWD, SHADOW, field, is_there, is_unlisted_account, text_of};
use crate::commands::accounts::shadow_utils::{LONG, change, is_of, join, members, open_for_writing};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value, with_long_values};

pub(crate) fn usermod(shell: &mut Shell, argv: &[String]) -> i32 {
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
        if is_unlisted_account(shell, PASSWD, &name) {
            return 0;
        }
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
        match crate::exec::id_of_name(&shell.fs, GROUP, &group) {
            Some(gid) => new.push((3, gid.to_string())),
            None => {
                if is_unlisted_account(shell, GROUP, &group) {
                    return 0;
                }
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
        open_for_writing(shell, &["/var/log/faillog", "/var/log/lastlog"]);
        // What is in the home follows its owner.
        let owned: Vec<String> =
            shell.fs.walk(&home).filter(|(_, node)| node.uid == old_uid).map(|(path, _)| path.to_string()).collect();
        owned.iter().for_each(|path| shell.fs.chown(path, Some(uid), None));
    }
    if has(&flags, &["m", "move-home"])
        && let Some(to) = value(&flags, &["d", "home"]).map(str::to_string)
        && is_there(shell, &home)
    {
        let status = crate::commands::coreutils::mv::mv(shell, &["mv".to_string(), home, to]);
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
            open_for_writing(shell, &[PASSWD, SHADOW]);
            join(shell, "usermod", &name, &groups)
        }
        None => 0,
    }
}
