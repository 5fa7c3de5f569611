//! Edits of /etc/passwd, /etc/group, /etc/shadow and /etc/gshadow, and home directories.
//!
//! Three families of programs, each with rules of its own: shadow's, busybox's, and Debian's scripts on top
//! of shadow's. Seen with shadow 4.8 and 4.13, busybox 1.35 and 1.37, adduser 3.118 and 3.134.

use crate::exec::lists_all_accounts;
use crate::fs::Content;
use crate::shell::Shell;

pub(crate) const PASSWD: &str = "/etc/passwd";

pub(crate) const GROUP: &str = "/etc/group";

pub(crate) const SHADOW: &str = "/etc/shadow";

pub(crate) const GSHADOW: &str = "/etc/gshadow";

/// Days since 1970, as shadow notes them: there is no clock here, and five digits until 2243.
pub(crate) const TODAY: &str = "20000";

/// The text of an account file: empty if it does not exist, `None` if its content is not known.
pub(crate) fn text_of(shell: &mut Shell, file: &str) -> Option<String> {
    match shell.read(file) {
        Ok(Some(bytes)) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Ok(None) => {
            shell.gap("unknown-content", file);
            None
        }
        Err(_) if shell.fs.may_hide("/", file) => {
            shell.gap("unlisted-file", file);
            None
        }
        Err(_) => Some(String::new()),
    }
}

/// Whether an account may exist although `file` (/etc/passwd or /etc/group) has no line of it. A gap says so.
pub(crate) fn is_unlisted_account(shell: &mut Shell, file: &str, name: &str) -> bool {
    let may_exist = !lists_all_accounts(&shell.fs, file);
    if may_exist {
        shell.gap("unlisted-user", name);
    }
    may_exist
}

pub(crate) fn is_there(shell: &Shell, file: &str) -> bool {
    shell.fs.stat("/", file).is_ok()
}

/// Replaces a file by a new one with the same mode and owner.
pub(crate) fn store(shell: &mut Shell, file: &str, text: String) {
    let Ok((place, node)) = shell.fs.stat("/", file) else { return };
    let (mode, uid, gid) = (node.mode, node.uid, node.gid);
    let _ = shell.fs.remove(&place);
    let _ = shell.fs.write(&place, Content::inline(text.into_bytes()), mode, uid, gid);
}

/// Appends a line.
pub(crate) fn append(shell: &mut Shell, file: &str, line: &str) {
    let Some(mut text) = text_of(shell, file) else { return };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
    text.push('\n');
    store(shell, file, text);
}

/// Rewrites a file line by line: `change` gets the fields, and drops a line by returning false.
/// Returns whether a line was changed; a file in which none is stays as it is.
pub(crate) fn edit(shell: &mut Shell, file: &str, mut change: impl FnMut(&mut Vec<String>) -> bool) -> bool {
    let Some(old) = text_of(shell, file) else { return false };
    let mut new = String::new();
    for line in old.lines() {
        let mut fields: Vec<String> = line.split(':').map(str::to_string).collect();
        if change(&mut fields) {
            new.push_str(&fields.join(":"));
            new.push('\n');
        }
    }
    let changed = new != old;
    if changed {
        store(shell, file, new);
    }
    changed
}

pub(crate) fn field<'t>(text: &'t str, name: &str, index: usize) -> Option<&'t str> {
    text.lines().find(|line| line.split(':').next() == Some(name))?.split(':').nth(index)
}

pub(crate) fn has_name(text: &str, name: &str) -> bool {
    field(text, name, 0).is_some()
}

/// The name that has an id.
pub(crate) fn name_of(text: &str, id: u32) -> Option<&str> {
    text.lines().find(|line| line.split(':').nth(2).and_then(|text| text.parse().ok()) == Some(id))?.split(':').next()
}

/// A member more, or one less, in the last field of a group's line.
pub(crate) fn with_member(members: &str, user: &str, on: bool) -> String {
    let others = members.split(',').filter(|member| !member.is_empty() && *member != user);
    let mut all: Vec<&str> = match on && members.split(',').any(|member| member == user) {
        // Who is in it already keeps the place.
        true => return members.to_string(),
        false => others.collect(),
    };
    if on {
        all.push(user);
    }
    all.join(",")
}
