//! ls: names, and what is known of the files.

use super::id::name_of;
use super::stat::{links, mode_text};
use crate::fs::{Kind, Node, Time, path};
use crate::shell::getopt::{has, only, options, value};
use crate::shell::{Shell, file_dates};

type Flags = [(String, Option<String>)];

/// The options that are known.
const OPTIONS: &str = "l a A 1 m h d color F p R r s n t S L g o G U X full-time time-style all almost-all recursive \
    directory human-readable classify reverse sort numeric-uid-gid dereference size group-directories-first no-group";

/// One file under the name that is shown.
struct Row {
    name: String,
    place: String,
    node: Node,
}

pub(crate) fn ls(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut names) = options(argv, "");
    only(shell, "ls", &flags, &OPTIONS.split_whitespace().collect::<Vec<_>>());
    if names.is_empty() {
        names.push(".".into());
    }
    let mut status = 0;
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    let whole = has(&flags, &["d", "directory"]);
    for name in &names {
        // A link that is named is followed to a folder, but not by `-l`, `-d` and `-F`.
        let told = is_long(&flags) || whole || has(&flags, &["F", "classify"]);
        let kept = told && !name.ends_with('/') && !has(&flags, &["L", "dereference"]);
        let found = if kept { shell.fs.lstat(&shell.cwd, name) } else { shell.fs.stat(&shell.cwd, name) };
        match found.map(|(place, node)| Row { name: name.clone(), place, node: node.clone() }) {
            Ok(row) if row.node.is_dir() && !whole => folders.push(row),
            Ok(row) => files.push(row),
            Err(_) if shell.fs.may_hide(&shell.cwd, name) => shell.gap_of_untouched(name),
            Err(error) => {
                shell.complain("ls", &format!("cannot access '{name}'"), &error);
                status = if shell.dialect() == "ash" { 1 } else { 2 };
            }
        }
    }
    let recursive = has(&flags, &["R", "recursive"]);
    let titled = names.len() > 1 || recursive;
    let mut first = files.is_empty();
    rows(shell, &flags, files);
    sort(&flags, &mut folders);
    folders.reverse();
    while let Some(Row { name, place: real, node }) = folders.pop() {
        if shell.steps_left == 0 {
            return status;
        }
        shell.steps_left -= 1;
        if node.is_dir() && !shell.fs.is_listed(&real) {
            shell.gap("partial-listing", &name);
        }
        if titled {
            shell.out(format!("{}{name}:\n", if first { "" } else { "\n" }));
        }
        first = false;
        let mut inside: Vec<Row> = shell
            .fs
            .children(&real)
            .into_iter()
            .map(|(name, node)| Row { name: name.to_string(), place: path::join(&real, name), node: node.clone() })
            .collect();
        if has(&flags, &["a", "all"]) {
            let above = path::parent(&real).to_string();
            let parent = shell.fs.get(&above).cloned().unwrap_or_else(|| node.clone());
            inside.push(Row { name: ".".into(), place: real.clone(), node });
            inside.push(Row { name: "..".into(), place: above, node: parent });
        } else if !has(&flags, &["A", "almost-all"]) {
            inside.retain(|row| !row.name.starts_with('.'));
        }
        if has(&flags, &["L", "dereference"]) {
            for row in &mut inside {
                if let Ok((place, node)) = shell.fs.stat("/", &row.place) {
                    (row.node, row.place) = (node.clone(), place);
                }
            }
        }
        if recursive {
            let below = inside.iter().filter(|row| row.node.is_dir() && ![".", ".."].contains(&row.name.as_str()));
            let mut below: Vec<Row> = below
                .map(|row| Row {
                    name: format!("{}/{}", name.trim_end_matches('/'), row.name),
                    place: row.place.clone(),
                    node: row.node.clone(),
                })
                .collect();
            sort(&flags, &mut below);
            below.reverse();
            folders.extend(below);
        }
        if is_long(&flags) || has(&flags, &["s", "size"]) {
            let total: u64 = inside.iter().map(|row| blocks(&row.node)).sum();
            let total = match (has(&flags, &["h", "human-readable"]), shell.dialect()) {
                (true, "ash") => format!("{:<7}", format!("{total}K")),
                (true, _) => binary_size(total << 10),
                (false, _) => total.to_string(),
            };
            shell.out(format!("total {total}\n"));
        }
        rows(shell, &flags, inside);
    }
    status
}

