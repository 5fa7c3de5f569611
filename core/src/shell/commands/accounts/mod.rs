//! Users and groups: lines of passwd, group, shadow and gshadow, and homes.
//!
//! Three families of programs, each with rules of its own: shadow's, busybox's, and Debian's scripts on top
//! of shadow's. Seen with shadow 4.8 and 4.13, busybox 1.35 and 1.37, adduser 3.118 and 3.134.

mod busybox;
mod debian;
mod shadow;

pub(super) use shadow::{chsh, gpasswd, groupadd, groupdel, groupmod, useradd, userdel, usermod};

use crate::fs::Content;
use crate::shell::Shell;

const PASSWD: &str = "/etc/passwd";
const GROUP: &str = "/etc/group";
const SHADOW: &str = "/etc/shadow";
const GSHADOW: &str = "/etc/gshadow";

/// Days since 1970, as shadow notes them: there is no clock here, and five digits until 2243.
const TODAY: &str = "20000";

/// The programs that busybox and Debian both call so.
macro_rules! by_family {
    ($($name:ident),*) => {$(
        pub(super) fn $name(shell: &mut Shell, argv: &[String]) -> i32 {
            if shell.dialect() == "ash" { busybox::$name(shell, argv) } else { debian::$name(shell, argv) }
        }
    )*};
}
by_family!(adduser, addgroup, deluser, delgroup, passwd, chpasswd);

/// `getent passwd|group [names or ids]`: lines as they are.
pub(super) fn getent(shell: &mut Shell, argv: &[String]) -> i32 {
    let words: Vec<&String> = argv.iter().skip(1).filter(|word| !word.starts_with('-')).collect();
    let Some((database, keys)) = words.split_first() else { return 1 };
    let file = match database.as_str() {
        "passwd" => PASSWD,
        "group" => GROUP,
        "shadow" => SHADOW,
        "gshadow" => GSHADOW,
        other => {
            shell.gap("unknown-output", format!("getent {other}"));
            return 0;
        }
    };
    let Some(text) = text_of(shell, file) else { return 0 };
    if keys.is_empty() {
        shell.out(text);
        return 0;
    }
    let mut status = 0;
    for key in keys {
        let fits = |line: &&str| {
            let mut fields = line.split(':');
            fields.next() == Some(key.as_str()) || key.parse::<u32>().is_ok() && fields.nth(1) == Some(key.as_str())
        };
        match text.lines().find(fits) {
            Some(line) => shell.out(format!("{line}\n")),
            None => status = 2,
        }
    }
    status
}

/// `groups [user]`: the names of a user's groups, the first one first.
pub(super) fn groups(shell: &mut Shell, argv: &[String]) -> i32 {
    let (users, all) = (text_of(shell, PASSWD).unwrap_or_default(), text_of(shell, GROUP).unwrap_or_default());
    let uid = shell.user.uid;
    let own = name_of(&users, uid).map_or_else(|| uid.to_string(), str::to_string);
    let named = argv.get(1).cloned();
    let user = named.clone().unwrap_or(own);
    let Some(gid) = field(&users, &user, 3).and_then(|text| text.parse::<u32>().ok()) else {
        shell.err(format!("groups: '{user}': no such user\n"));
        return 1;
    };
    let first = name_of(&all, gid).map_or_else(|| gid.to_string(), str::to_string);
    let more = all.lines().filter(|line| line.rsplit(':').next().unwrap_or("").split(',').any(|one| one == user));
    let more = more.filter_map(|line| line.split(':').next()).filter(|name| *name != first);
    let names = std::iter::once(first.as_str()).chain(more).collect::<Vec<_>>().join(" ");
    // GNU's says whose they are.
    let text =
        if named.is_some() && shell.dialect() != "ash" { format!("{user} : {names}\n") } else { format!("{names}\n") };
    shell.out(text);
    0
}

