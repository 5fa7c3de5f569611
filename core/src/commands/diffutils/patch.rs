//! patch: unified differences applied, as GNU's and busybox' do it.

use crate::commands::replace_file::change_unknown_content;
use crate::fs::{Content, FsError, path};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value, with_long_values};

type Flags = [(String, Option<String>)];

/// Lines of context that GNU's lets go where they do not fit.
const MAX_FUZZ: usize = 2;
const OPTIONS: &str = "p i d R N E s f t b l u F r strip input directory reverse forward remove-empty-files quiet \
    silent force batch backup unified fuzz reject-file dry-run ignore-whitespace binary no-backup-if-mismatch verbose";

/// One line of a hunk: `' '`, `'-'` or `'+'`, and its bytes with their end.
type Line = (u8, Vec<u8>);

#[derive(Default)]
struct Hunk {
    /// Where it begins in the old file, from 1; the line before it where it has no old lines.
    start: usize,
    lines: Vec<Line>,
    header: Vec<u8>,
}

/// The hunks of one file.
#[derive(Default)]
struct File {
    /// The lines of the patch that led up to it.
    leading: Vec<Vec<u8>>,
    old: String,
    new: String,
    mode: Option<u32>,
    hunks: Vec<Hunk>,
    /// The line of the patch where its hunks begin.
    line: usize,
}

impl File {
    /// `1 out of 2 hunks`
    fn share(&self, some: usize) -> String {
        let count = self.hunks.len();
        format!("{some} out of {count} {}", if count == 1 { "hunk" } else { "hunks" })
    }
}

pub(crate) fn patch(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = with_long_values(argv, &["strip", "input", "directory", "fuzz", "reject-file"]);
    let (flags, names) = options(&argv, "pidFr");
    only(shell, "patch", &flags, &OPTIONS.split_whitespace().collect::<Vec<_>>());
    let busybox = shell.dialect() == "ash";
    let input = value(&flags, &["i", "input"]).map(str::to_string).or_else(|| names.get(1).cloned());
    let text = match input.as_deref() {
        None | Some("-") => std::mem::take(&mut shell.stdin),
        Some(file) => match shell.read(file) {
            Ok(Some(bytes)) => bytes,
            Ok(None) => {
                shell.gap("unknown-content", file);
                return 0;
            }
            Err(_) if shell.fs.may_hide(&shell.cwd, file) => {
                shell.gap("unlisted-file", file);
                return 0;
            }
            Err(error) => {
                let why = error.errno.message();
                shell.err(match busybox {
                    true => format!("patch: can't open '{file}': {why}\n"),
                    false => format!("patch: **** Can't open patch file {file} : {why}\n"),
                });
                return if busybox { 1 } else { 2 };
            }
        },
    };
    let cwd = shell.cwd.clone();
    if let Some(folder) = value(&flags, &["d", "directory"]) {
        match shell.fs.stat(&shell.cwd, folder) {
            Ok((real, node)) if node.is_dir() => shell.cwd = real,
            _ => {
                shell.err(format!("patch: **** Can't change to directory {folder} : No such file or directory\n"));
                return 2;
            }
        }
    }
    let mut files = read(&text);
    if has(&flags, &["R", "reverse"]) {
        files.iter_mut().for_each(reverse);
    }
    let mut status = 0;
    if files.is_empty() && !busybox && !text.is_empty() {
        // Other forms of differences are read by GNU's, too.
        if text.split(|byte| *byte == b'\n').any(|line| line.starts_with(b"***") || is_normal(line)) {
            shell.gap("unmodelled-option", "patch: another form than the unified one");
        } else {
            shell.err("patch: **** Only garbage was found in the patch input.\n");
            status = 2;
        }
    }
    for file in &files {
        let one = Patcher { flags: &flags, busybox, given: names.first().map(String::as_str) };
        match one.apply(shell, file) {
            Ok(code) => status = status.max(code),
            Err(error) => {
                status = shell.complain("patch", &error.path.clone(), &error);
            }
        }
        // busybox goes no further.
        if busybox && status != 0 {
            break;
        }
    }
    shell.cwd = cwd;
    status
}

