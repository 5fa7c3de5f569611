//! `tar -x` and `-t`: an archive is read.

use super::entered;
use super::options::{Tar, over_slashes};
use crate::archive::{self, Entry, EntryType};
use crate::commands::coreutils::stat::mode_text;
use crate::commands::estimated_files::{unpack_unknown_archive, unpack_unknown_file};
use crate::fs::{Content, Kind, Node, Special, Tree, path};
use crate::shell::{Shell, file_dates};

/// How wide owner and size are together in GNU's list, at the least.
const WIDTH: usize = 19;

pub(crate) fn read(shell: &mut Shell, tar: &Tar) -> i32 {
    let content = match archive_of(shell, tar) {
        Ok(Archive::Known(content)) => content,
        Ok(Archive::From(origin)) if tar.verb == 't' || tar.to_stdout => {
            shell.gap("unknown-content", origin);
            return 0;
        }
        Ok(Archive::From(origin)) => return unpack_unknown(shell, tar, &origin),
        Err(code) => return code,
    };
    let folder = match target_folder(shell, tar) {
        Ok(folder) => folder,
        Err(code) => return code,
    };
    if content.len == 0 {
        let (words, code) = match shell.dialect() {
            "ash" => ("short read\n", 1),
            _ => {
                ("This does not look like a tar archive\ntar: Exiting with failure status due to previous errors\n", 2)
            }
        };
        shell.err(format!("tar: {words}"));
        return code;
    }
    let (mut names, mut places, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    let mut found = vec![false; tar.members.len()];
    let owner = (tar.own || shell.user.uid != 0).then_some((shell.user.uid, shell.user.gid));
    let busybox = shell.dialect() == "ash";
    // busybox leaves links to whoever makes them.
    let links_owner = busybox.then_some((shell.user.uid, shell.user.gid));
    let now = Some(shell.fs.now()).filter(|_| tar.touch);
    let before = tar.keep.then(|| shell.fs.clone());
    let lists = tar.verb == 't';
    let mut wanted = |entry: &mut Entry| -> bool {
        if let Some((uid, gid)) = links_owner.filter(|_| entry.kind == EntryType::Symlink && !lists) {
            (entry.uid, entry.gid) = (uid, gid);
        }
        entry.modified = now.unwrap_or(entry.modified);
        let name = entry.path.trim_start_matches('/').to_string();
        let named = |member: &str| {
            let member = path::join("/", member);
            path::is_within(&entry.path, &member) || tar.wildcards && over_slashes(&member, &entry.path)
        };
        if !tar.members.is_empty() {
            let mut any = false;
            for (_, found) in tar.members.iter().zip(&mut found).filter(|((_, member), _)| named(member)) {
                (*found, any) = (true, true);
            }
            if !any {
                return false;
            }
        }
        if tar.excludes(&name) {
            return false;
        }
        let end = if entry.kind == EntryType::Dir && !name.is_empty() { "/" } else { "" };
        let start = if entry.dotted { "./" } else { "" };
        names.push(format!("{start}{name}{end}"));
        if lists {
            rows.push(entry.clone());
            return false;
        }
        let cut = |text: &str| -> Option<String> {
            let rest: Vec<&str> = text.trim_start_matches('/').split('/').skip(tar.strip).collect();
            (!rest.is_empty() && rest != [""]).then(|| format!("/{}", rest.join("/")))
        };
        if tar.strip > 0 {
            let Some(path) = cut(&entry.path) else {
                names.pop();
                return false;
            };
            entry.path = path;
            if entry.kind == EntryType::Hardlink {
                entry.link = cut(&entry.link).unwrap_or_default();
            }
        }
        if !tar.transform.is_empty() {
            let renamed = |path: &str| path::join("/", &tar.transformed(path.trim_start_matches('/')));
            entry.path = renamed(&entry.path);
            match entry.kind {
                EntryType::Hardlink => entry.link = renamed(&entry.link),
                EntryType::Symlink => entry.link = tar.transformed(&entry.link),
                _ => {}
            }
        }
        places.push((path::join("/", &entry.path), entry.kind));
        // What is there stays; a folder is no obstacle.
        let there = before.as_ref().and_then(|tree| tree.get(&path::join(&folder, entry.path.trim_start_matches('/'))));
        there.is_none_or(|node| node.is_dir() && entry.kind == EntryType::Dir)
    };
    let mut aside = Tree::new();
    let (tree, below) = if tar.to_stdout { (&mut aside, "/") } else { (&mut shell.fs, folder.as_str()) };
    let max = shell.effort.unpackable_bytes();
    let done = archive::extract_some(&content, tree, below, owner, &mut wanted, max);
    shell.effort.spend_unpacked(done.as_ref().copied().unwrap_or(0));
    if lists && tar.verbose {
        long(shell, tar, &names, &rows);
    } else if lists || tar.verbose {
        let text = names.iter().map(|name| format!("{name}\n")).collect::<String>();
        // Where files go to standard output, names do not.
        if tar.to_stdout { shell.err(text) } else { shell.out(text) }
    }
    if tar.to_stdout && !lists {
        for (place, _) in places {
            let bytes = aside.get(&place).and_then(|node| node.content()?.bytes()).map(<[u8]>::to_vec);
            shell.out(bytes.unwrap_or_default());
        }
    } else if busybox && !lists {
        // It sets a folder's time before it fills it, and no link's.
        for (place, kind) in places {
            let place = path::join(&folder, place.trim_start_matches('/'));
            let filled = kind == EntryType::Dir && !shell.fs.children(&place).is_empty();
            if filled || kind == EntryType::Symlink {
                let time = shell.fs.now();
                shell.fs.set_modified(&place, time);
            }
        }
    }
    if let Err(error) = done {
        shell.err(format!("tar: {error}\n"));
        return if busybox { 1 } else { 2 };
    }
    let missing: Vec<&String> =
        tar.members.iter().zip(found).filter(|(_, found)| !found).map(|((_, member), _)| member).collect();
    if missing.is_empty() {
        return 0;
    }
    for member in missing {
        shell.err(match busybox {
            true => format!("tar: {member}: not found in archive\n"),
            false => format!("tar: {member}: Not found in archive\n"),
        });
    }
    if busybox {
        return 1;
    }
    shell.err("tar: Exiting with failure status due to previous errors\n");
    2
}

/// The folder that an archive is unpacked into.
///
/// # Errors
/// The exit code, the complaint made.
fn target_folder(shell: &mut Shell, tar: &Tar) -> Result<String, i32> {
    // GNU's -C is for the members behind it, busybox' for all.
    let folder = match tar.members.first().filter(|_| shell.dialect() != "ash") {
        Some((folder, _)) => folder,
        None => &tar.folder,
    };
    entered(shell, folder.as_deref().unwrap_or("."))
}

/// Unpacks an archive of which nothing is known but its origin.
fn unpack_unknown(shell: &mut Shell, tar: &Tar, origin: &str) -> i32 {
    match target_folder(shell, tar) {
        Ok(folder) => match tar.members.as_slice() {
            [(_, member)] if tar.strip == 0 && is_file_name(member) => {
                unpack_unknown_file(shell, &folder, member, origin)
            }
            members => unpack_unknown_archive(shell, &folder, origin, !members.is_empty()),
        },
        Err(code) => return code,
    }
    0
}

/// Whether the name of a member is that of a file in the archive's root, as far as a name tells: a program or a library.
fn is_file_name(member: &str) -> bool {
    !member.is_empty() && !member.contains(['/', '*', '?', '[']) && !member.starts_with('.')
}

/// An archive, as far as it is known.
enum Archive {
    Known(Content),
    /// Nothing is known of it but the address or the path that it comes from.
    From(String),
}

/// The archive that is asked for.
///
/// # Errors
/// The exit code, the complaint made.
fn archive_of(shell: &mut Shell, tar: &Tar) -> Result<Archive, i32> {
    let content = match tar.file.as_deref() {
        None | Some("-") => match shell.claim_download() {
            Some(address) => return Ok(Archive::From(address)),
            None => Content::inline(std::mem::take(&mut shell.stdin)),
        },
        Some("/dev/null") => Content::inline([]),
        Some(name) => match shell.fs.stat(&shell.cwd, name) {
            Ok((_, node)) => node.content().cloned().unwrap_or_else(|| Content::inline([])),
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
                shell.gap("unlisted-file", name);
                return Ok(Archive::From(name.to_string()));
            }
            Err(error) => {
                let why = error.errno.message();
                let (text, code) = match shell.dialect() {
                    "ash" => (format!("tar: can't open '{name}': {why}\n"), 1),
                    // With a compression named, a child opens the archive.
                    _ => {
                        let who = if tar.packer.is_some() { "tar (child)" } else { "tar" };
                        let end = "Error is not recoverable: exiting now";
                        let parent = format!("tar: Child returned status 2\ntar: {end}\n");
                        let parent = if tar.packer.is_some() { parent } else { String::new() };
                        (format!("{who}: {name}: Cannot open: {why}\n{who}: {end}\n{parent}"), 2)
                    }
                };
                shell.err(text);
                return Err(code);
            }
        },
    };
    Ok(match content.bytes() {
        Some(_) => Archive::Known(content),
        None => Archive::From(content.address().or(tar.file.as_deref()).unwrap_or("-").to_string()),
    })
}

