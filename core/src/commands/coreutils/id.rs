//! `id`.

use crate::commands::accounts::passwd_and_group_files::is_unlisted_account;
use crate::exec::Credentials;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

pub(crate) fn user_name(shell: &Shell) -> String {
    name_of(shell, "/etc/passwd", shell.user.uid).unwrap_or_default()
}

pub(crate) fn id(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "id", &flags, &["u", "g", "G", "n", "r"]);
    let who = match names.first() {
        None => shell.user.clone(),
        // Only a name that passwd has: `id 5` is refused, too.
        Some(name) => match Credentials::of(&shell.fs, name).map(Credentials::with_primary_group) {
            Ok(who) if name_of(shell, "/etc/passwd", who.uid).is_some() => who,
            _ => {
                // The user may exist: a failure of the step is then not certain.
                is_unlisted_account(shell, "/etc/passwd", name);
                let text = match shell.dialect() {
                    "ash" => format!("id: unknown user {name}\n"),
                    _ => format!("id: '{name}': no such user\n"),
                };
                shell.err(text);
                return 1;
            }
        },
    };
    let (uid, gid) = (who.uid, who.gid);
    let name = name_of(shell, "/etc/passwd", uid).unwrap_or_default();
    let text = match (has(&flags, &["u"]), has(&flags, &["g"]), has(&flags, &["n"])) {
        (true, _, true) => name,
        (true, _, false) => uid.to_string(),
        (_, true, true) => name_of(shell, "/etc/group", gid).unwrap_or_else(|| gid.to_string()),
        (_, true, false) => gid.to_string(),
        (_, _, named) if has(&flags, &["G"]) => {
            let others = who.groups.iter().copied().filter(|other| *other != gid);
            let all = std::iter::once(gid).chain(others).map(|id| {
                let name = name_of(shell, "/etc/group", id).filter(|_| named);
                name.unwrap_or_else(|| id.to_string())
            });
            all.collect::<Vec<_>>().join(" ")
        }
        _ => {
            let named = |file: &str, id: u32| {
                name_of(shell, file, id).map_or_else(|| id.to_string(), |name| format!("{id}({name})"))
            };
            let (user, group) = (named("/etc/passwd", uid), named("/etc/group", gid));
            // GNU's id lists the own group first, busybox's what the kernel says.
            let busybox = shell.dialect() == "ash";
            let all = who.groups.iter().copied();
            let others: Vec<u32> = all.filter(|other| busybox || *other != gid).collect();
            let own = (!busybox).then(|| group.clone());
            let groups: Vec<String> =
                own.into_iter().chain(others.into_iter().map(|other| named("/etc/group", other))).collect();
            match groups.is_empty() {
                true => format!("uid={user} gid={group}"),
                false => format!("uid={user} gid={group} groups={}", groups.join(",")),
            }
        }
    };
    shell.out(format!("{text}\n"));
    0
}

/// The name that passwd or group gives an id.
pub(crate) fn name_of(shell: &Shell, file: &str, id: u32) -> Option<String> {
    let text = shell.read(file).ok().flatten()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let id = id.to_string();
    let line = text.lines().find(|line| line.split(':').nth(2) == Some(&id))?;
    line.split(':').next().map(str::to_string)
}
