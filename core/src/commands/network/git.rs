//! git, as far as an image is concerned: settings word for word, and folders that hold a repository.

use crate::commands::estimated_files::{write_estimated_files, write_unknown_files};
use crate::fs::{Content, Node, Unlisted, path};
use crate::measure::{Size, Way, typical_tool_size};
use crate::shell::Shell;
use crate::shell::getopt::with_long_values;

/// Verbs that only ask.
const ASKS: [&str; 20] = [
    "rev-parse",
    "describe",
    "log",
    "status",
    "show",
    "diff",
    "ls-files",
    "ls-remote",
    "ls-tree",
    "branch",
    "tag",
    "remote",
    "version",
    "blame",
    "shortlog",
    "cat-file",
    "rev-list",
    "name-rev",
    "for-each-ref",
    "--version",
];
/// Those that change what is in the working folder.
const CHANGES: [&str; 18] = [
    "checkout",
    "switch",
    "pull",
    "merge",
    "reset",
    "submodule",
    "apply",
    "am",
    "clean",
    "restore",
    "stash",
    "rebase",
    "cherry-pick",
    "revert",
    "lfs",
    "sparse-checkout",
    "rm",
    "mv",
];
/// And those that change the repository only.
const KEEPS: [&str; 8] = ["fetch", "commit", "add", "gc", "init", "prune", "worktree", "push"];

pub(crate) fn git(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.get(1..).unwrap_or(&[]);
    let mut folder = shell.cwd.clone();
    while let Some((word, rest)) = words.split_first().filter(|(word, _)| word.starts_with('-') && *word != "--version")
    {
        words = rest;
        if ["-C", "-c", "--git-dir", "--work-tree"].contains(&word.as_str()) {
            let value = words.first().cloned().unwrap_or_default();
            words = words.get(1..).unwrap_or(&[]);
            if word == "-C" {
                folder = path::join(&folder, &value);
            }
        }
    }
    let Some((verb, words)) = words.split_first() else {
        shell.gap("unknown-output", "git");
        return 1;
    };
    match verb.as_str() {
        "config" => config(shell, &folder, words),
        "clone" => clone(shell, &folder, words),
        "init" => {
            let place = words.iter().find(|word| !word.starts_with('-')).map_or(".", String::as_str);
            let place = path::join(&folder, place);
            shell.make_partial_folder(&path::join(&place, ".git"));
            shell.gap("unknown-files", "git init");
            0
        }
        "--version" | "version" => {
            shell.gap("unknown-output", "git --version");
            0
        }
        "ls-remote" => {
            shell.gap("unknown-output", "git ls-remote");
            0
        }
        verb => within(shell, &folder, verb),
    }
}

/// What needs a repository around it.
fn within(shell: &mut Shell, folder: &str, verb: &str) -> i32 {
    let Some(top) = repository(shell, folder) else {
        if shell.fs.may_hide("/", &path::join(folder, ".git")) {
            shell.gap("unmodelled-command", format!("git {verb}"));
            return 0;
        }
        shell.err("fatal: not a git repository (or any of the parent directories): .git\n");
        return 128;
    };
    if ASKS.contains(&verb) {
        shell.gap("unknown-output", format!("git {verb}"));
    } else if CHANGES.contains(&verb) {
        // A change of the files that are there is in the range of their estimate.
        let is_weighed = shell.fs.get(&top).and_then(Node::unlisted).is_some_and(Unlisted::is_whole);
        if !is_weighed {
            shell.make_partial_folder(&top);
        }
        let code = if is_weighed && verb != "submodule" { "unlisted-files" } else { "unknown-files" };
        shell.gap(code, format!("git {verb}"));
    } else if KEEPS.contains(&verb) {
        shell.make_partial_folder(&path::join(&top, ".git"));
        shell.gap("unknown-files", format!("git {verb}"));
    } else {
        shell.gap("unmodelled-command", format!("git {verb}"));
    }
    0
}

/// The folder above or here that has a `.git`.
fn repository(shell: &Shell, folder: &str) -> Option<String> {
    let mut place = folder;
    loop {
        if shell.fs.lstat("/", &path::join(place, ".git")).is_ok() {
            return Some(place.to_string());
        }
        if place == "/" {
            return None;
        }
        place = path::parent(place);
    }
}

