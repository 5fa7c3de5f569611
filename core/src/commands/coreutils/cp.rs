//! cp: files, folders, links, with or without what belongs to them.

use super::destination::{inside, is_refused, landing, shown_target};
use crate::fs::{Content, Errno, FsError, Kind, Node, Time, Tree, path};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};
use std::collections::BTreeMap;

/// The attributes of a file that are preserved in its copy.
#[derive(Clone, Copy, Default)]
struct PreservedAttributes {
    /// Permission bits, without applying the umask.
    mode: bool,
    owner: bool,
    times: bool,
    /// Hard links among the copies.
    links: bool,
}

impl PreservedAttributes {
    fn of(flags: &[(String, Option<String>)]) -> Self {
        let mut kept = PreservedAttributes::default();
        for (name, list) in flags {
            let (on, list) = match name.as_str() {
                "a" | "archive" => (true, "all"),
                "p" => (true, "mode,ownership,timestamps"),
                "preserve" => (true, list.as_deref().unwrap_or("mode,ownership,timestamps")),
                "no-preserve" => (false, list.as_deref().unwrap_or("")),
                "d" => (true, "links"),
                _ => continue,
            };
            for what in list.split(',') {
                let all = what == "all";
                for (field, its) in [
                    (&mut kept.mode, "mode"),
                    (&mut kept.owner, "ownership"),
                    (&mut kept.times, "timestamps"),
                    (&mut kept.links, "links"),
                ] {
                    if all || what == its {
                        *field = on;
                    }
                }
            }
        }
        kept
    }
}

/// How `cp` copies.
struct CopyOptions {
    kept: PreservedAttributes,
    /// The targets of symbolic links are copied.
    follow: bool,
    busybox: bool,
    /// Only over older files.
    update: bool,
    /// The owner of new files.
    owner: (u32, u32),
    umask: u32,
    /// The folders that are being copied: a link to one of them would have no end.
    open: Vec<String>,
    /// How many files and folders may still be made through links to folders, which can multiply them.
    left: usize,
    /// A link that was skipped because it leads back to itself.
    circle: Option<String>,
}

/// The number of files that one `cp` creates through links, at most.
const MAX_COPIES: usize = 200_000;

impl CopyOptions {
    /// Sets the preserved attributes of a copy.
    fn copy_attributes(&self, fs: &mut Tree, place: &str, node: &Node) {
        if self.kept.owner {
            fs.chown(place, Some(node.uid), Some(node.gid));
        }
        if self.kept.mode && !matches!(node.kind, Kind::Symlink(_)) {
            // After the owner, whose change takes setuid away.
            fs.chmod(place, node.mode);
        }
        if self.kept.times {
            fs.set_modified(place, node.modified);
        }
    }

    /// The mode of a copy that is new. GNU's lends no rights: setuid and setgid go.
    fn mode(&self, node: &Node) -> u32 {
        let all = match (self.busybox, node.is_dir()) {
            (true, _) => 0o7777,
            (false, true) => 0o1777,
            (false, false) => 0o777,
        };
        if self.kept.mode { node.mode } else { node.mode & all & !self.umask }
    }

    /// Whether a file that is there stays.
    fn stays(&self, old: Option<&Node>, node: &Node) -> bool {
        self.update && old.is_some_and(|old| !old.is_dir() && old.modified >= node.modified)
    }
}

