//! useradd, adduser, groupadd, addgroup: lines in passwd, group and shadow, and a home.
//!
//! Two families: shadow's programs (Debian, Fedora) and busybox's (Alpine). What Debian's `adduser`
//! script does beyond that is not modelled.

use super::ownership::id;
use super::{has, options, value};
use crate::fs::Content;
use crate::shell::Shell;

fn text_of(shell: &Shell, file: &str) -> Option<String> {
    match shell.read(file) {
        Ok(bytes) => Some(String::from_utf8_lossy(&bytes?).into_owned()),
        Err(_) => Some(String::new()),
    }
}

/// Appends a line to a file that is there, as the tools do: the file is written anew.
fn append(shell: &mut Shell, file: &str, line: &str) {
    let Some(mut text) = text_of(shell, file) else { return shell.gap("unknown-content", file) };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
    text.push_str(line);
    text.push('\n');
    store(shell, file, text);
}

fn store(shell: &mut Shell, file: &str, text: String) {
    let Ok((place, node)) = shell.fs.stat("/", file) else { return };
    let (mode, uid, gid) = (node.mode, node.uid, node.gid);
    // A new file takes the old one's place.
    let _ = shell.fs.remove(&place);
    let _ = shell.fs.write(&place, Content::inline(text.into_bytes()), mode, uid, gid);
}

fn ids(text: &str) -> Vec<u32> {
    text.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok()).collect()
}

fn has_name(text: &str, name: &str) -> bool {
    text.lines().any(|line| line.split(':').next() == Some(name))
}

/// The first free id of a range.
fn free(taken: &[u32], system: bool) -> u32 {
    let range = if system { 100..1000 } else { 1000..60_000 };
    range.clone().find(|id| !taken.contains(id)).unwrap_or(range.start)
}

pub(super) fn groupadd(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("groupadd", String::as_str).rsplit('/').next().unwrap_or("groupadd").to_string();
    let (flags, names) = options(argv, "g");
    if shell.dialect() != "ash" && command == "addgroup" {
        shell.gap("unmodelled-command", command);
        return 0;
    }
    let system = has(&flags, &["S", "r", "system"]);
    let (Some(name), Some(groups)) = (names.first(), text_of(shell, "/etc/group")) else {
        shell.gap("unknown-content", "/etc/group");
        return 0;
    };
    if let (Some(group), true) = (names.get(1), command == "addgroup") {
        return join(shell, name, group);
    }
    if has_name(&groups, name) {
        if has(&flags, &["f", "force"]) {
            return 0;
        }
        let text = if command == "addgroup" {
            format!("addgroup: group '{name}' in use\n")
        } else {
            format!("groupadd: group '{name}' already exists\n")
        };
        shell.err(text);
        return if command == "addgroup" { 1 } else { 9 };
    }
    let wanted = value(&flags, &["g", "gid"]).and_then(|text| text.parse().ok());
    let id = wanted.unwrap_or_else(|| free(&ids(&groups), system));
    append(shell, "/etc/group", &format!("{name}:x:{id}:"));
    0
}

/// Puts a user into a group.
fn join(shell: &mut Shell, user: &str, group: &str) -> i32 {
    let Some(groups) = text_of(shell, "/etc/group") else { return 0 };
    if !has_name(&groups, group) {
        shell.err(format!("addgroup: unknown group {group}\n"));
        return 1;
    }
    let line = |line: &str| match line.split(':').next() == Some(group) {
        true if line.ends_with(':') => format!("{line}{user}\n"),
        true => format!("{line},{user}\n"),
        false => format!("{line}\n"),
    };
    let text = groups.lines().map(line).collect();
    store(shell, "/etc/group", text);
    0
}

pub(super) fn useradd(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("useradd", String::as_str).rsplit('/').next().unwrap_or("useradd").to_string();
    let busybox = command == "adduser" && shell.dialect() == "ash";
    if command == "adduser" && !busybox {
        shell.gap("unmodelled-command", command);
        return 0;
    }
    let (flags, names) = options(argv, if busybox { "hgsGuk" } else { "ugGdscpekbKf" });
    let (Some(name), Some(users), Some(groups)) =
        (names.first().cloned(), text_of(shell, "/etc/passwd"), text_of(shell, "/etc/group"))
    else {
        shell.gap("unknown-content", "/etc/passwd");
        return 0;
    };
    if has_name(&users, &name) {
        let text = if busybox {
            format!("adduser: user '{name}' in use\n")
        } else {
            format!("useradd: user '{name}' already exists\n")
        };
        shell.err(text);
        return if busybox { 1 } else { 9 };
    }
    let system = has(&flags, &["S", "r", "system"]);
    let wanted = value(&flags, &["u", "uid"]).and_then(|text| text.parse().ok());
    let uid: u32 = wanted.unwrap_or_else(|| free(&ids(&users), system));
    let group = if busybox { value(&flags, &["G"]) } else { value(&flags, &["g", "gid"]) }.map(str::to_string);
    let gid = match &group {
        Some(group) => match id(&shell.fs, "/etc/group", group) {
            Some(gid) => gid,
            None => {
                shell.err(format!("{command}: group '{group}' does not exist\n"));
                return if busybox { 1 } else { 6 };
            }
        },
        None if busybox && system => 65_533,
        None => {
            let taken = ids(&groups);
            let gid = if taken.contains(&uid) { free(&taken, system) } else { uid };
            append(shell, "/etc/group", &format!("{name}:x:{gid}:"));
            gid
        }
    };
    let home = value(&flags, if busybox { &["h"] } else { &["d", "home-dir", "home"] })
        .map_or_else(|| format!("/home/{name}"), str::to_string);
    let login = value(&flags, if busybox { &["s"] } else { &["s", "shell"] }).map(str::to_string);
    let login = login.unwrap_or_else(|| if system && busybox { "/bin/false".into() } else { "/bin/sh".into() });
    let comment = value(&flags, if busybox { &["g"] } else { &["c", "comment"] }).map(str::to_string);
    let comment = comment.unwrap_or_else(|| if busybox { "Linux User,,,".into() } else { String::new() });
    append(shell, "/etc/passwd", &format!("{name}:x:{uid}:{gid}:{comment}:{home}:{login}"));
    if shell.fs.stat("/", "/etc/shadow").is_ok() {
        append(shell, "/etc/shadow", &format!("{name}:!:0:0:99999:7:::"));
    }
    if let Some(more) = value(&flags, &["G", "groups"]).filter(|_| !busybox).map(str::to_string) {
        for group in more.split(',') {
            join(shell, &name, group);
        }
    }
    let makes_home = if busybox { !has(&flags, &["H"]) } else { has(&flags, &["m", "create-home"]) };
    if makes_home && shell.fs.stat("/", &home).is_err() {
        if let Ok(place) = shell.destination(&home) {
            let mode = if busybox { 0o2755 } else { 0o755 };
            let _ = shell.fs.mkdir_all(&place, 0o755, 0, 0);
            shell.fs.chmod(&place, mode);
            shell.fs.chown(&place, Some(uid), Some(gid));
        }
        // What /etc/skel holds is copied there; a listing that is not complete is told.
        if shell.fs.may_hide("/", "/etc/skel") || shell.fs.stat("/", "/etc/skel").is_ok() {
            shell.gap("partial-listing", "/etc/skel");
        }
    }
    0
}