/// `git clone [flags] ADDRESS [FOLDER]`: a folder whose files are not known; what it weighs may be declared.
fn clone(shell: &mut Shell, from: &str, words: &[String]) -> i32 {
    let long = ["branch", "depth", "origin", "config", "reference", "jobs", "filter", "template", "separate-git-dir"];
    let mut argv = vec!["clone".to_string()];
    argv.extend(words.iter().cloned());
    let (flags, operands) = crate::shell::getopt::options(&with_long_values(&argv, &long), "bocju");
    let Some(address) = operands.first() else {
        shell.gap("unknown-output", "git clone");
        return 129;
    };
    let last = address.trim_end_matches('/').rsplit(['/', ':']).next().unwrap_or(address);
    let name = operands.get(1).map_or_else(|| last.trim_end_matches(".git").to_string(), String::clone);
    let place = path::join(from, &name);
    if shell.fs.stat("/", &place).is_ok_and(|(_, node)| !node.is_dir()) || !shell.fs.children(&place).is_empty() {
        shell.err(format!("fatal: destination path '{name}' already exists and is not an empty directory.\n"));
        return 128;
    }
    if !crate::shell::getopt::has(&flags, &["q", "quiet"]) {
        shell.err(format!("Cloning into '{name}'...\n"));
    }
    let mode = shell.folder_mode();
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let folder =
        if crate::shell::getopt::has(&flags, &["bare", "mirror"]) { place.clone() } else { path::join(&place, ".git") };
    if let Err(error) = shell.fs.mkdir_all(&folder, mode, uid, gid) {
        return shell.complain("git", &name, &error);
    }
    match shell.answers.get(address).cloned() {
        Some(answer) => {
            let size = Size::modelled(answer.len, format!("what {address} brings, as the project declares it"));
            shell.fs.weigh_whole(&place, &format!("git clone {address}"), size);
        }
        None => {
            let depth = crate::shell::getopt::has(&flags, &["depth"]);
            clone_of_unknown_size(shell, address, &place, &folder, depth);
        }
    }
    0
}

/// Writes a repository of which nothing is known but its address: the files of a source tree, and what git keeps. With a
/// depth that is about as large as an archive of them; without, it depends on the repository's history.
fn clone_of_unknown_size(shell: &mut Shell, address: &str, place: &str, folder: &str, depth: bool) {
    let kept = format!("git clone {address}");
    let is_kept = match typical_tool_size("source-archive").filter(|_| depth) {
        Some(typical) => write_estimated_files(shell, folder, &kept, typical, Way::Answers),
        None => write_unknown_files(shell, folder, &kept, Way::Answers),
    };
    let is_recorded = place == folder
        || typical_tool_size("source-tree")
            .is_some_and(|typical| write_estimated_files(shell, place, address, typical, Way::Answers));
    shell.gap(if is_kept && is_recorded { "unlisted-files" } else { "unknown-files" }, address);
}

/// `git config [--system|--global|--file FILE] [--add|--get|--unset] KEY [VALUE]`.
fn config(shell: &mut Shell, folder: &str, words: &[String]) -> i32 {
    let mut argv = vec!["config".to_string()];
    argv.extend(words.iter().cloned());
    let (flags, operands) = crate::shell::getopt::options(&with_long_values(&argv, &["file", "type", "default"]), "f");
    let has = |names: &[&str]| crate::shell::getopt::has(&flags, names);
    let file = crate::shell::getopt::value(&flags, &["f", "file"]).map(|file| path::join(folder, file));
    let place = match file {
        Some(file) => file,
        None if has(&["system"]) => "/etc/gitconfig".into(),
        None if has(&["global"]) => format!("{}/.gitconfig", shell.var("HOME").unwrap_or("/root")),
        None => match repository(shell, folder) {
            Some(top) => path::join(&top, ".git/config"),
            None if operands.len() > 1 => {
                shell.err("fatal: not in a git directory\n");
                return 128;
            }
            None => format!("{}/.gitconfig", shell.var("HOME").unwrap_or("/root")),
        },
    };
    if has(&["l", "list", "get-regexp", "e", "edit", "replace-all", "rename-section", "remove-section"]) {
        shell.gap("unmodelled-option", "git config");
        return 0;
    }
    let Some(key) = operands.first() else {
        shell.gap("unknown-output", "git config");
        return 1;
    };
    let Some((section, name)) = key.rsplit_once('.') else {
        shell.err(format!("error: key does not contain a section: {key}\n"));
        return 1;
    };
    let known = match shell.read(&place) {
        Ok(Some(text)) => String::from_utf8_lossy(&text).into_owned(),
        Ok(None) => {
            shell.gap("unknown-content", place);
            return 0;
        }
        Err(_) => String::new(),
    };
    let mut settings = Settings::read(&known);
    match operands.get(1) {
        None if has(&["unset", "unset-all"]) => {
            if !settings.unset(section, name) {
                return 5;
            }
        }
        None => match settings.get(section, name) {
            Some(value) => {
                shell.out(format!("{value}\n"));
                return 0;
            }
            None => return 1,
        },
        Some(value) => settings.set(section, name, value, has(&["add"])),
    }
    // It writes a new file beside the old one.
    if let Ok((real, _)) = shell.fs.stat("/", &place) {
        let _ = shell.fs.remove(&real);
    }
    match shell.put_file(&place, Content::inline(settings.written().into_bytes())) {
        Ok(()) => 0,
        Err(error) => {
            shell.err(format!("error: could not lock config file {place}: {}\n", error.errno.message()));
            255
        }
    }
}

