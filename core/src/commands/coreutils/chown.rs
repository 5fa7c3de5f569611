//! `chown` and `chgrp`.

use crate::commands::accounts::passwd_and_group_files::is_unlisted_account;
use crate::commands::coreutils::recursive_operands::reference;
use crate::commands::coreutils::recursive_operands::targets;
use crate::exec::{Credentials, id_of_name};
use crate::fs::path;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

pub(crate) fn change_owner(shell: &mut Shell, argv: &[String], group_only: bool) -> i32 {
    let command = path::file_name(argv.first().map_or("chown", String::as_str)).to_string();
    let (flags, names) = options(argv, "");
    only(shell, &command, &flags, &["R", "v", "f", "c", "h", "recursive", "no-dereference", "reference"]);
    if has(&flags, &["v", "c"]) {
        shell.gap("unknown-output", format!("{command} -v"));
    }
    let mut names = names;
    match reference(shell, &command, &flags) {
        Ok(Some(node)) if group_only => names.insert(0, node.gid.to_string()),
        Ok(Some(node)) => names.insert(0, format!("{}:{}", node.uid, node.gid)),
        Ok(None) => {}
        Err(status) => return status,
    }
    let Some((owner, names)) = names.split_first().filter(|(_, names)| !names.is_empty()) else {
        shell.err(format!("{command}: missing operand\n"));
        return 1;
    };
    let (user, group) = if group_only {
        ("", Some(owner.as_str()))
    } else {
        // A dot stands for the colon, where no user is called like that.
        let dot = || owner.split_once('.').filter(|_| id_of_name(&shell.fs, "/etc/passwd", owner).is_none());
        let parts = owner.split_once(':').or_else(dot);
        // GNU's is told off since 9.1.
        if !owner.contains(':') && parts.is_some() && shell.dialect() != "ash" {
            shell.err(format!("{command}: warning: '.' should be ':': ‘{owner}’\n"));
        }
        parts.map_or((owner.as_str(), None), |(user, group)| (user, Some(group)))
    };
    // `user:` means the user's own group, too.
    let own_group = group.is_some_and(str::is_empty).then(|| Credentials::of(&shell.fs, user).ok()).flatten();
    let mut ids = [None, None];
    for (slot, file, name, word) in [(0, "/etc/passwd", user, "user"), (1, "/etc/group", group.unwrap_or(""), "group")]
    {
        if name.is_empty() {
            continue;
        }
        match id_of_name(&shell.fs, file, name) {
            Some(number) => {
                if let Some(place) = ids.get_mut(slot) {
                    *place = Some(number);
                }
            }
            // A step that is not modelled may have made the name.
            None if is_unlisted_account(shell, file, name) => {}
            None => {
                shell.err(match shell.dialect() {
                    "ash" => format!("{command}: unknown {word} {name}\n"),
                    _ => format!("{command}: invalid {word}: ‘{owner}’\n"),
                });
                return 1;
            }
        }
    }
    if let [_, group @ None] = &mut ids {
        *group = own_group.map(|who| who.gid);
    }
    let mut status = 0;
    for name in names {
        // What is met on the way down is changed itself, be it a link.
        let recursive = has(&flags, &["R", "recursive"]);
        let links = recursive || has(&flags, &["h", "no-dereference"]);
        match targets(shell, &command, name, recursive, links) {
            Ok(_) if shell.user.uid != 0 => {
                shell.err(format!("{command}: changing ownership of '{name}': Operation not permitted\n"));
                status = 1;
            }
            Ok(paths) => {
                for place in paths {
                    if let Err(error) = shell.fs.writable(&place) {
                        status = shell.complain(&command, &format!("changing ownership of '{name}'"), &error);
                        continue;
                    }
                    shell.fs.chown(&place, ids[0], ids[1]);
                }
            }
            Err(code) => status = code,
        }
    }
    status
}

pub(crate) fn chown(shell: &mut Shell, argv: &[String]) -> i32 {
    change_owner(shell, argv, false)
}

pub(crate) fn chgrp(shell: &mut Shell, argv: &[String]) -> i32 {
    change_owner(shell, argv, true)
}
