//! stat: what is known of a file, by format.

use super::id::name_of;
use crate::fs::{Kind, Node, Special};
use crate::shell::getopt::{has, only, options, value};
use crate::shell::{Shell, file_dates};

pub(crate) fn stat(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "c");
    only(shell, "stat", &flags, &["c", "format", "printf", "L", "dereference"]);
    // `--printf` knows escapes and ends no line by itself.
    let (format, end) = match (value(&flags, &["printf"]), value(&flags, &["c", "format"])) {
        (Some(format), _) => (crate::shell::escapes::unescape(format), ""),
        (None, Some(format)) => (format.to_string(), "\n"),
        (None, None) => ("%n %s %a".to_string(), "\n"),
    };
    let is_told = has(&flags, &["printf", "c", "format"]);
    let mut status = 0;
    for name in &names {
        let found = match has(&flags, &["L", "dereference"]) {
            true => shell.fs.stat(&shell.cwd, name),
            false => shell.fs.lstat(&shell.cwd, name),
        };
        match found.map(|(place, node)| (place, node.clone())) {
            Ok((place, node)) => {
                // Devices, blocks and times: the file system's and the clock's.
                if !is_told {
                    shell.gap("unknown-output", "stat");
                }
                let text = line(shell, &format, name, &place, &node);
                shell.out(text + end);
            }
            Err(error) => {
                let verb = if shell.dialect() == "ash" { "stat" } else { "statx" };
                status = shell.complain("stat", &format!("cannot {verb} '{name}'"), &error);
            }
        }
    }
    status
}

/// The format with its fields filled in.
fn line(shell: &mut Shell, format: &str, name: &str, place: &str, node: &Node) -> String {
    let mut out = String::new();
    let mut chars = format.chars();
    while let Some(c) = chars.next() {
        if c != '%' {
            out.push(c);
            continue;
        }
        let flags: String = chars.as_str().chars().take_while(|c| "#0-+. 123456789".contains(*c)).collect();
        let Some(letter) = chars.nth(flags.len()) else {
            out.push('%');
            break;
        };
        let text = match letter {
            'n' => name.to_string(),
            'N' => match &node.kind {
                Kind::Symlink(target) => format!("'{name}' -> '{target}'"),
                _ if shell.dialect() == "ash" => name.to_string(),
                _ => format!("'{name}'"),
            },
            'h' => links(shell, place, node).to_string(),
            'f' => format!("{:x}", kind_bits(node) | node.mode),
            'U' => name_of(shell, "/etc/passwd", node.uid).unwrap_or_else(|| "UNKNOWN".into()),
            'G' => name_of(shell, "/etc/group", node.gid).unwrap_or_else(|| "UNKNOWN".into()),
            'F' => kind_text(node).into(),
            's' => size(node).to_string(),
            'a' if flags.contains('#') => format!("0{:o}", node.mode),
            'a' => format!("{:o}", node.mode),
            'u' => node.uid.to_string(),
            'g' => node.gid.to_string(),
            'A' => mode_text(node),
            'i' => node.ino().to_string(),
            'Y' => file_dates::shown(shell, node.modified, "%s", "stat"),
            'y' => file_dates::shown(shell, node.modified, "%Y-%m-%d %H:%M:%S.%N %z", "stat"),
            '%' => "%".into(),
            other => {
                shell.gap("unknown-output", format!("stat %{other}"));
                String::new()
            }
        };
        // What the file system alone decides.
        if letter == 'i' {
            shell.gap("unknown-output", "stat %i");
        }
        let width: usize = flags.trim_start_matches(['#', '0', '-', '+', ' ']).parse().unwrap_or(0).min(256);
        out.push_str(&match (flags.contains('-'), flags.starts_with('0')) {
            (true, _) => format!("{text:<width$}"),
            (false, true) => format!("{text:0>width$}"),
            (false, false) => format!("{text:>width$}"),
        });
    }
    out
}

/// How many names a file has. A folder is named by the one above, by itself and by each folder in it.
pub(crate) fn links(shell: &Shell, place: &str, node: &Node) -> u32 {
    match node.is_dir() {
        true => 2 + shell.fs.children(place).iter().filter(|(_, child)| child.is_dir()).count() as u32,
        false => node.links(),
    }
}

/// Bytes as `st_size` has them; of a folder as on a disk with blocks of 4 KiB.
fn size(node: &Node) -> u64 {
    match &node.kind {
        Kind::File(content) => content.len,
        Kind::Symlink(target) => target.len() as u64,
        Kind::Dir { .. } => 4096,
        Kind::Special(_) => 0,
    }
}

/// `drwxr-xr-x`, as ls and stat print a mode.
pub(crate) fn mode_text(node: &Node) -> String {
    let kind = match node.kind {
        Kind::Dir { .. } => 'd',
        Kind::Symlink(_) => 'l',
        Kind::Special(Special::CharDevice) => 'c',
        Kind::Special(Special::BlockDevice) => 'b',
        Kind::Special(Special::Fifo) => 'p',
        Kind::File(_) => '-',
    };
    let mut text = String::from(kind);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = node.mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (bits & 1 != 0, node.mode & special != 0) {
            (true, true) => letter,
            (false, true) => letter.to_ascii_uppercase(),
            (true, false) => 'x',
            (false, false) => '-',
        });
    }
    text
}

/// The bits of `st_mode` that tell the kind of a file.
fn kind_bits(node: &Node) -> u32 {
    match node.kind {
        Kind::Dir { .. } => 0o040_000,
        Kind::Symlink(_) => 0o120_000,
        Kind::File(_) => 0o100_000,
        Kind::Special(Special::CharDevice) => 0o020_000,
        Kind::Special(Special::BlockDevice) => 0o060_000,
        Kind::Special(Special::Fifo) => 0o010_000,
    }
}

/// What stat calls a kind of file.
fn kind_text(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Dir { .. } => "directory",
        Kind::Symlink(_) => "symbolic link",
        Kind::File(content) if content.len == 0 && content.len_known => "regular empty file",
        Kind::File(_) => "regular file",
        Kind::Special(Special::CharDevice) => "character special file",
        Kind::Special(Special::BlockDevice) => "block special file",
        Kind::Special(Special::Fifo) => "fifo",
    }
}
