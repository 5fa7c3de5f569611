//! diff: files and folders line by line, as GNU's and busybox' print it.

use super::myers_diff::{Change, changes};
use crate::commands::coreutils::destination::inside;
use crate::fs::{Errno, FsError, Time};
use crate::shell::getopt::{has, only, options, value};
use crate::shell::{Shell, file_dates};

type Flags = [(String, Option<String>)];

/// Unchanged lines around a change, unless another number is asked for.
const CONTEXT: usize = 3;
/// Folders within folders.
const MAX_DEPTH: u32 = 40;
/// The options that are known.
const OPTIONS: &str = "q r u U N a i w b Z s d p t L x brief recursive unified new-file text ignore-case \
    ignore-all-space ignore-space-change ignore-trailing-space report-identical-files label exclude minimal color \
    normal strip-trailing-cr no-dereference speed-large-files expand-tabs";

/// One side of a comparison.
struct Side {
    name: String,
    /// `None` for a file that is not there and counts as empty (`-N`).
    bytes: Option<Vec<u8>>,
    modified: Time,
}

/// What diff was asked, and how it ends.
struct Run<'a> {
    flags: &'a Flags,
    /// The options as they were written, for the lines between files.
    written: String,
    busybox: bool,
    context: Option<usize>,
    labels: Vec<String>,
    /// The folders that were named.
    tops: (String, String),
    status: i32,
}

pub(crate) fn diff(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&crate::shell::getopt::with_long_values(argv, &["label", "exclude"]), "ULx");
    only(shell, "diff", &flags, &OPTIONS.split_whitespace().collect::<Vec<_>>());
    let [one, other] = names.as_slice() else {
        let text = match names.last() {
            None => "diff: missing operand\n".to_string(),
            Some(last) if names.len() == 1 => format!("diff: missing operand after '{last}'\n"),
            Some(_) => format!("diff: extra operand '{}'\n", names.get(2).map_or("", String::as_str)),
        };
        shell.err(text + "diff: Try 'diff --help' for more information.\n");
        return 2;
    };
    let busybox = shell.dialect() == "ash";
    let asked = value(&flags, &["U", "unified"]).and_then(|text| text.parse().ok());
    let context = match busybox || has(&flags, &["u", "U", "unified"]) {
        true => Some(asked.unwrap_or(CONTEXT)),
        false => None,
    };
    let written = argv.iter().skip(1).filter(|word| *word != one && *word != other);
    let labels = flags.iter().filter(|(name, _)| ["L", "label"].contains(&name.as_str()));
    let mut run = Run {
        flags: &flags,
        written: written.map(|word| format!("{word} ")).collect(),
        busybox,
        context,
        labels: labels.filter_map(|(_, label)| label.clone()).collect(),
        tops: (one.clone(), other.clone()),
        status: 0,
    };
    let is_dir = |shell: &Shell, name: &str| shell.fs.stat(&shell.cwd, name).is_ok_and(|(_, node)| node.is_dir());
    let is_missing = |shell: &Shell, name: &String| {
        name != "-" && shell.fs.stat(&shell.cwd, name).is_err() && !shell.fs.may_hide(&shell.cwd, name)
    };
    if let Some(name) = [one, other].into_iter().find(|name| is_missing(shell, name))
        && (is_dir(shell, one) || is_dir(shell, other))
        && !has(&flags, &["N", "new-file"])
    {
        run.lacks(shell, name, &FsError { errno: Errno::Enoent, path: name.clone() });
        return run.status;
    }
    match (is_dir(shell, one), is_dir(shell, other)) {
        (true, true) => run.folders(shell, one, other, 0),
        // A file against the one of its name in a folder.
        (true, false) => run.pair(shell, &inside(other, one), other, false),
        (false, true) => run.pair(shell, one, &inside(one, other), false),
        (false, false) => run.pair(shell, one, other, false),
    }
    run.status
}