/// What a file of accounts holds: nothing if it is not there, `None` if that is not known.
fn text_of(shell: &mut Shell, file: &str) -> Option<String> {
    match shell.read(file) {
        Ok(Some(bytes)) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Ok(None) => {
            shell.gap("unknown-content", file);
            None
        }
        Err(_) => Some(String::new()),
    }
}

fn is_there(shell: &Shell, file: &str) -> bool {
    shell.fs.stat("/", file).is_ok()
}

/// A new file takes the old one's place, with its mode and owner.
fn store(shell: &mut Shell, file: &str, text: String) {
    let Ok((place, node)) = shell.fs.stat("/", file) else { return };
    let (mode, uid, gid) = (node.mode, node.uid, node.gid);
    let _ = shell.fs.remove(&place);
    let _ = shell.fs.write(&place, Content::inline(text.into_bytes()), mode, uid, gid);
}

/// Appends a line.
fn append(shell: &mut Shell, file: &str, line: &str) {
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
fn edit(shell: &mut Shell, file: &str, mut change: impl FnMut(&mut Vec<String>) -> bool) -> bool {
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

fn field<'t>(text: &'t str, name: &str, index: usize) -> Option<&'t str> {
    text.lines().find(|line| line.split(':').next() == Some(name))?.split(':').nth(index)
}

/// The home of a user, if there is one of that name.
pub(in crate::shell) fn home_of(shell: &mut Shell, name: &str) -> Option<String> {
    field(&text_of(shell, PASSWD)?, name, 5).map(str::to_string)
}

fn has_name(text: &str, name: &str) -> bool {
    field(text, name, 0).is_some()
}

fn ids(text: &str) -> Vec<u32> {
    text.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok()).collect()
}

/// The first id that is not taken; shadow's programs count otherwise.
fn first_free(taken: &[u32], system: bool) -> u32 {
    let mut range = if system { 100..1000 } else { 1000..60_000 };
    let start = range.start;
    range.find(|id| !taken.contains(id)).unwrap_or(start)
}

/// The name that has an id.
fn name_of(text: &str, id: u32) -> Option<&str> {
    text.lines().find(|line| line.split(':').nth(2).and_then(|text| text.parse().ok()) == Some(id))?.split(':').next()
}

/// A member more, or one less, in the last field of a group's line.
fn with_member(members: &str, user: &str, on: bool) -> String {
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

/// What a new home starts with.
fn fill_home(shell: &mut Shell, home: &str, uid: u32, gid: u32) {
    if shell.fs.may_hide("/", "/etc/skel/.profile") {
        // A listing that is not complete is told.
        return shell.gap("partial-listing", "/etc/skel");
    }
    let found = shell.fs.walk("/etc/skel").filter(|(path, _)| &***path != "/etc/skel");
    let files: Vec<(String, crate::fs::Node)> =
        found.map(|(path, node)| (path.trim_start_matches("/etc/skel").to_string(), node.clone())).collect();
    for (name, node) in files {
        let place = format!("{home}{name}");
        match node.content().cloned() {
            Some(content) => {
                let _ = shell.fs.write(&place, content, node.mode, uid, gid);
            }
            None => {
                let _ = shell.fs.mkdir_all(&place, node.mode, uid, gid);
            }
        }
    }
}

/// Makes a home that is not there yet; returns whether it did.
fn make_home(shell: &mut Shell, home: &str, mode: u32, uid: u32, gid: u32) -> bool {
    if is_there(shell, home) {
        return false;
    }
    let Ok(place) = shell.destination(home) else { return false };
    let _ = shell.fs.mkdir_all(&place, 0o755, 0, 0);
    shell.fs.chmod(&place, mode);
    shell.fs.chown(&place, Some(uid), Some(gid));
    true
}

/// Removes a home and all that is in it.
fn remove_home(shell: &mut Shell, home: &str) {
    if let Ok((place, _)) = shell.fs.stat("/", home) {
        let _ = shell.fs.remove(&place);
    }
}
