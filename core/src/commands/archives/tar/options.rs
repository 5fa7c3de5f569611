//! What tar is asked: its words, in the old, the short and the long style.

use crate::commands::coreutils::parse_datetime;
use crate::commands::sed;
use crate::fs::{Time, path};
use crate::shell::Shell;

/// What tar was asked for.
#[derive(Default)]
pub(crate) struct Tar {
    /// `x`, `c`, `t` or `r`.
    pub(crate) verb: char,
    pub(crate) file: Option<String>,
    /// The folder that holds behind all words.
    pub(crate) folder: Option<String>,
    /// The program that packs, if one does.
    pub(crate) packer: Option<&'static str>,
    /// The file's name tells the packer.
    pub(crate) by_name: bool,
    pub(crate) strip: usize,
    pub(crate) exclude: Vec<String>,
    /// Each with the folder that held at its place.
    pub(crate) members: Vec<(Option<String>, String)>,
    pub(crate) verbose: bool,
    /// Files go to standard output.
    pub(crate) to_stdout: bool,
    /// What is unpacked belongs to whoever unpacks.
    pub(crate) own: bool,
    /// What is unpacked is new.
    pub(crate) touch: bool,
    /// Links are followed.
    pub(crate) follow: bool,
    /// Files that are there stay.
    pub(crate) keep: bool,
    /// Folders are taken without what is in them.
    pub(crate) flat: bool,
    /// Members to unpack may be patterns.
    pub(crate) wildcards: bool,
    /// Slashes at the start of names stay.
    pub(crate) absolute: bool,
    /// Ids, where names are shown.
    pub(crate) numeric: bool,
    pub(crate) owner: Option<u32>,
    pub(crate) group: Option<u32>,
    pub(crate) modified: Option<Time>,
    pub(crate) transform: Vec<sed::Substitution>,
    /// What is not modelled.
    pub(crate) unknown: Option<String>,
}

/// Long options that take a value.
const WITH_VALUE: [&str; 23] = [
    "file",
    "directory",
    "strip-components",
    "strip",
    "exclude",
    "exclude-from",
    "files-from",
    "owner",
    "group",
    "mtime",
    "mode",
    "transform",
    "xform",
    "use-compress-program",
    "one-top-level",
    "sort",
    "format",
    "warning",
    "checkpoint",
    "checkpoint-action",
    "blocking-factor",
    "record-size",
    "to-command",
];