impl Run<'_> {
    fn differ(&mut self, status: i32) {
        self.status = self.status.max(status);
    }

    /// A file is not there, which is trouble.
    fn lacks(&mut self, shell: &mut Shell, name: &str, error: &FsError) {
        let what = if self.busybox { format!("can't stat '{name}'") } else { name.to_string() };
        shell.complain("diff", &what, error);
        self.differ(2);
    }

    /// What a name leads to; `None` if that was told already.
    fn side(&mut self, shell: &mut Shell, name: &str) -> Option<Side> {
        let bytes = match name {
            "-" => Some(std::mem::take(&mut shell.stdin)),
            "/dev/null" => Some(Vec::new()),
            _ => match shell.read(name) {
                Ok(Some(bytes)) => Some(bytes),
                Ok(None) => {
                    shell.gap("unknown-content", name);
                    return None;
                }
                Err(_) if shell.fs.may_hide(&shell.cwd, name) => {
                    shell.gap("unlisted-file", name);
                    return None;
                }
                Err(_) if has(self.flags, &["N", "new-file"]) => None,
                Err(error) => {
                    self.lacks(shell, name, &error);
                    return None;
                }
            },
        };
        let modified = match shell.fs.stat(&shell.cwd, name) {
            Ok((_, node)) => node.modified,
            // What is not there is as old as the epoch.
            Err(_) if bytes.is_none() => Time::at(0, 0),
            Err(_) => shell.fs.now(),
        };
        Some(Side { name: name.to_string(), bytes, modified })
    }

    fn folders(&mut self, shell: &mut Shell, one: &str, other: &str, depth: u32) {
        if depth > MAX_DEPTH || shell.steps_left == 0 {
            return shell.gap("too-many-steps", "diff");
        }
        let mut inside = |name: &str| -> Vec<String> {
            let Ok(real) = shell.resolve(name) else { return Vec::new() };
            if !shell.fs.is_listed(&real) {
                shell.gap("partial-listing", name);
            }
            shell.fs.children(&real).into_iter().map(|(name, _)| name.to_string()).collect()
        };
        let (left, right) = (inside(one), inside(other));
        let mut all: Vec<&String> = left.iter().chain(&right).collect();
        all.sort();
        all.dedup();
        let excluded: Vec<&String> = self
            .flags
            .iter()
            .filter(|(name, _)| ["x", "exclude"].contains(&name.as_str()))
            .filter_map(|(_, pattern)| pattern.as_ref())
            .collect();
        let recursive = has(self.flags, &["r", "recursive"]);
        for name in all {
            if excluded.iter().any(|pattern| crate::fs::shell_matches(pattern, name)) {
                continue;
            }
            let (a, b) =
                (format!("{}/{name}", one.trim_end_matches('/')), format!("{}/{name}", other.trim_end_matches('/')));
            let kind = |name: &str| shell.fs.stat(&shell.cwd, name).ok().map(|(_, node)| node.is_dir());
            match (kind(&a), kind(&b)) {
                (Some(true), Some(true)) if recursive => {
                    shell.steps_left = shell.steps_left.saturating_sub(1);
                    self.folders(shell, &a, &b, depth + 1);
                }
                (Some(true), Some(true)) => shell.out(format!("Common subdirectories: {a} and {b}\n")),
                (Some(true), None) | (None, Some(true)) if recursive && has(self.flags, &["N", "new-file"]) => {
                    self.folders(shell, &a, &b, depth + 1);
                }
                (Some(false), None) | (None, Some(false)) if has(self.flags, &["N", "new-file"]) => {
                    self.pair(shell, &a, &b, true);
                }
                (Some(_), None) => self.only_in(shell, one, name, true),
                (None, Some(_)) => self.only_in(shell, other, name, false),
                (Some(first), Some(second)) if first != second => {
                    let what = |is_dir| if is_dir { "directory" } else { "regular file" };
                    shell.out(format!("File {a} is a {} while file {b} is a {}\n", what(first), what(second)));
                    self.differ(1);
                }
                (Some(_), Some(_)) => self.pair(shell, &a, &b, true),
                (None, None) => {}
            }
        }
    }

    fn only_in(&mut self, shell: &mut Shell, folder: &str, name: &str, is_first: bool) {
        let top = if is_first { &self.tops.0 } else { &self.tops.1 };
        let text = match folder.strip_prefix(top.as_str()).map(|below| below.trim_matches('/')) {
            Some(below) if self.busybox && !below.is_empty() => format!("Only in {top}: {below}/{name}\n"),
            _ => format!("Only in {}: {name}\n", if folder == "/" { folder } else { folder.trim_end_matches('/') }),
        };
        shell.out(text);
        self.differ(1);
    }

    /// Two files; `in_folder`: of folders that are compared, not named themselves.
    fn pair(&mut self, shell: &mut Shell, one: &str, other: &str, in_folder: bool) {
        let (one, other) = (self.side(shell, one), self.side(shell, other));
        if let (Some(one), Some(other)) = (one, other) {
            self.files(shell, &one, &other, in_folder);
        }
    }

    fn files(&mut self, shell: &mut Shell, one: &Side, other: &Side, in_folder: bool) {
        let empty = Vec::new();
        let (first, second) = (one.bytes.as_ref().unwrap_or(&empty), other.bytes.as_ref().unwrap_or(&empty));
        let (old, new): (Vec<&[u8]>, Vec<&[u8]>) = (split(first), split(second));
        let folded = |lines: &[&[u8]]| -> Vec<Vec<u8>> { lines.iter().map(|line| self.folded(line)).collect() };
        let (a, b) = (folded(&old), folded(&new));
        let same = first == second || !is_binary(first) && !is_binary(second) && a == b;
        if same {
            let is_one = self.busybox && one.name == other.name;
            if has(self.flags, &["s", "report-identical-files"]) && !is_one {
                shell.out(format!("Files {} and {} are identical\n", one.name, other.name));
            }
            return;
        }
        self.differ(1);
        let binary = (is_binary(first) || is_binary(second)) && !has(self.flags, &["a", "text"]);
        if has(self.flags, &["q", "brief"]) || binary {
            let kind =
                if binary && !self.busybox && !has(self.flags, &["q", "brief"]) { "Binary files" } else { "Files" };
            shell.out(format!("{kind} {} and {} differ\n", one.name, other.name));
            return;
        }
        let (a, b): (Vec<&[u8]>, Vec<&[u8]>) =
            (a.iter().map(Vec::as_slice).collect(), b.iter().map(Vec::as_slice).collect());
        let Some(changes) = changes(&a, &b, &shell.effort) else {
            return shell.gap("unknown-output", "diff: how the files differ");
        };
        if in_folder && !self.busybox {
            shell.out(format!("diff {}{} {}\n", self.written, one.name, other.name));
        }
        let mut out: Vec<u8> = Vec::new();
        match self.context {
            Some(context) => {
                for (mark, side, label) in [("---", one, self.labels.first()), ("+++", other, self.labels.get(1))] {
                    let line = match (label, self.busybox) {
                        (Some(label), _) => format!("{mark} {label}\n"),
                        (None, true) if side.bytes.is_none() => format!("{mark} /dev/null\n"),
                        (None, true) => format!("{mark} {}\n", side.name),
                        (None, false) => format!(
                            "{mark} {}\t{}\n",
                            side.name,
                            file_dates::shown(shell, side.modified, "%Y-%m-%d %H:%M:%S.%N %z", "diff -u")
                        ),
                    };
                    out.extend(line.bytes());
                }
                unified(&mut out, &old, &new, &changes, context);
            }
            None => normal(&mut out, &old, &new, &changes),
        }
        shell.out(out);
    }

    /// A line without what does not count.
    fn folded(&self, line: &[u8]) -> Vec<u8> {
        let asked = |names: &[&str]| has(self.flags, names);
        let mut text = line.to_vec();
        if asked(&["i", "ignore-case"]) {
            text.make_ascii_lowercase();
        }
        if asked(&["strip-trailing-cr"]) && text.ends_with(b"\r\n") {
            text.truncate(text.len() - 2);
            text.push(b'\n');
        }
        if asked(&["w", "ignore-all-space"]) {
            text.retain(|byte| !byte.is_ascii_whitespace());
        } else if asked(&["b", "ignore-space-change", "Z", "ignore-trailing-space"]) {
            let end = text.iter().rposition(|byte| !byte.is_ascii_whitespace()).map_or(0, |last| last + 1);
            text.truncate(end);
            if asked(&["b", "ignore-space-change"]) {
                let mut before = false;
                text.retain_mut(|byte| {
                    let blank = matches!(byte, b' ' | b'\t');
                    let keeps = !(blank && before);
                    if blank {
                        *byte = b' ';
                    }
                    before = blank;
                    keeps
                });
            }
        }
        text
    }
}