fn is_long(flags: &Flags) -> bool {
    has(flags, &["l", "n", "g", "o", "full-time", "numeric-uid-gid"])
}

/// Puts files in the order that is asked for.
fn sort(flags: &Flags, rows: &mut [Row]) {
    let by = value(flags, &["sort"]);
    let size = |row: &Row| row.node.content().map_or(0, |content| content.len);
    let extension = |row: &Row| row.name.rfind('.').and_then(|at| row.name.get(at..)).unwrap_or("").to_string();
    rows.sort_by(|a, b| a.name.cmp(&b.name));
    if has(flags, &["S"]) || by == Some("size") {
        rows.sort_by_key(|row| std::cmp::Reverse(size(row)));
    } else if has(flags, &["t"]) || by == Some("time") {
        rows.sort_by_key(|row| std::cmp::Reverse(row.node.modified));
    } else if has(flags, &["X"]) || by == Some("extension") {
        rows.sort_by_key(extension);
    }
    if has(flags, &["r", "reverse"]) {
        rows.reverse();
    }
    if has(flags, &["group-directories-first"]) {
        rows.sort_by_key(|row| !row.node.is_dir());
    }
}

/// Prints files in their order.
fn rows(shell: &mut Shell, flags: &Flags, mut rows: Vec<Row>) {
    sort(flags, &mut rows);
    if is_long(flags) {
        return long(shell, flags, &rows);
    }
    if has(flags, &["m"]) {
        return shell.out(in_lines(rows.iter().map(|row| format!("{}{}", row.name, mark(flags, &row.node)))));
    }
    let of_blocks = rows.iter().map(|row| blocks(&row.node).to_string().len()).max().unwrap_or(0);
    for row in rows {
        let size = match (has(flags, &["s", "size"]), shell.dialect()) {
            (true, "ash") => format!("{:>6} ", blocks(&row.node)),
            (true, _) => format!("{:>of_blocks$} ", blocks(&row.node)),
            (false, _) => String::new(),
        };
        shell.out(format!("{size}{}{}\n", row.name, mark(flags, &row.node)));
    }
}

/// `ls -m`: names with commas between them, in lines of 80 columns.
fn in_lines(names: impl Iterator<Item = String>) -> String {
    const WIDTH: usize = 80;
    let (mut text, mut at) = (String::new(), 0);
    for name in names {
        let len = name.chars().count();
        if !text.is_empty() {
            let fits = at + len + 2 <= WIDTH;
            text.push_str(if fits { ", " } else { ",\n" });
            at = if fits { at + 2 } else { 0 };
        }
        text.push_str(&name);
        at += len;
    }
    if text.is_empty() { text } else { text + "\n" }
}

/// What `-F` and `-p` put behind a name.
fn mark(flags: &Flags, node: &Node) -> &'static str {
    let all = has(flags, &["F", "classify"]);
    match node.kind {
        Kind::Dir { .. } if all || has(flags, &["p"]) => "/",
        Kind::Symlink(_) if all && !is_long(flags) => "@",
        Kind::File(_) if all && node.mode & 0o111 != 0 => "*",
        _ => "",
    }
}

