//! tar, gzip, gunzip, zcat.

use super::{has, only, options};
use crate::archive;
use crate::fs::{Content, Kind, path};
use crate::shell::Shell;

/// What tar was asked for.
#[derive(Default)]
struct Tar {
    verb: char,
    file: Option<String>,
    folder: Option<String>,
    gzip: bool,
    strip: usize,
    exclude: Vec<String>,
    members: Vec<String>,
    verbose: bool,
    own: bool,
    unknown: Option<String>,
}

fn parse(argv: &[String]) -> Tar {
    let mut tar = Tar::default();
    let mut words = argv.iter().skip(1).peekable();
    let mut first = true;
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) =
                long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_string())));
            let mut take = || value.clone().or_else(|| words.next().cloned()).unwrap_or_default();
            match name {
                "extract" | "get" => tar.verb = 'x',
                "create" => tar.verb = 'c',
                "list" => tar.verb = 't',
                "file" => tar.file = Some(take()),
                "directory" => tar.folder = Some(take()),
                "strip-components" | "strip" => tar.strip = take().parse().unwrap_or(0),
                "exclude" => tar.exclude.push(take()),
                "gzip" | "gunzip" => tar.gzip = true,
                "verbose" => tar.verbose = true,
                "no-same-owner" => tar.own = true,
                "same-owner"
                | "preserve-permissions"
                | "bzip2"
                | "xz"
                | "zstd"
                | "auto-compress"
                | "numeric-owner"
                | "no-same-permissions"
                | "overwrite"
                | "touch" => {}
                other => tar.unknown = Some(format!("--{other}")),
            }
            continue;
        }
        let letters = match word.strip_prefix('-') {
            Some(letters) if !letters.is_empty() => letters,
            None if first => word.as_str(),
            _ => {
                tar.members.push(word.clone());
                continue;
            }
        };
        first = false;
        let mut letters = letters.chars();
        while let Some(letter) = letters.next() {
            let mut take = || {
                let rest: String = letters.by_ref().collect();
                if rest.is_empty() || !word.starts_with('-') { words.next().cloned().unwrap_or_default() } else { rest }
            };
            match letter {
                'x' | 'c' | 't' => tar.verb = letter,
                'f' => {
                    // Without a dash the letters behind still count: `tar fxz a.tgz`.
                    tar.file =
                        Some(if word.starts_with('-') { take() } else { words.next().cloned().unwrap_or_default() });
                }
                'C' => tar.folder = Some(take()),
                'z' => tar.gzip = true,
                'v' => tar.verbose = true,
                'o' => tar.own = true,
                'J' | 'j' | 'p' | 'a' | 'm' | 'h' => {}
                other => tar.unknown = Some(format!("-{other}")),
            }
        }
    }
    tar
}

pub(super) fn tar(shell: &mut Shell, argv: &[String]) -> i32 {
    let tar = parse(argv);
    if let Some(unknown) = &tar.unknown {
        shell.gap("unmodelled-option", format!("tar {unknown}"));
    }
    match tar.verb {
        'x' | 't' => read(shell, &tar),
        'c' => create(shell, &tar),
        _ => {
            shell.err("tar: must specify one of -c, -x, -t\n");
            1
        }
    }
}

fn read(shell: &mut Shell, tar: &Tar) -> i32 {
    let content = match tar.file.as_deref() {
        None | Some("-") => Content::inline(std::mem::take(&mut shell.stdin)),
        Some(name) => match shell.fs.stat(&shell.cwd, name) {
            Ok((_, node)) => node.content().cloned().unwrap_or_else(|| Content::inline([])),
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
                shell.gap("unlisted-file", name);
                return 0;
            }
            Err(error) => {
                let text = format!("tar: can't open '{name}': {}\n", error.errno.message());
                shell.err(text);
                return 1;
            }
        },
    };
    if content.bytes().is_none() {
        shell.gap("unknown-content", tar.file.as_deref().unwrap_or("-"));
        return 0;
    }
    let folder = path::join(&shell.cwd, tar.folder.as_deref().unwrap_or("."));
    let folder = match shell.fs.stat("/", &folder) {
        Ok((real, node)) if node.is_dir() => real,
        _ => {
            let text = format!(
                "tar: can't change directory to '{}': No such file or directory\n",
                tar.folder.as_deref().unwrap_or(".")
            );
            shell.err(text);
            return 1;
        }
    };
    let mut names = Vec::new();
    let owner = (tar.own || shell.user.uid != 0).then_some((shell.user.uid, shell.user.gid));
    // busybox leaves links to whoever makes them.
    let links_owner = (shell.dialect() == "ash").then_some((shell.user.uid, shell.user.gid));
    let mut wanted = |entry: &mut archive::Entry| -> bool {
        if let Some((uid, gid)) = links_owner.filter(|_| entry.kind == archive::EntryType::Symlink) {
            (entry.uid, entry.gid) = (uid, gid);
        }
        let name = entry.path.trim_start_matches('/').to_string();
        let named = |member: &String| {
            let member = path::join("/", member);
            path::is_within(&entry.path, &member)
        };
        if !tar.members.is_empty() && !tar.members.iter().any(named) {
            return false;
        }
        if tar.exclude.iter().any(|pattern| {
            name.split('/').any(|part| crate::fs::glob_matches(pattern, part))
                || crate::fs::glob_matches(pattern, &name)
        }) {
            return false;
        }
        let cut = |text: &str| -> Option<String> {
            let rest: Vec<&str> = text.trim_start_matches('/').split('/').skip(tar.strip).collect();
            (!rest.is_empty() && rest != [""]).then(|| format!("/{}", rest.join("/")))
        };
        if tar.strip > 0 {
            let Some(path) = cut(&entry.path) else { return false };
            entry.path = path;
            if entry.kind == archive::EntryType::Hardlink {
                entry.link = cut(&entry.link).unwrap_or_default();
            }
        }
        let end = if entry.kind == archive::EntryType::Dir { "/" } else { "" };
        names.push(format!("{name}{end}\n"));
        tar.verb == 'x'
    };
    let done = archive::extract_some(&content, &mut shell.fs, &folder, owner, &mut wanted);
    if tar.verb == 't' || tar.verbose {
        let text = names.concat();
        shell.out(text);
    }
    match done {
        Ok(()) => 0,
        Err(error) => {
            shell.err(format!("tar: {error}\n"));
            1
        }
    }
}