/// `3c3`, as the oldest form has it.
fn is_normal(line: &[u8]) -> bool {
    let is_place = |text: &[u8]| !text.is_empty() && text.iter().all(|byte| byte.is_ascii_digit() || *byte == b',');
    let mut parts = line.split(|byte| b"acd".contains(byte));
    parts.next().is_some_and(is_place) && parts.next().is_some_and(is_place) && parts.next().is_none()
}

/// The files of a patch.
fn read(text: &[u8]) -> Vec<File> {
    let mut all: Vec<File> = Vec::new();
    let mut next = File::default();
    let mut lines = text.split_inclusive(|byte| *byte == b'\n').enumerate().peekable();
    let mut named = false;
    while let Some((number, line)) = lines.next() {
        let trimmed = String::from_utf8_lossy(line).trim_end_matches(['\n', '\r']).to_string();
        // The name ends where a tab and the date begin.
        let name = |rest: &str| rest.split('\t').next().unwrap_or(rest).trim_end().trim_matches('"').to_string();
        if let Some(rest) = trimmed.strip_prefix("@@ -").filter(|_| named) {
            let Some((start, old, new)) = ranges(rest) else { continue };
            let mut hunk = Hunk { start, lines: Vec::new(), header: line.to_vec() };
            let (mut olds, mut news) = (old, new);
            while olds > 0 || news > 0 {
                let Some((_, line)) = lines.next() else { break };
                let (mark, rest) = match line.split_first() {
                    // A blank line whose blank was lost.
                    None | Some((b'\n', _)) => (b' ', line),
                    Some((mark, rest)) => (*mark, rest),
                };
                match mark {
                    b' ' => (olds, news) = (olds.saturating_sub(1), news.saturating_sub(1)),
                    b'-' => olds = olds.saturating_sub(1),
                    b'+' => news = news.saturating_sub(1),
                    _ => break,
                }
                hunk.lines.push((mark, rest.to_vec()));
                unended(&mut lines, &mut hunk);
            }
            if let Some(file) = all.last_mut().filter(|_| next.leading.is_empty()) {
                file.hunks.push(hunk);
            } else {
                let mut file = std::mem::take(&mut next);
                file.line = number + 1;
                file.hunks.push(hunk);
                all.push(file);
            }
            continue;
        }
        if let Some(rest) = trimmed.strip_prefix("--- ") {
            next.old = name(rest);
            named = false;
        } else if let Some(rest) = trimmed.strip_prefix("+++ ").filter(|_| !next.old.is_empty()) {
            next.new = name(rest);
            named = true;
        } else if let Some(mode) = trimmed.strip_prefix("new file mode ").or(trimmed.strip_prefix("new mode ")) {
            next.mode = u32::from_str_radix(mode, 8).ok().map(|mode| mode & 0o777);
        }
        next.leading.push(line.to_vec());
    }
    all
}

type Lines<'t, I> = std::iter::Peekable<I>;

/// `\ No newline at end of file`, which is about the line before.
fn unended<'t>(lines: &mut Lines<'t, impl Iterator<Item = (usize, &'t [u8])>>, hunk: &mut Hunk) {
    if lines.next_if(|(_, line)| line.starts_with(b"\\")).is_some()
        && let Some((_, text)) = hunk.lines.last_mut()
        && text.ends_with(b"\n")
    {
        text.pop();
    }
}

/// `1,9 +1,10 @@`: where the old lines begin, how many they are, how many the new ones.
fn ranges(text: &str) -> Option<(usize, usize, usize)> {
    let (old, rest) = text.split_once(" +")?;
    let new = rest.split(" @@").next()?;
    let range = |text: &str| {
        let (start, count) = text.split_once(',').unwrap_or((text, "1"));
        Some((start.parse::<usize>().ok()?, count.parse::<usize>().ok()?))
    };
    let ((start, olds), (_, news)) = (range(old)?, range(new)?);
    Some((start, olds, news))
}