impl Tar {
    pub(crate) fn read(shell: &mut Shell, argv: &[String]) -> Self {
        let mut tar = Tar::default();
        let mut words = argv.iter().skip(1).peekable();
        let mut first = true;
        while let Some(word) = words.next() {
            if let Some(long) = word.strip_prefix("--").filter(|long| !long.is_empty()) {
                let (name, value) =
                    long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value.to_string())));
                let separate = WITH_VALUE.contains(&name) && !["one-top-level", "checkpoint"].contains(&name);
                let value = value.or_else(|| words.next_if(|_| separate).cloned());
                tar.long(shell, name, value.unwrap_or_default());
                continue;
            }
            let letters = match word.strip_prefix('-') {
                Some(letters) if !letters.is_empty() => letters,
                None if first => word.as_str(),
                _ => {
                    tar.members.push((tar.folder.clone(), word.clone()));
                    continue;
                }
            };
            // Without a dash the letters behind still count: `tar fxz a.tgz`.
            let dashed = word.starts_with('-');
            first = false;
            let mut letters = letters.chars();
            while let Some(letter) = letters.next() {
                let mut take = || {
                    let rest: String = if dashed { letters.by_ref().collect() } else { String::new() };
                    if rest.is_empty() { words.next().cloned().unwrap_or_default() } else { rest }
                };
                match letter {
                    'x' | 'c' | 't' | 'r' => tar.verb = letter,
                    'f' => tar.file = Some(take()),
                    'C' => {
                        let folder = take();
                        tar.enter(&folder);
                    }
                    'T' => {
                        let file = take();
                        tar.files_from(shell, &file);
                    }
                    'X' => {
                        let file = take();
                        tar.exclude.extend(lines(shell, &file));
                    }
                    'I' => {
                        let program = take();
                        tar.pack_by(&program);
                    }
                    'z' => tar.packer = Some("gzip"),
                    'j' => tar.packer = Some("bzip2"),
                    'J' => tar.packer = Some("xz"),
                    'a' => tar.by_name = true,
                    'v' => tar.verbose = true,
                    'O' => tar.to_stdout = true,
                    'o' => tar.own = true,
                    'm' => tar.touch = true,
                    'h' => tar.follow = true,
                    'k' => tar.keep = true,
                    'P' => tar.absolute = true,
                    'p' | 'S' | 'U' | 'w' | 'W' => {}
                    other => tar.unknown = Some(format!("-{other}")),
                }
            }
        }
        tar
    }

    fn long(&mut self, shell: &mut Shell, name: &str, value: String) {
        let id = |shell: &Shell, file: &str| {
            // `NAME:ID` and `+ID` say the number themselves.
            let number = value.rsplit_once(':').map_or(value.trim_start_matches('+'), |(_, id)| id);
            number.parse().ok().or_else(|| crate::exec::id_of_name(&shell.fs, file, &value))
        };
        match name {
            "extract" | "get" => self.verb = 'x',
            "create" => self.verb = 'c',
            "list" => self.verb = 't',
            "append" => self.verb = 'r',
            "file" => self.file = Some(value),
            "directory" => self.enter(&value),
            "strip-components" | "strip" => self.strip = value.parse().unwrap_or(0),
            "exclude" => self.exclude.push(value),
            "exclude-vcs" => self
                .exclude
                .extend([".git", ".gitignore", ".gitmodules", ".gitattributes", ".svn", ".hg"].map(String::from)),
            "exclude-from" => self.exclude.extend(lines(shell, &value)),
            "files-from" => self.files_from(shell, &value),
            "gzip" | "gunzip" | "ungzip" => self.packer = Some("gzip"),
            "bzip2" => self.packer = Some("bzip2"),
            "xz" => self.packer = Some("xz"),
            "zstd" => self.packer = Some("zstd"),
            "use-compress-program" => self.pack_by(&value),
            "auto-compress" => self.by_name = true,
            "verbose" => self.verbose = true,
            "to-stdout" => self.to_stdout = true,
            "no-same-owner" => self.own = true,
            "touch" => self.touch = true,
            "dereference" => self.follow = true,
            "keep-old-files" | "skip-old-files" => self.keep = true,
            "no-recursion" => self.flat = true,
            "wildcards" => self.wildcards = true,
            "absolute-names" => self.absolute = true,
            "numeric-owner" => self.numeric = true,
            "owner" => self.owner = id(shell, "/etc/passwd"),
            "group" => self.group = id(shell, "/etc/group"),
            "mtime" => match parse_datetime::read(&value) {
                parse_datetime::ParsedDate::At(time) => self.modified = Some(time),
                _ => self.modified = shell.fs.stat(&shell.cwd, &value).ok().map(|(_, node)| node.modified),
            },
            "transform" | "xform" => match sed::Substitution::read(&shell.effort, &value) {
                Some(all) => self.transform.extend(all),
                None => self.unknown = Some(format!("--{name}={value}")),
            },
            // The order of names is always that of bytes here; what no file shows does not matter.
            "same-owner"
            | "preserve-permissions"
            | "same-permissions"
            | "no-same-permissions"
            | "overwrite"
            | "no-overwrite-dir"
            | "sort"
            | "warning"
            | "no-xattrs"
            | "no-acls"
            | "no-selinux"
            | "xattrs"
            | "acls"
            | "selinux"
            | "recursion"
            | "anchored"
            | "no-anchored"
            | "delay-directory-restore"
            | "totals"
            | "ignore-failed-read"
            | "hard-dereference"
            | "sparse"
            | "checkpoint"
            | "unlink-first" => {}
            other => self.unknown = Some(format!("--{other}")),
        }
    }

    /// A folder counts from the one that held before.
    fn enter(&mut self, folder: &str) {
        self.folder = Some(match &self.folder {
            Some(before) if !folder.starts_with('/') => format!("{before}/{folder}"),
            _ => folder.to_string(),
        });
    }

    fn files_from(&mut self, shell: &mut Shell, file: &str) {
        let names = lines(shell, file);
        self.members.extend(names.into_iter().map(|name| (self.folder.clone(), name)));
    }

    fn pack_by(&mut self, program: &str) {
        let name = path::file_name(program.split(' ').next().unwrap_or(program));
        self.packer = match name {
            "gzip" | "pigz" => Some("gzip"),
            "bzip2" | "pbzip2" | "lbzip2" => Some("bzip2"),
            "xz" => Some("xz"),
            "zstd" | "unzstd" => Some("zstd"),
            _ => {
                self.unknown = Some(format!("-I {program}"));
                None
            }
        };
    }

    /// A name after all transformations.
    pub(crate) fn transformed(&self, name: &str) -> String {
        self.transform.iter().fold(name.to_string(), |name, one| one.apply(&name))
    }

    /// Whether a pattern leaves a name out, or something above it.
    pub(crate) fn excludes(&self, name: &str) -> bool {
        let fits = |pattern: &String| {
            let pattern = pattern.trim_end_matches('/');
            let ends = name.match_indices('/').map(|(at, _)| at).chain([name.len()]);
            let heads: Vec<&str> = ends.filter_map(|at| name.get(..at)).collect();
            // A pattern begins at any part of the name; its stars go over slashes.
            let starts: Vec<usize> = std::iter::once(0).chain(name.match_indices('/').map(|(at, _)| at + 1)).collect();
            heads.iter().any(|head| {
                starts
                    .iter()
                    .filter_map(|start| head.get(*start..))
                    .any(|part| !part.is_empty() && over_slashes(pattern, part))
            })
        };
        self.exclude.iter().any(fits)
    }
}

/// Whether a pattern fits a name, its stars going over slashes.
pub(crate) fn over_slashes(pattern: &str, name: &str) -> bool {
    crate::fs::shell_matches(&pattern.replace('/', "\u{1}"), &name.replace('/', "\u{1}"))
}

/// The lines of a file; `-` is standard input.
fn lines(shell: &mut Shell, file: &str) -> Vec<String> {
    let bytes = match file {
        "-" => std::mem::take(&mut shell.stdin),
        file => match shell.read(file) {
            Ok(Some(bytes)) => bytes,
            _ => {
                shell.gap("unknown-content", file);
                return Vec::new();
            }
        },
    };
    String::from_utf8_lossy(&bytes).lines().filter(|line| !line.is_empty()).map(str::to_string).collect()
}