/// Lines with their ends.
fn split(bytes: &[u8]) -> Vec<&[u8]> {
    bytes.split_inclusive(|byte| *byte == b'\n').collect()
}

/// As GNU's diff guesses it: a zero among the first bytes.
fn is_binary(bytes: &[u8]) -> bool {
    bytes.iter().take(4096).any(|byte| *byte == 0)
}

fn push_line(out: &mut Vec<u8>, mark: &str, line: &[u8]) {
    out.extend(mark.bytes());
    out.extend(line);
    if !line.ends_with(b"\n") {
        out.extend(b"\n\\ No newline at end of file\n");
    }
}

/// `3c3`, with the lines behind it.
fn normal(out: &mut Vec<u8>, old: &[&[u8]], new: &[&[u8]], changes: &[Change]) {
    let range = |range: &std::ops::Range<usize>| match range.len() {
        0 => range.start.to_string(),
        1 => range.end.to_string(),
        _ => format!("{},{}", range.start + 1, range.end),
    };
    for change in changes {
        let letter = match (change.old.is_empty(), change.new.is_empty()) {
            (true, _) => 'a',
            (_, true) => 'd',
            _ => 'c',
        };
        out.extend(format!("{}{letter}{}\n", range(&change.old), range(&change.new)).bytes());
        old.get(change.old.clone()).unwrap_or(&[]).iter().for_each(|line| push_line(out, "< ", line));
        if letter == 'c' {
            out.extend(b"---\n");
        }
        new.get(change.new.clone()).unwrap_or(&[]).iter().for_each(|line| push_line(out, "> ", line));
    }
}

