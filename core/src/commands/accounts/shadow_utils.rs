//! What the programs of shadow-utils share: locks, backups, and edits of the account files.

use super::passwd_and_group_files::{
    GROUP, GSHADOW, append, edit, has_name, is_there, is_unlisted_account, text_of, with_member,
};
use crate::fs::Content;
use crate::shell::Shell;

/// Long options that take a value.
pub(crate) const LONG: [&str; 15] = [
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

/// `FILE-` is what FILE was; a lock stays behind.
pub(crate) fn write_backup(shell: &mut Shell, file: &str) {
    let found = shell.fs.stat("/", file).map(|(_, node)| (node.content().cloned(), node.mode, node.uid, node.gid));
    if let Ok((Some(content), mode, uid, gid)) = found {
        write_backup_as(shell, file, content, mode, uid, gid);
    }
    lock(shell);
}

pub(crate) fn write_backup_as(shell: &mut Shell, file: &str, content: Content, mode: u32, uid: u32, gid: u32) {
    let copy = format!("{file}-");
    let _ = shell.fs.remove(&copy);
    let _ = shell.fs.write(&copy, content, mode, uid, gid);
}

pub(crate) fn lock(shell: &mut Shell) {
    let lock = "/etc/.pwd.lock";
    match shell.fs.get(lock).is_some() {
        true => shell.fs.touch(lock),
        false => {
            let _ = shell.fs.write(lock, Content::inline([]), 0o600, 0, 0);
        }
    }
}

/// Adds a line to a file, which keeps what was before beside it.
pub(crate) fn add(shell: &mut Shell, file: &str, line: &str) {
    write_backup(shell, file);
    append(shell, file, line);
}

/// Edits a file that is there, and keeps what was. A file that stays as it was is only opened for writing,
/// which copies it up.
pub(crate) fn change(shell: &mut Shell, file: &str, edited: impl FnMut(&mut Vec<String>) -> bool) {
    let Ok((place, before)) = shell.fs.stat("/", file) else { return };
    let (content, mode, uid, gid) = (before.content().cloned(), before.mode, before.uid, before.gid);
    if !edit(shell, file, edited) {
        shell.fs.touch(&place);
        return;
    }
    lock(shell);
    if let Some(content) = content {
        write_backup_as(shell, file, content, mode, uid, gid);
    }
}

/// Opens files for writing and leaves them as they are.
pub(crate) fn open_for_writing(shell: &mut Shell, files: &[&str]) {
    for file in files {
        change(shell, file, |_| true);
    }
}

pub(crate) fn is_of(fields: &[String], name: &str) -> bool {
    fields.first().is_some_and(|first| first == name)
}

pub(crate) fn add_group(shell: &mut Shell, name: &str, gid: u32) {
    add(shell, GROUP, &format!("{name}:x:{gid}:"));
    if is_there(shell, GSHADOW) {
        add(shell, GSHADOW, &format!("{name}:!::"));
    }
}

/// Puts a user into groups or takes it out.
pub(crate) fn members(shell: &mut Shell, user: &str, groups: &[&str], on: bool) {
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
pub(crate) fn join(shell: &mut Shell, command: &str, user: &str, groups: &str) -> i32 {
    let names: Vec<&str> = groups.split(',').filter(|group| !group.is_empty()).collect();
    let Some(known) = text_of(shell, GROUP) else { return 0 };
    if let Some(missing) = names.iter().find(|group| !has_name(&known, group))
        && !is_unlisted_account(shell, GROUP, missing)
    {
        shell.err(format!("{command}: group '{missing}' does not exist\n"));
        return 6;
    }
    members(shell, user, &names, true);
    0
}