/// What was added goes, what went comes back.
fn reverse(file: &mut File) {
    std::mem::swap(&mut file.old, &mut file.new);
    for hunk in &mut file.hunks {
        let header = String::from_utf8_lossy(&hunk.header).into_owned();
        if let Some((new, _)) = header.split_once(" +").and_then(|(_, rest)| rest.split_once(' ')) {
            hunk.start = new.split(',').next().and_then(|start| start.parse().ok()).unwrap_or(hunk.start);
        }
        for (mark, _) in &mut hunk.lines {
            *mark = match *mark {
                b'-' => b'+',
                b'+' => b'-',
                other => other,
            };
        }
        // Within a run what goes stands before what comes.
        let mut at = 0;
        while at < hunk.lines.len() {
            let run = hunk.lines.iter().skip(at).take_while(|(mark, _)| *mark != b' ').count();
            if let Some(run) = hunk.lines.get_mut(at..at + run) {
                run.sort_by_key(|(mark, _)| *mark == b'+');
            }
            at += run + 1;
        }
    }
}

/// Where a hunk fits.
struct Fit {
    /// From 0, of the first line that is compared.
    at: usize,
    fuzz: usize,
    /// Context lines at either end that did not have to fit.
    head: usize,
    tail: usize,
}

struct Patcher<'a> {
    flags: &'a Flags,
    busybox: bool,
    /// The file that the command line names.
    given: Option<&'a str>,
}