/// Copies one node with what is below it.
fn copy(fs: &mut Tree, from: &str, to: &str, how: &mut CopyOptions) -> Result<(), FsError> {
    let (uid, gid) = how.owner;
    let nodes: Vec<(String, Node)> = fs.walk(from).map(|(key, node)| (key.to_string(), node.clone())).collect();
    // What was there is copied, but not what comes of it.
    let into_itself = path::is_within(to, from) && nodes.first().is_some_and(|(_, node)| node.is_dir());
    let mut linked: BTreeMap<u64, String> = BTreeMap::new();
    let mut folders: Vec<(String, Time)> = Vec::new();
    for (key, node) in nodes {
        let place = format!("{to}{}", key.get(from.len()..).unwrap_or(""));
        if how.open.len() > 1 {
            how.left = how.left.checked_sub(1).ok_or_else(|| FsError { errno: Errno::Eloop, path: place.clone() })?;
        }
        if let Some(first) = linked.get(&node.ino()).filter(|_| how.kept.links && fs.get(&place).is_none()) {
            fs.link(&first.clone(), &place)?;
            continue;
        }
        if node.links() > 1 && node.content().is_some() {
            linked.insert(node.ino(), place.clone());
        }
        let mode = how.mode(&node);
        match &node.kind {
            Kind::Dir { .. } => {
                if !fs.get(&place).is_some_and(|old| old.is_dir()) {
                    fs.mkdir(&place, mode, uid, gid)?;
                }
                fs.bring_unlisted(&place, &node);
                how.copy_attributes(fs, &place, &node);
                folders.push((place, node.modified));
            }
            Kind::Special(kind) => {
                fs.special(*kind, &place, mode, uid, gid)?;
                how.copy_attributes(fs, &place, &node);
            }
            Kind::Symlink(_) if !how.follow && how.stays(fs.get(&place), &node) => {}
            Kind::Symlink(target) if !how.follow => {
                if fs.get(&place).is_some() {
                    fs.remove(&place)?;
                }
                fs.symlink(target, &place, uid, gid)?;
                how.copy_attributes(fs, &place, &node);
            }
            Kind::Symlink(_) => {
                let (real, target) = fs.stat("/", &key).map(|(real, target)| (real, target.clone()))?;
                if target.is_dir() {
                    if path::is_within(&key, &real) || how.open.contains(&real) {
                        how.circle = Some(place);
                        continue;
                    }
                    how.open.push(real.clone());
                    copy(fs, &real, &place, how)?;
                    how.open.pop();
                } else if !how.stays(fs.get(&place), &target) {
                    write(fs, &place, &target, how)?;
                }
            }
            Kind::File(_) if how.stays(fs.get(&place), &node) => {}
            Kind::File(_) => write(fs, &place, &node, how)?,
        }
    }
    // Last, for what goes into a folder changes its time.
    for (place, modified) in folders.iter().filter(|_| how.kept.times) {
        fs.set_modified(place, *modified);
    }
    match into_itself {
        true => Err(FsError { errno: Errno::Einval, path: to.to_string() }),
        false => Ok(()),
    }
}

/// A file's copy.
fn write(fs: &mut Tree, place: &str, node: &Node, how: &CopyOptions) -> Result<(), FsError> {
    if let Some(content) = node.content() {
        fs.write(place, content.clone(), how.mode(node), how.owner.0, how.owner.1)?;
        how.copy_attributes(fs, place, node);
    }
    Ok(())
}

/// Makes the folders of a source below the target, as they are (`--parents`); returns the last one.
fn parents(fs: &mut Tree, cwd: &str, source: &str, target: &str, how: &CopyOptions) -> Result<String, FsError> {
    let (mut from, mut to) =
        (if source.starts_with('/') { "/".to_string() } else { cwd.to_string() }, target.to_string());
    for part in path::parent(source).split('/').filter(|part| !["", "."].contains(part)) {
        (from, to) = (path::join(&from, part), path::join(&to, part));
        let node = fs.stat("/", &from).map(|(_, node)| node.clone())?;
        if fs.get(&to).is_none() {
            fs.mkdir(&to, how.mode(&node), how.owner.0, how.owner.1)?;
            how.copy_attributes(fs, &to, &node);
        }
    }
    Ok(to)
}

/// The options that are known, and those of them that change nothing here.
const OPTIONS: &str = "r R a p f v d P L H t T n u l s i x Z recursive archive no-clobber update link symbolic-link \
    verbose force dereference no-dereference no-target-directory target-directory preserve no-preserve parents \
    remove-destination one-file-system reflink sparse";