/// The rows of `ls -l`. GNU's columns are as wide as what is in them, busybox' as it thinks they will be.
fn long(shell: &mut Shell, flags: &Flags, rows: &[Row]) {
    let busybox = shell.dialect() == "ash";
    let named = |shell: &Shell, file: &str, id: u32| match has(flags, &["n", "numeric-uid-gid"]) {
        true => id.to_string(),
        false => name_of(shell, file, id).unwrap_or_else(|| id.to_string()),
    };
    let mut table = Vec::new();
    for Row { name, place, node } in rows {
        let human = has(flags, &["h", "human-readable"]);
        let size = match &node.kind {
            Kind::File(content) if !content.len_known => "?".to_string(),
            Kind::File(content) if human => binary_size(content.len),
            Kind::File(content) => content.len.to_string(),
            Kind::Dir { .. } if human => "4.0K".to_string(),
            Kind::Dir { .. } => "4096".to_string(),
            Kind::Special(_) => "0".to_string(),
            Kind::Symlink(target) => target.len().to_string(),
        };
        let arrow = match &node.kind {
            Kind::Symlink(target) => format!(" -> {target}"),
            _ => mark(flags, node).to_string(),
        };
        table.push((
            [
                if has(flags, &["s", "size"]) { blocks(node).to_string() } else { String::new() },
                links(shell, place, node).to_string(),
                named(shell, "/etc/passwd", node.uid),
                named(shell, "/etc/group", node.gid),
                size,
            ],
            mode_text(node),
            date(shell, flags, node.modified),
            format!("{name}{arrow}"),
        ));
    }
    let widest =
        |column: usize| table.iter().filter_map(|(cells, ..)| Some(cells.get(column)?.len())).max().unwrap_or(0);
    let widths: [usize; 5] = match busybox {
        true => [6, 4, 8, 8, if has(flags, &["h"]) { 7 } else { 9 }],
        false => std::array::from_fn(widest),
    };
    let [of_blocks, of_links, of_user, of_group, of_size] = widths;
    for ([blocks, links, user, group, size], mode, date, name) in table {
        let mut line = String::new();
        if has(flags, &["s", "size"]) {
            line += &format!("{blocks:>of_blocks$} ");
        }
        line += &format!("{mode} {links:>of_links$} ");
        if !has(flags, &["g"]) {
            line += &format!("{user:<of_user$} ");
        }
        if !has(flags, &["o", "G", "no-group"]) {
            line += &format!("{group:<of_group$} ");
        }
        shell.out(line + &format!("{size:>of_size$} {date} {name}\n"));
    }
}

/// When a file was written to, as it is shown. There is no clock: where one is needed the epoch stands.
fn date(shell: &mut Shell, flags: &Flags, time: Time) -> String {
    let style = match (has(flags, &["full-time"]), value(flags, &["time-style"])) {
        (true, _) | (_, Some("full-iso")) => "%Y-%m-%d %H:%M:%S.%N %z",
        (_, Some("long-iso")) => "%Y-%m-%d %H:%M",
        (_, Some(own)) if own.starts_with('+') => own.trim_start_matches('+'),
        _ => {
            return file_dates::of_file(time).unwrap_or_else(|| {
                shell.gap("no-clock", "ls -l");
                "Jan  1  1970".into()
            });
        }
    };
    file_dates::shown(shell, time, style, "ls -l")
}

/// Kibibytes on a disk with blocks of 4 KiB.
fn blocks(node: &Node) -> u64 {
    match &node.kind {
        Kind::File(content) => content.len.div_ceil(4096) * 4,
        Kind::Dir { .. } => 4,
        _ => 0,
    }
}

/// A size as `ls -h` has it: `6`, `1.5K`, `12M`.
fn binary_size(bytes: u64) -> String {
    let mut unit = 0;
    let mut size = bytes as f64;
    while size >= 1024.0 && unit < 4 {
        size /= 1024.0;
        unit += 1;
    }
    let letter = ["", "K", "M", "G", "T"].get(unit).copied().unwrap_or("");
    // One digit behind the point below ten; what is cut off counts up.
    match unit {
        0 => bytes.to_string(),
        _ if size < 9.95 => format!("{:.1}{letter}", (size * 10.0).ceil() / 10.0),
        _ => format!("{}{letter}", size.ceil()),
    }
}
