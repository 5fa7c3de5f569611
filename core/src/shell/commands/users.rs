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

/// The next free id: busybox counts up; shadow counts system's down from 999, and people's on from
/// the highest there is (seen with shadow 4.13).
fn free(taken: &[u32], system: bool, busybox: bool) -> u32 {
    let range = if system { 100..1000 } else { 1000..60_000 };
    let unused = |id: &u32| !taken.contains(id);
    let highest = taken.iter().filter(|id| range.contains(*id)).max().map_or(range.start, |id| id + 1);
    let found = match (busybox, system) {
        (true, _) => range.clone().find(unused),
        (false, true) => range.clone().rev().find(unused),
        (false, false) => Some(highest).filter(|id| range.contains(id)).or_else(|| range.clone().find(unused)),
    };
    found.unwrap_or(range.start)
}

/// Long options that take a value.
const LONG: [&str; 14] = [
    "uid",
    "gid",
    "home",
    "home-dir",
    "shell",
    "comment",
    "groups",
    "ingroup",
    "gecos",
    "password",
    "base-dir",
    "skel",
    "key",
    "expiredate",
];

/// Days since 1970, as shadow notes them: there is no clock here, and five digits until 2243.
const TODAY: &str = "20000";

/// Adds a line to a file of shadow's, which keeps what was before beside it.
fn add(shell: &mut Shell, file: &str, line: &str) {
    keep(shell, file);
    append(shell, file, line);
}

/// `FILE-` is what FILE was; a lock stays behind.
fn keep(shell: &mut Shell, file: &str) {
    let found = shell.fs.stat("/", file).map(|(_, node)| (node.content().cloned(), node.mode, node.uid, node.gid));
    if let Ok((Some(content), mode, uid, gid)) = found {
        let copy = format!("{file}-");
        let _ = shell.fs.remove(&copy);
        let _ = shell.fs.write(&copy, content, mode, uid, gid);
    }
    let lock = "/etc/.pwd.lock";
    match shell.fs.get(lock).is_some() {
        true => shell.fs.touch(lock),
        false => {
            let _ = shell.fs.write(lock, Content::inline([]), 0o600, 0, 0);
        }
    }
}

fn is_there(shell: &Shell, file: &str) -> bool {
    shell.fs.stat("/", file).is_ok()
}

/// A group in shadow's files.
fn add_group(shell: &mut Shell, name: &str, gid: u32) {
    add(shell, "/etc/group", &format!("{name}:x:{gid}:"));
    if is_there(shell, "/etc/gshadow") {
        add(shell, "/etc/gshadow", &format!("{name}:!::"));
    }
}

/// Puts a user into groups; those that are not there are told.
fn join_all(shell: &mut Shell, command: &str, user: &str, groups: &str) -> i32 {
    for group in groups.split(',').filter(|group| !group.is_empty()) {
        if !text_of(shell, "/etc/group").is_some_and(|text| has_name(&text, group)) {
            shell.err(format!("{command}: group '{group}' does not exist\n"));
            return 6;
        }
    }
    for file in ["/etc/group", "/etc/gshadow"] {
        if !is_there(shell, file) {
            continue;
        }
        let Some(text) = text_of(shell, file) else { continue };
        keep(shell, file);
        let line = |line: &str| {
            let in_it = groups.split(',').any(|group| line.split(':').next() == Some(group));
            let known = line.rsplit(':').next().unwrap_or("").split(',').any(|one| one == user);
            match in_it && !known {
                true if line.ends_with(':') => format!("{line}{user}\n"),
                true => format!("{line},{user}\n"),
                false => format!("{line}\n"),
            }
        };
        let text = text.lines().map(line).collect();
        store(shell, file, text);
    }
    0
}