/// What is read of a device that ends: of /dev/null, and of standard input by a name such as /dev/stdin.
pub(crate) fn content_of_device(shell: &mut Shell, name: &str) -> Option<Content> {
    if name == "/dev/null" {
        return Some(Content::inline([]));
    }
    if shell.standard_stream(name) != Some(0) {
        return None;
    }
    let bytes = std::mem::take(&mut shell.stdin);
    Some(match shell.is_input_incomplete {
        true => Content::started(bytes, "input that is not known here"),
        false => Content::inline(bytes),
    })
}

pub(crate) fn cp(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut names) = options(argv, "t");
    only(shell, "cp", &flags, &OPTIONS.split_whitespace().collect::<Vec<_>>());
    let recursive = has(&flags, &["r", "R", "a", "recursive", "archive"]);
    let kept = PreservedAttributes::of(&flags);
    let follow = !has(&flags, &["a", "d", "P", "archive", "no-dereference"])
        && (!recursive || has(&flags, &["L", "dereference"]));
    let busybox = shell.dialect() == "ash";
    // busybox keeps hard links whenever it copies folders.
    let kept = PreservedAttributes { links: kept.links || busybox && recursive && !has(&flags, &["L"]), ..kept };
    let update = has(&flags, &["u", "update"]);
    let target = value(&flags, &["t", "target-directory"]).map(str::to_string).or_else(|| names.pop());
    let (Some(target), false) = (target, names.is_empty()) else {
        shell.err("cp: missing file operand\n");
        return 1;
    };
    let into = names.len() > 1 || has(&flags, &["t", "target-directory"]);
    let whole = has(&flags, &["T", "no-target-directory"]);
    let mut status = 0;
    if !whole && is_refused(shell, "cp", &target, into) {
        return 1;
    }
    for name in &names {
        if let Some(content) = content_of_device(shell, name).filter(|_| !recursive) {
            let to = if whole { shell.destination(&target) } else { landing(shell, name, &target, into) };
            let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
            if let Err(error) = to.and_then(|to| shell.fs.write(&to, content, mode, uid, gid)) {
                status = shell.complain("cp", &format!("cannot create regular file '{target}'"), &error);
            }
            continue;
        }
        let found = if follow { shell.fs.stat(&shell.cwd, name) } else { shell.fs.lstat(&shell.cwd, name) };
        let (from, is_dir) = match found {
            Ok((from, node)) => (from, node.is_dir()),
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
                copy_unpacked(shell, name, &target, into);
                continue;
            }
            Err(error) => {
                // busybox' tries the link at once.
                let what = match busybox && has(&flags, &["l", "link"]) {
                    true => format!("cannot create '{}'", shown_target(shell, name, &target)),
                    false => format!("cannot stat '{name}'"),
                };
                status = shell.complain("cp", &what, &error);
                continue;
            }
        };
        if is_dir && !recursive {
            shell.err(match busybox {
                true => format!("cp: omitting directory '{}'\n", name.trim_end_matches('/')),
                false => format!("cp: -r not specified; omitting directory '{name}'\n"),
            });
            status = 1;
            continue;
        }
        let owner = (shell.user.uid, shell.user.gid);
        let (open, left, circle, umask) = (vec![from.clone()], MAX_COPIES, None, shell.umask);
        let mut how = CopyOptions { kept, follow, busybox, update, owner, umask, open, left, circle };
        let place = if has(&flags, &["parents"]) {
            let target = shell.destination(&target);
            let file = path::file_name(name.trim_end_matches('/')).to_string();
            target
                .and_then(|target| parents(&mut shell.fs, &shell.cwd, name.trim_end_matches('/'), &target, &how))
                .map(|to| path::join(&to, &file))
        } else if whole {
            shell.destination(&target)
        } else {
            landing(shell, if name == "." { "" } else { name }, &target, into)
        };
        // A link to nowhere is no place for a folder, a file is none either.
        let on_file =
            is_dir && !busybox && place.as_ref().is_ok_and(|to| shell.fs.get(to).is_some_and(|old| !old.is_dir()));
        let to_nowhere = is_dir && place.as_ref().is_ok_and(|to| shell.fs.get(to).is_none()) && {
            let target = shell.fs.lstat(&shell.cwd, &target);
            target.is_ok_and(|(_, node)| matches!(node.kind, Kind::Symlink(_)))
        };
        if to_nowhere || on_file {
            shell.err(match busybox {
                true => format!("cp: can't create directory '{target}': File exists\n"),
                false => format!("cp: cannot overwrite non-directory '{target}' with directory '{name}'\n"),
            });
            status = 1;
            continue;
        }
        if place.as_ref().is_ok_and(|to| *to == from) {
            shell.err(format!("cp: '{name}' and '{}' are the same file\n", shown_target(shell, name, &target)));
            status = 1;
            continue;
        }
        let shown = match into {
            true => inside(name, &target),
            false => shown_target(shell, name, &target),
        };
        let copied = place.and_then(|to| {
            match shell.fs.get(&to) {
                Some(_) if has(&flags, &["n", "no-clobber"]) => return Ok(()),
                Some(_) if has(&flags, &["l", "s", "link", "symbolic-link"]) => {
                    return Err(FsError { errno: Errno::Eexist, path: to });
                }
                _ if has(&flags, &["l", "link"]) && !is_dir => shell.fs.link(&from, &to)?,
                _ if has(&flags, &["s", "symbolic-link"]) && !is_dir => {
                    shell.fs.symlink(name, &to, owner.0, owner.1)?
                }
                old => {
                    if old.is_some_and(|old| !old.is_dir()) && has(&flags, &["remove-destination"]) {
                        shell.fs.remove(&to)?;
                    }
                    copy(&mut shell.fs, &from, &to, &mut how)?;
                    if let Some(path) = how.circle {
                        return Err(FsError { errno: Errno::Eloop, path });
                    }
                }
            }
            if has(&flags, &["v", "verbose"]) {
                let shown = if is_dir { target.clone() } else { shown_target(shell, name, &target) };
                shell.out(format!("'{name}' -> '{shown}'\n"));
                // Of a folder each file would be named.
                if is_dir {
                    shell.gap("unknown-output", "cp -v");
                }
            }
            Ok(())
        });
        if is_dir && copied.as_ref().is_err_and(|error| error.errno == Errno::Einval) {
            shell.err(match busybox {
                true => format!("cp: recursion detected, omitting directory '{shown}'\n"),
                false => format!("cp: cannot copy a directory, '{name}', into itself, '{shown}'\n"),
            });
            status = 1;
        } else if let Err(error) = copied {
            let (what, errno) = match (busybox, target.ends_with('/')) {
                // What is no folder is opened under a folder's name.
                _ if is_dir => ("cannot create directory", error.errno),
                (true, true) if error.errno == Errno::Enotdir => ("cannot create", Errno::Eisdir),
                (true, _) => ("cannot create", error.errno),
                (false, _) => ("cannot create regular file", error.errno),
            };
            status = shell.complain("cp", &format!("{what} '{shown}'"), &FsError { errno, ..error });
        }
    }
    status
}

/// Copies something unlisted. Its size is known if it is in the folder that an archive was unpacked into.
pub(super) fn copy_unpacked(shell: &mut Shell, name: &str, target: &str, several: bool) {
    let place = landing(shell, name, target, several);
    match (shell.take_unpacked(name, false), place) {
        (Some(size), Ok(place)) => {
            shell.put_unpacked(&place, name, size);
            shell.gap("unlisted-files", name);
        }
        _ => shell.gap_of_rewritten(name),
    }
}