/// The rows of `tar -tv`.
fn long(shell: &mut Shell, tar: &Tar, names: &[String], rows: &[Entry]) {
    let busybox = shell.dialect() == "ash";
    let mut width = WIDTH;
    let mut text = String::new();
    for (name, entry) in names.iter().zip(rows) {
        let kind = match entry.kind {
            EntryType::Dir => Kind::Dir { partial: false },
            EntryType::Symlink => Kind::Symlink("".into()),
            EntryType::CharDevice => Kind::Special(Special::CharDevice),
            EntryType::BlockDevice => Kind::Special(Special::BlockDevice),
            EntryType::Fifo => Kind::Special(Special::Fifo),
            EntryType::File | EntryType::Hardlink => Kind::File(Content::inline([])),
        };
        let mut mode = mode_text(&Node::detached(kind, entry.mode, entry.uid, entry.gid, 0));
        let link = match (entry.kind, busybox) {
            (EntryType::Symlink, _) => format!(" -> {}", entry.link),
            (EntryType::Hardlink, true) => format!(" -> {}", entry.link.trim_start_matches('/')),
            (EntryType::Hardlink, false) => {
                mode.replace_range(..1, "h");
                format!(" link to {}", entry.link.trim_start_matches('/'))
            }
            _ => String::new(),
        };
        let own = |said: &str, id: u32| match said.is_empty() || tar.numeric {
            true => id.to_string(),
            false => said.to_string(),
        };
        let (user, group) = (own(&entry.user, entry.uid), own(&entry.group, entry.gid));
        let size = entry.size.to_string();
        let format = if busybox { "%Y-%m-%d %H:%M:%S" } else { "%Y-%m-%d %H:%M" };
        let date = file_dates::shown(shell, entry.modified, format, "tar -tv");
        let size = match busybox {
            true => format!("{size:>9}"),
            false => {
                width = width.max(user.len() + 1 + group.len() + 1 + size.len());
                format!("{size:>0$}", width - user.len() - group.len() - 2)
            }
        };
        text.push_str(&format!("{mode} {user}/{group} {size} {date} {name}{link}\n"));
    }
    shell.out(text);
}