/// The lines of a file of settings, by sections.
struct Settings {
    /// Each section's line as it stands, and its lines; the first has what stands before any.
    sections: Vec<(String, Vec<String>)>,
}

impl Settings {
    fn read(text: &str) -> Settings {
        let mut sections: Vec<(String, Vec<String>)> = vec![(String::new(), Vec::new())];
        for line in text.lines() {
            if line.trim_start().starts_with('[') {
                sections.push((line.trim().to_string(), Vec::new()));
            } else if let Some((_, lines)) = sections.last_mut() {
                lines.push(line.to_string());
            }
        }
        Settings { sections }
    }

    /// `[name]`, and `[name "part"]` for what stands between the first dot and the last.
    fn heading(section: &str) -> String {
        match section.split_once('.') {
            Some((name, part)) => format!("[{name} \"{}\"]", part.replace('\\', "\\\\").replace('"', "\\\"")),
            None => format!("[{section}]"),
        }
    }

    fn is(line: &str, name: &str) -> bool {
        line.split('=').next().is_some_and(|known| known.trim().eq_ignore_ascii_case(name))
    }

    fn get(&self, section: &str, name: &str) -> Option<String> {
        let heading = Self::heading(section);
        let lines = self.sections.iter().filter(|(known, _)| known.eq_ignore_ascii_case(&heading));
        let line = lines.flat_map(|(_, lines)| lines).rfind(|line| Self::is(line, name))?;
        let value = line.split_once('=').map_or("", |(_, value)| value.trim());
        let value = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        Some(value.replace("\\\"", "\"").replace("\\\\", "\\"))
    }

    fn set(&mut self, section: &str, name: &str, value: &str, adds: bool) {
        let heading = Self::heading(section);
        let mut text = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n").replace('\t', "\\t");
        if value.starts_with(' ') || value.ends_with(' ') || value.contains(['#', ';']) {
            text = format!("\"{text}\"");
        }
        let line = format!("\t{name} = {text}");
        let at = self.sections.iter().rposition(|(known, _)| known.eq_ignore_ascii_case(&heading));
        match at.and_then(|at| self.sections.get_mut(at)) {
            Some((_, lines)) => match lines.iter().rposition(|line| Self::is(line, name)).filter(|_| !adds) {
                Some(at) => lines.splice(at..=at, [line]).for_each(drop),
                None => lines.push(line),
            },
            None => self.sections.push((heading, vec![line])),
        }
    }

    fn unset(&mut self, section: &str, name: &str) -> bool {
        let heading = Self::heading(section);
        let mut found = false;
        for (_, lines) in self.sections.iter_mut().filter(|(known, _)| known.eq_ignore_ascii_case(&heading)) {
            let before = lines.len();
            lines.retain(|line| !Self::is(line, name));
            found |= lines.len() < before;
        }
        // A section that has nothing left goes, too.
        self.sections.retain(|(known, lines)| !(found && known.eq_ignore_ascii_case(&heading) && lines.is_empty()));
        found
    }

    fn written(&self) -> String {
        let mut text = String::new();
        for (heading, lines) in &self.sections {
            if !heading.is_empty() {
                text.push_str(heading);
                text.push('\n');
            }
            lines.iter().for_each(|line| text.push_str(&format!("{line}\n")));
        }
        text
    }
}