fn create(shell: &mut Shell, tar: &Tar) -> i32 {
    let base = path::join(&shell.cwd, tar.folder.as_deref().unwrap_or("."));
    let mut writer = archive::Writer::default();
    for member in &tar.members {
        let top = match shell.fs.lstat(&base, member) {
            Ok((real, _)) => real,
            Err(error) => {
                shell.err(format!("tar: {member}: {}\n", error.errno.message()));
                return 1;
            }
        };
        let nodes: Vec<(String, crate::fs::Node)> =
            shell.fs.walk(&top).map(|(key, node)| (key.to_string(), node.clone())).collect();
        for (key, node) in nodes {
            let rest = key.get(top.len()..).unwrap_or("");
            let name = format!("{}{rest}", member.trim_start_matches('/').trim_end_matches('/'));
            if tar.exclude.iter().any(|pattern| crate::fs::glob_matches(pattern, path::file_name(&name))) {
                continue;
            }
            if let Kind::File(content) = &node.kind
                && content.bytes().is_none()
            {
                shell.gap("unknown-content", &key);
            }
            writer.add(&name, &node);
        }
    }
    let bytes = writer.finish();
    let content = if tar.gzip { gzipped(&bytes) } else { Content::inline(bytes) };
    put(shell, "tar", tar.file.as_deref().unwrap_or("-"), content)
}

/// How small deflate makes it depends on the program: the size is a model.
fn gzipped(bytes: &[u8]) -> Content {
    let packed = archive::gzip(bytes);
    let len = packed.len() as u64;
    Content::modelled(packed, len, "packed by flate2 at level 6")
}

fn put(shell: &mut Shell, command: &str, name: &str, content: Content) -> i32 {
    if name == "-" {
        let bytes = content.bytes().unwrap_or(&[]).to_vec();
        shell.out(bytes);
        return 0;
    }
    match shell.put_file(name, content) {
        Ok(()) => 0,
        Err(error) => shell.complain(command, name, &error),
    }
}

pub(super) fn gzip(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = path::file_name(argv.first().map_or("gzip", String::as_str)).to_string();
    let (flags, names) = options(argv, "");
    only(
        shell,
        &command,
        &flags,
        &["d", "c", "k", "f", "n", "9", "6", "1", "decompress", "stdout", "keep", "best", "q"],
    );
    let unpack = command != "gzip" || has(&flags, &["d", "decompress"]);
    let to_stdout = command == "zcat" || has(&flags, &["c", "stdout"]) || names.is_empty();
    let (all, mut status) = super::print::inputs(shell, &command, &names);
    for (name, bytes) in all {
        let content = if unpack {
            match archive::unpack_all(&bytes) {
                Ok(bytes) => Content::inline(bytes),
                Err(error) => {
                    shell.err(format!("{command}: {name}: {error}\n"));
                    status = 1;
                    continue;
                }
            }
        } else {
            gzipped(&bytes)
        };
        if to_stdout {
            put(shell, &command, "-", content);
            continue;
        }
        let target = match (unpack, name.strip_suffix(".gz"), name.strip_suffix(".tgz")) {
            (false, ..) => format!("{name}.gz"),
            (true, Some(stem), _) => stem.to_string(),
            (true, None, Some(stem)) => format!("{stem}.tar"),
            _ => {
                shell.err(format!("{command}: {name}: unknown suffix\n"));
                status = 1;
                continue;
            }
        };
        let Ok((place, node)) = shell.fs.stat(&shell.cwd, &name) else { continue };
        let (mode, uid, gid) = (node.mode, node.uid, node.gid);
        let made = shell.destination(&target).and_then(|to| {
            if shell.fs.get(&to).is_some() {
                shell.fs.remove(&to)?;
            }
            shell.fs.write(&to, content, mode, uid, gid)
        });
        if let Err(error) = made {
            status = shell.complain(&command, &target, &error);
            continue;
        }
        if !has(&flags, &["k", "keep"]) {
            let _ = shell.fs.remove(&place);
        }
    }
    status
}
