//! `tar -c` and `-r`: an archive is written.

use super::entered;
use super::options::Tar;
use crate::archive;
use crate::commands::archives::gzip_bzip2_xz_zstd::pack;
use crate::commands::archives::write_output::write_output;
use crate::commands::coreutils::id::name_of;
use crate::fs::{Content, Kind, Node};
use crate::shell::Shell;

/// Largest archive that is made, in bytes.
const MAX_ARCHIVE: usize = 64 << 20;

pub(crate) fn create(shell: &mut Shell, tar: &Tar) -> i32 {
    let busybox = shell.dialect() == "ash";
    if tar.members.is_empty() {
        shell.err(match busybox {
            true => "tar: empty archive\n",
            false => "tar: Cowardly refusing to create an empty archive\n",
        });
        return if busybox { 1 } else { 2 };
    }
    let mut writer = match before(shell, tar) {
        Some(bytes) => archive::Writer::behind(bytes),
        None => archive::Writer::default(),
    };
    let folders = tar.members.iter().map(|(folder, _)| entered(shell, folder.as_deref().unwrap_or(".")));
    let folders: Vec<String> = match folders.collect() {
        Ok(folders) => folders,
        Err(code) => {
            // The archive was opened before, and nothing comes into it.
            if let Some(name) = tar.file.as_deref().filter(|name| *name != "-") {
                write_output(shell, "tar", name, Content::inline([]));
            }
            return code;
        }
    };
    let mut status = 0;
    let mut told = String::new();
    let mut whole = true;
    for (base, (_, member)) in folders.into_iter().zip(&tar.members) {
        let top = match shell.fs.lstat(&base, member) {
            Ok((real, _)) => real,
            Err(_) if shell.fs.may_hide(&base, member) => {
                shell.gap("unlisted-file", member);
                continue;
            }
            Err(error) => {
                let why = error.errno.message();
                shell.err(match busybox {
                    true => format!("tar: {member}: {why}\n"),
                    false => format!("tar: {member}: Cannot stat: {why}\n"),
                });
                status = if busybox { 1 } else { 2 };
                continue;
            }
        };
        let shown = match tar.absolute {
            true => member.as_str(),
            false => member.trim_start_matches('/'),
        };
        let shown = if shown.is_empty() { "./" } else { shown };
        let nodes: Vec<(String, Node)> =
            shell.fs.walk(&top).map(|(key, node)| (key.to_string(), node.clone())).collect();
        for (key, mut node) in nodes.into_iter().take(if tar.flat { 1 } else { usize::MAX }) {
            let rest = if top == "/" { key.trim_end_matches('/') } else { key.get(top.len()..).unwrap_or("") };
            let name = match rest {
                "" => shown.to_string(),
                rest => format!("{}{rest}", shown.trim_end_matches('/')),
            };
            if tar.excludes(name.trim_end_matches('/')) {
                continue;
            }
            if let (true, Kind::Symlink(_), Ok((_, real))) = (tar.follow, &node.kind, shell.fs.stat("/", &key)) {
                node = real.clone();
            }
            let size = node.content().map_or(0, |content| content.len);
            let packed = usize::try_from(size).map_or(usize::MAX, |size| size.saturating_add(writer.len()));
            whole &= packed <= MAX_ARCHIVE && shell.effort.spend(512 + usize::try_from(size).unwrap_or(usize::MAX));
            if !whole {
                break;
            }
            if let Kind::File(content) = &node.kind
                && content.bytes().is_none()
            {
                shell.gap("unknown-content", &key);
            }
            node.uid = tar.owner.unwrap_or(node.uid);
            node.gid = tar.group.unwrap_or(node.gid);
            node.modified = tar.modified.unwrap_or(node.modified);
            if let Kind::Symlink(target) = &node.kind {
                node.kind = Kind::Symlink(tar.transformed(target).into());
            }
            let named = if tar.numeric { (String::new(), String::new()) } else { owners(shell, (node.uid, node.gid)) };
            let end = if node.is_dir() && !name.ends_with('/') { "/" } else { "" };
            if tar.verbose {
                told.push_str(&format!("{name}{end}\n"));
            }
            writer.add(&tar.transformed(&name), &node, (&named.0, &named.1));
        }
    }
    let bytes = writer.finish();
    let name = tar.file.as_deref().unwrap_or("-");
    let by_name = [
        ("gz", "gzip"),
        ("tgz", "gzip"),
        ("bz2", "bzip2"),
        ("xz", "xz"),
        ("txz", "xz"),
        ("zst", "zstd"),
        ("tzst", "zstd"),
    ];
    let end = name.rsplit('.').next().unwrap_or("");
    let by_name = by_name.iter().find(|(known, _)| tar.by_name && end == *known).map(|(_, program)| *program);
    let content = match tar.packer.or(by_name) {
        _ if !whole => {
            shell.gap("too-much-output", "tar");
            Content::unknown("an archive of more than is packed here")
        }
        Some(program) => pack(program, &bytes),
        None => Content::inline(bytes),
    };
    // The names go where the archive does not.
    if name == "-" {
        shell.err(told)
    } else {
        shell.out(told)
    }
    match status {
        0 => {}
        _ if busybox => shell.err("tar: error exit delayed from previous errors\n"),
        _ => shell.err("tar: Exiting with failure status due to previous errors\n"),
    }
    status.max(write_output(shell, "tar", name, content))
}

/// What `-r` writes behind.
fn before(shell: &Shell, tar: &Tar) -> Option<Vec<u8>> {
    let (_, node) = shell.fs.stat(&shell.cwd, tar.file.as_deref().filter(|_| tar.verb == 'r')?).ok()?;
    node.content()?.bytes().map(<[u8]>::to_vec)
}

/// The names of a file's owner and group, as an archive notes them; empty where there are none.
fn owners(shell: &Shell, (uid, gid): (u32, u32)) -> (String, String) {
    let name = |file: &str, id: u32| name_of(shell, file, id).unwrap_or_default();
    (name("/etc/passwd", uid), name("/etc/group", gid))
}
