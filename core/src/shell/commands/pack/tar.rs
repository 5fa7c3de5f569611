//! tar: reads and writes archives, packed or not.

use super::{pack, put};
use crate::archive;
use crate::fs::{Content, Kind, Tree, path};
use crate::shell::Shell;

/// What tar was asked for.
#[derive(Default)]
struct Tar {
    verb: char,
    file: Option<String>,
    folder: Option<String>,
    /// The program that packs, if one does.
    packer: Option<&'static str>,
    /// The file's name tells the packer.
    by_name: bool,
    strip: usize,
    exclude: Vec<String>,
    members: Vec<String>,
    verbose: bool,
    /// Files go to standard output.
    to_stdout: bool,
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
                "gzip" | "gunzip" => tar.packer = Some("gzip"),
                "bzip2" => tar.packer = Some("bzip2"),
                "xz" => tar.packer = Some("xz"),
                "zstd" => tar.packer = Some("zstd"),
                "auto-compress" => tar.by_name = true,
                "verbose" => tar.verbose = true,
                "to-stdout" => tar.to_stdout = true,
                "no-same-owner" => tar.own = true,
                "same-owner"
                | "preserve-permissions"
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
                'z' => tar.packer = Some("gzip"),
                'j' => tar.packer = Some("bzip2"),
                'J' => tar.packer = Some("xz"),
                'a' => tar.by_name = true,
                'v' => tar.verbose = true,
                'O' => tar.to_stdout = true,
                'o' => tar.own = true,
                'p' | 'm' | 'h' => {}
                other => tar.unknown = Some(format!("-{other}")),
            }
        }
    }
    tar
}

pub(in super::super) fn tar(shell: &mut Shell, argv: &[String]) -> i32 {
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
                let why = error.errno.message();
                let (text, code) = match shell.dialect() {
                    "ash" => (format!("tar: can't open '{name}': {why}\n"), 1),
                    _ => (format!("tar: {name}: Cannot open: {why}\ntar: Error is not recoverable: exiting now\n"), 2),
                };
                shell.err(text);
                return code;
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
    let (mut names, mut places) = (Vec::new(), Vec::new());
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
        let end = if entry.kind == archive::EntryType::Dir && !name.is_empty() { "/" } else { "" };
        let start = if entry.dotted { "./" } else { "" };
        names.push(format!("{start}{name}{end}\n"));
        places.push(path::join("/", &entry.path));
        tar.verb == 'x'
    };
    let mut aside = Tree::new();
    let (tree, below) = if tar.to_stdout { (&mut aside, "/") } else { (&mut shell.fs, folder.as_str()) };
    let done = archive::extract_some(&content, tree, below, owner, &mut wanted);
    if tar.verb == 't' && tar.verbose {
        // Modes, owners and times stand before the names.
        shell.gap("unknown-output", "tar -tv");
    }
    if tar.verb == 't' || tar.verbose {
        let text = names.concat();
        shell.out(text);
    }
    if tar.to_stdout && tar.verb == 'x' {
        for place in places {
            let bytes = aside.get(&place).and_then(|node| node.content()?.bytes()).map(<[u8]>::to_vec);
            shell.out(bytes.unwrap_or_default());
        }
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
            // What is left out takes all with it that is below.
            let fits = |pattern: &String| {
                rest.split('/').any(|part| !part.is_empty() && crate::fs::glob_matches(pattern, part))
                    || crate::fs::glob_matches(pattern, &name)
            };
            if tar.exclude.iter().any(fits) {
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
    let name = tar.file.as_deref().unwrap_or("-");
    let by_name = [("gz", "gzip"), ("bz2", "bzip2"), ("xz", "xz"), ("zst", "zstd")];
    let by_name = by_name.iter().find(|(end, _)| tar.by_name && name.ends_with(end)).map(|(_, program)| *program);
    let content = match tar.packer.or(by_name) {
        Some(program) => pack(program, &bytes),
        None => Content::inline(bytes),
    };
    put(shell, "tar", name, content)
}