/// Changes with what is around them; those that are near share their surroundings.
fn unified(out: &mut Vec<u8>, old: &[&[u8]], new: &[&[u8]], changes: &[Change], context: usize) {
    let mut rest = changes;
    while let Some(first) = rest.first() {
        let near = rest.windows(2).take_while(|two| match two {
            [one, next] => next.old.start - one.old.end <= 2 * context,
            _ => false,
        });
        let (hunk, behind) = rest.split_at(near.count() + 1);
        rest = behind;
        let last = hunk.last().unwrap_or(first);
        let (before, after) = (first.old.start.min(context), (old.len() - last.old.end).min(context));
        let olds = first.old.start - before..last.old.end + after;
        let news = first.new.start - before..last.new.end + after;
        let range = |range: &std::ops::Range<usize>| match range.len() {
            0 => format!("{},0", range.start),
            1 => range.end.to_string(),
            count => format!("{},{count}", range.start + 1),
        };
        out.extend(format!("@@ -{} +{} @@\n", range(&olds), range(&news)).bytes());
        let mut at = olds.start;
        for change in hunk {
            old.get(at..change.old.start).unwrap_or(&[]).iter().for_each(|line| push_line(out, " ", line));
            old.get(change.old.clone()).unwrap_or(&[]).iter().for_each(|line| push_line(out, "-", line));
            new.get(change.new.clone()).unwrap_or(&[]).iter().for_each(|line| push_line(out, "+", line));
            at = change.old.end;
        }
        old.get(at..olds.end).unwrap_or(&[]).iter().for_each(|line| push_line(out, " ", line));
    }
}