/// usermod: groups, home, shell and comment.
pub(super) fn usermod(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&super::with_long_values(argv, &LONG), "Gdscugl");
    super::only(shell, "usermod", &flags, &["a", "append", "G", "groups", "d", "home", "s", "shell", "c", "comment"]);
    let (Some(name), Some(users)) = (names.first().cloned(), text_of(shell, "/etc/passwd")) else {
        shell.gap("unknown-content", "/etc/passwd");
        return 0;
    };
    if !has_name(&users, &name) {
        shell.err(format!("usermod: user '{name}' does not exist\n"));
        return 6;
    }
    let fields = [(4, ["c", "comment"]), (5, ["d", "home"]), (6, ["s", "shell"])];
    let new: Vec<(usize, String)> =
        fields.iter().filter_map(|(at, names)| Some((*at, value(&flags, names)?.to_string()))).collect();
    if !new.is_empty() {
        keep(shell, "/etc/passwd");
        let line = |line: &str| {
            let mut parts: Vec<&str> = line.split(':').collect();
            if parts.first() == Some(&name.as_str()) {
                for (at, text) in &new {
                    if let Some(part) = parts.get_mut(*at) {
                        *part = text;
                    }
                }
            }
            parts.join(":") + "\n"
        };
        let text = users.lines().map(line).collect();
        store(shell, "/etc/passwd", text);
    }
    match value(&flags, &["G", "groups"]).map(str::to_string) {
        Some(groups) => join_all(shell, "usermod", &name, &groups),
        None => 0,
    }
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

pub(super) fn groupadd(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("groupadd", String::as_str).rsplit('/').next().unwrap_or("groupadd").to_string();
    let (flags, names) = options(&super::with_long_values(argv, &LONG), "g");
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
    let busybox = command == "addgroup";
    let id = wanted.unwrap_or_else(|| free(&ids(&groups), system, busybox));
    match busybox {
        true => append(shell, "/etc/group", &format!("{name}:x:{id}:")),
        false => add_group(shell, name, id),
    }
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
    let argv = super::with_long_values(argv, &LONG);
    let (flags, names) = options(&argv, if busybox { "hgsGuk" } else { "ugGdscpekbKf" });
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
    let uid: u32 = wanted.unwrap_or_else(|| free(&ids(&users), system, busybox));
    let group =
        if busybox { value(&flags, &["G", "ingroup"]) } else { value(&flags, &["g", "gid"]) }.map(str::to_string);
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
            let gid = if taken.contains(&uid) { free(&taken, system, busybox) } else { uid };
            match busybox {
                true => append(shell, "/etc/group", &format!("{name}:x:{gid}:")),
                false => add_group(shell, &name, gid),
            }
            gid
        }
    };
    let home = value(&flags, if busybox { &["h", "home"] } else { &["d", "home-dir", "home"] })
        .map_or_else(|| format!("/home/{name}"), str::to_string);
    let login = value(&flags, &["s", "shell"]).map(str::to_string);
    let login = login.unwrap_or_else(|| if system && busybox { "/bin/false".into() } else { "/bin/sh".into() });
    let comment = value(&flags, if busybox { &["g", "gecos"] } else { &["c", "comment"] }).map(str::to_string);
    let comment = comment.unwrap_or_else(|| if busybox { "Linux User,,,".into() } else { String::new() });
    let line = format!("{name}:x:{uid}:{gid}:{comment}:{home}:{login}");
    if busybox {
        append(shell, "/etc/passwd", &line);
        if is_there(shell, "/etc/shadow") {
            append(shell, "/etc/shadow", &format!("{name}:!:0:0:99999:7:::"));
        }
    } else {
        add(shell, "/etc/passwd", &line);
        if is_there(shell, "/etc/shadow") {
            let ages = if system { "::::::" } else { ":0:99999:7:::" };
            add(shell, "/etc/shadow", &format!("{name}:!:{TODAY}{ages}"));
        }
        // People's accounts get ids for the containers that they run.
        for file in ["/etc/subuid", "/etc/subgid"].into_iter().filter(|_| !system) {
            if let Some(text) = text_of(shell, file).filter(|_| is_there(shell, file)) {
                let ends = text.lines().filter_map(|line| {
                    let mut numbers = line.split(':').skip(1).filter_map(|part| part.parse::<u64>().ok());
                    Some(numbers.next()? + numbers.next()?)
                });
                let start = ends.max().unwrap_or(100_000).max(100_000);
                add(shell, file, &format!("{name}:{start}:65536"));
            }
        }
        if let Some(more) = value(&flags, &["G", "groups"]).map(str::to_string) {
            let status = join_all(shell, "useradd", &name, &more);
            if status != 0 {
                return status;
            }
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
        if !busybox {
            fill_home(shell, &home, uid, gid);
        } else if shell.fs.may_hide("/", "/etc/skel") || shell.fs.stat("/", "/etc/skel").is_ok() {
            // What /etc/skel holds is copied there; a listing that is not complete is told.
            shell.gap("partial-listing", "/etc/skel");
        }
    }
    0
}