impl Patcher<'_> {
    fn says(&self, shell: &mut Shell, text: &str) {
        if !has(self.flags, &["s", "quiet", "silent"]) {
            shell.out(text);
        }
    }

    /// The file that is meant.
    fn name(&self, shell: &Shell, file: &File) -> Option<String> {
        if let Some(given) = self.given {
            return Some(given.to_string());
        }
        let strip = value(self.flags, &["p", "strip"]).and_then(|text| text.parse::<usize>().ok());
        let stripped = |name: &str| -> Option<String> {
            if name == "/dev/null" || name.is_empty() {
                return None;
            }
            match strip.or(self.busybox.then_some(0)) {
                // Without a number the folders count for nothing.
                None => Some(path::file_name(name).to_string()),
                Some(0) => Some(name.to_string()),
                Some(strip) => {
                    let mut rest = name;
                    for _ in 0..strip {
                        rest = rest.split_once('/')?.1.trim_start_matches('/');
                    }
                    (!rest.is_empty()).then(|| rest.to_string())
                }
            }
        };
        let (old, new) = (stripped(&file.old), stripped(&file.new));
        if self.busybox {
            return new.or(old);
        }
        let is_there = |name: &String| shell.fs.stat(&shell.cwd, name).is_ok();
        let mut there: Vec<String> =
            [&old, &new].into_iter().flatten().filter(|name| is_there(name)).cloned().collect();
        // The best of those that are there: the fewest folders, then the shortest.
        there.sort_by_key(|name| (name.matches('/').count(), path::file_name(name).len(), name.len()));
        let creates = file.hunks.first().is_some_and(|hunk| hunk.lines.iter().all(|(mark, _)| *mark == b'+'));
        there.into_iter().next().or(if creates { new.or(old) } else { None })
    }

    fn apply(&self, shell: &mut Shell, file: &File) -> Result<i32, FsError> {
        let Some(name) = self.name(shell, file) else {
            return Ok(self.cannot_find(shell, file));
        };
        let creates = file.old == "/dev/null"
            || file.hunks.iter().all(|hunk| hunk.start == 0 && hunk.lines.iter().all(|(mark, _)| *mark == b'+'));
        let deletes = file.new == "/dev/null";
        let old = match shell.read(&name) {
            Ok(Some(bytes)) => Some(bytes),
            Ok(None) => {
                shell.gap("unknown-content", &name);
                change_unknown_content(shell, &name);
                return Ok(0);
            }
            Err(_) if shell.fs.may_hide(&shell.cwd, &name) => {
                shell.gap("unlisted-file", &name);
                return Ok(0);
            }
            Err(_) if creates => None,
            Err(error) if self.busybox => {
                shell.err(format!("patch: can't open '{name}': {}\n", error.errno.message()));
                return Ok(1);
            }
            Err(_) => return Ok(self.cannot_find(shell, file)),
        };
        let dry = has(self.flags, &["dry-run"]);
        if creates && !self.busybox && old.as_ref().is_some_and(|old| !old.is_empty()) {
            self.says(
                shell,
                &format!("The next patch would create the file {name},\nwhich already exists!  Skipping patch.\n"),
            );
            shell.out(format!("{} ignored\n", file.share(file.hunks.len())));
            return Ok(1);
        }
        let verb = match (self.busybox, old.is_none(), dry) {
            (true, true, _) => "creating",
            (false, _, true) => "checking file",
            _ => "patching file",
        };
        self.says(shell, &format!("{verb} {name}\n"));
        let text = old.clone().unwrap_or_default();
        let lines: Vec<&[u8]> = text.split_inclusive(|byte| *byte == b'\n').collect();
        let mut out: Vec<u8> = Vec::new();
        let (mut done, mut offset, mut mismatch) = (0_usize, 0_isize, false);
        let mut rejected: Vec<&Hunk> = Vec::new();
        for (number, hunk) in (1..).zip(&file.hunks) {
            let Some(fit) = self.locate(&lines, hunk, done, offset) else {
                if self.busybox {
                    let shown: Vec<u8> =
                        hunk.lines.iter().flat_map(|(mark, line)| [vec![*mark], line.clone()].concat()).collect();
                    shell.err(format!(
                        "Hunk {number} FAILED {0}/{0}.\n{1}",
                        hunk.start,
                        String::from_utf8_lossy(&shown)
                    ));
                    return Ok(1);
                }
                if number == 1 && self.is_applied(&lines, hunk) {
                    return self.applied_before(shell, file, &name, dry);
                }
                let place = hunk.start.saturating_add_signed(offset);
                self.says(shell, &format!("Hunk #{number} FAILED at {place}.\n"));
                rejected.push(hunk);
                continue;
            };
            // Where its first line, context included, would stand.
            let begin = fit.at as isize - fit.head as isize + 1;
            let expected = hunk.start.max(usize::from(begin > 0)) as isize;
            let is_insert = hunk.lines.iter().all(|(mark, _)| *mark == b'+');
            let moved = if is_insert { 0 } else { begin - expected };
            if !self.busybox && (fit.fuzz > 0 || moved != 0) {
                mismatch = true;
                let fuzz = if fit.fuzz > 0 { format!(" with fuzz {}", fit.fuzz) } else { String::new() };
                let by = match moved {
                    0 => String::new(),
                    1 | -1 => format!(" (offset {moved} line)"),
                    _ => format!(" (offset {moved} lines)"),
                };
                self.says(shell, &format!("Hunk #{number} succeeded at {begin}{fuzz}{by}.\n"));
            }
            if !is_insert {
                offset = moved;
            }
            out.extend(lines.get(done..fit.at).unwrap_or(&[]).concat());
            done = fit.at;
            let inner = hunk.lines.get(fit.head..hunk.lines.len() - fit.tail).unwrap_or(&[]);
            for (mark, line) in inner {
                match mark {
                    b'+' => out.extend(line),
                    b'-' => done += 1,
                    _ => {
                        // The file's own line, which may end otherwise.
                        out.extend(*lines.get(done).unwrap_or(&line.as_slice()));
                        done += 1;
                    }
                }
            }
        }
        out.extend(lines.get(done..).unwrap_or(&[]).concat());
        let failed = rejected.len();
        if failed > 0 {
            let ending = if dry { String::new() } else { format!(" -- saving rejects to file {name}.rej") };
            shell.out(format!("{} FAILED{ending}\n", file.share(failed)));
        }
        if dry {
            return Ok(i32::from(failed > 0));
        }
        if failed > 0 {
            self.reject(shell, file, &name, &rejected)?;
        }
        let keeps = has(self.flags, &["b", "backup"]) || mismatch && !has(self.flags, &["no-backup-if-mismatch"]);
        if let Some(old) = old.as_ref().filter(|_| !self.busybox && (keeps || failed > 0)) {
            shell.put_file(&format!("{name}.orig"), Content::inline(old.clone()))?;
        }
        self.write(shell, file, &name, out, deletes && failed == 0)?;
        Ok(i32::from(failed > 0))
    }

    /// Puts the result in its place.
    fn write(&self, shell: &mut Shell, file: &File, name: &str, out: Vec<u8>, deletes: bool) -> Result<(), FsError> {
        let folder = path::parent(&path::join(&shell.cwd, name)).to_string();
        let (mode, uid, gid) = (shell.folder_mode(), shell.user.uid, shell.user.gid);
        shell.fs.mkdir_all(&folder, mode, uid, gid)?;
        let place = shell.resolve(name)?;
        let empties = out.is_empty() && (deletes || has(self.flags, &["E", "remove-empty-files"]));
        if empties {
            shell.removable(&place)?;
            shell.fs.remove(&place)?;
            // Folders that hold nothing any more go with it.
            let mut above = path::parent(&place).to_string();
            while !self.busybox
                && above != shell.cwd
                && shell.fs.children(&above).is_empty()
                && path::is_within(&above, &shell.cwd)
            {
                shell.fs.remove(&above)?;
                above = path::parent(&above).to_string();
            }
            return Ok(());
        }
        let before = shell.fs.get(&place).map(|node| (node.mode, node.uid, node.gid));
        let (mode, uid, gid) = before.unwrap_or((shell.file_mode(), uid, gid));
        // A new file takes the place of the old one.
        shell.destination(name)?;
        if before.is_some() {
            shell.fs.remove(&place)?;
        }
        shell.fs.write(&place, Content::inline(out), mode, uid, gid)?;
        if let Some(mode) = file.mode.filter(|_| !self.busybox) {
            let umask = shell.umask;
            shell.fs.chmod(&place, mode & !umask);
        }
        Ok(())
    }

    /// Where a hunk fits, at or behind what is done.
    fn locate(&self, lines: &[&[u8]], hunk: &Hunk, done: usize, offset: isize) -> Option<Fit> {
        let pattern: Vec<&[u8]> =
            hunk.lines.iter().filter(|(mark, _)| *mark != b'+').map(|(_, line)| line.as_slice()).collect();
        if pattern.is_empty() {
            // Lines that are only added stand behind the line that is named.
            let at = hunk.start.saturating_add_signed(offset);
            return (at <= lines.len()).then_some(Fit { at: at.max(done), fuzz: 0, head: 0, tail: 0 });
        }
        let prefix = hunk.lines.iter().take_while(|(mark, _)| *mark == b' ').count();
        let suffix = hunk.lines.iter().rev().take_while(|(mark, _)| *mark == b' ').count();
        let context = prefix.max(suffix);
        let guess = hunk.start.max(1) - 1;
        let most = match self.busybox {
            true => 0,
            false => value(self.flags, &["F", "fuzz"]).and_then(|text| text.parse().ok()).unwrap_or(MAX_FUZZ),
        };
        for fuzz in 0..=most.min(context) {
            // Where less context stands at one end, the file begins or ends there.
            let (head, tail) = ((fuzz + prefix).checked_sub(context), (fuzz + suffix).checked_sub(context));
            let (at_start, at_end) = (head.is_none() && guess == 0, tail.is_none());
            let (head, tail) = (head.unwrap_or(0), tail.unwrap_or(0));
            let wanted = pattern.get(head..pattern.len() - tail)?;
            let fits = |at: usize| {
                at >= done
                    && (!at_start || at == 0)
                    && (!at_end || self.busybox || at + wanted.len() == lines.len())
                    && lines.get(at..at + wanted.len()).is_some_and(|there| self.same(there, wanted))
            };
            let first = (guess + head).saturating_add_signed(offset);
            let near = (0..=lines.len()).flat_map(|by| [first.checked_add(by), first.checked_sub(by)]).flatten();
            let near: Box<dyn Iterator<Item = usize>> = match self.busybox {
                true => Box::new(done..=lines.len()),
                false => Box::new(near),
            };
            if let Some(at) = near.into_iter().find(|at| fits(*at)) {
                return Some(Fit { at, fuzz, head, tail });
            }
        }
        None
    }

    /// Whether lines are what a hunk has.
    fn same(&self, there: &[&[u8]], wanted: &[&[u8]]) -> bool {
        if !has(self.flags, &["l", "ignore-whitespace"]) {
            return there == wanted;
        }
        let words = |line: &[u8]| -> Vec<Vec<u8>> {
            line.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).map(<[u8]>::to_vec).collect()
        };
        there.iter().zip(wanted).all(|(a, b)| words(a) == words(b))
    }

    /// Whether what a hunk would make is there already.
    fn is_applied(&self, lines: &[&[u8]], hunk: &Hunk) -> bool {
        let mut reversed = File {
            hunks: vec![Hunk { start: hunk.start, lines: hunk.lines.clone(), header: hunk.header.clone() }],
            ..File::default()
        };
        reverse(&mut reversed);
        reversed.hunks.first().is_some_and(|hunk| {
            let has_old = hunk.lines.iter().any(|(mark, _)| *mark != b'+');
            has_old && self.locate(lines, hunk, 0, 0).is_some_and(|fit| fit.fuzz == 0)
        })
    }

    fn applied_before(&self, shell: &mut Shell, file: &File, name: &str, dry: bool) -> Result<i32, FsError> {
        let found = "Reversed (or previously applied) patch detected!";
        if has(self.flags, &["N", "forward"]) {
            self.says(shell, &format!("{found}  Skipping patch.\n"));
        } else if has(self.flags, &["t", "f", "batch", "force"]) {
            shell.gap("unmodelled-option", "patch -t or -f on what was applied before");
        } else {
            // Nobody answers.
            shell.out(format!("{found}  Assume -R? [n] \nApply anyway? [n] \nSkipping patch.\n"));
        }
        let ending = if dry { String::new() } else { format!(" -- saving rejects to file {name}.rej") };
        shell.out(format!("{} ignored{ending}\n", file.share(file.hunks.len())));
        if !dry {
            self.reject(shell, file, name, &file.hunks.iter().collect::<Vec<_>>())?;
        }
        Ok(1)
    }

    /// Writes what did not fit beside the file.
    fn reject(&self, shell: &mut Shell, file: &File, name: &str, hunks: &[&Hunk]) -> Result<(), FsError> {
        let header = |mark: &[u8]| file.leading.iter().rev().find(|line| line.starts_with(mark)).cloned();
        let mut text: Vec<u8> = [header(b"--- "), header(b"+++ ")].into_iter().flatten().flatten().collect();
        for hunk in hunks {
            text.extend(&hunk.header);
            for (mark, line) in &hunk.lines {
                text.push(*mark);
                text.extend(line);
                if !line.ends_with(b"\n") {
                    text.extend(b"\n\\ No newline at end of file\n");
                }
            }
        }
        shell.put_file(&format!("{name}.rej"), Content::inline(text))
    }

    /// The file that the patch is for is not there.
    fn cannot_find(&self, shell: &mut Shell, file: &File) -> i32 {
        if self.busybox {
            shell.err("patch: can't open the file\n");
            return 1;
        }
        let leading: String = file.leading.iter().map(|line| format!("|{}", String::from_utf8_lossy(line))).collect();
        let rule = "-".repeat(26);
        shell.out(format!(
            "can't find file to patch at input line {}\nPerhaps you used the wrong -p or --strip option?\n\
             The text leading up to this was:\n{rule}\n{leading}{rule}\nFile to patch: \nSkip this patch? [y] \n\
             Skipping patch.\n{} ignored\n",
            file.line,
            file.share(file.hunks.len())
        ));
        1
    }
}
