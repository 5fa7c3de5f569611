//! Completion at the terminal's prompt.

use super::docker::Client;
use super::store::Store;
use super::{Host, host_commands};
use crate::fs::{Tree, path};
use crate::shell::Shell;
use std::collections::BTreeSet;

/// The most candidates that are offered.
const MAX_CANDIDATES: usize = 200;
/// The longest line that is completed, in bytes.
const MAX_LINE: usize = 1 << 12;

/// What may stand at the cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Completions {
    /// Where the word begins that a candidate replaces, in bytes.
    pub start: usize,
    /// The candidates in order: whole words. A folder ends with a slash.
    pub candidates: Vec<String>,
}

/// What an operand of a docker command names.
enum Operand {
    Image,
    Container,
    Either,
    Path,
    Nothing,
}

impl Host {
    /// What may stand at the cursor of a line: commands, docker's commands and options, images, containers and paths.
    /// `cursor` is an offset in bytes; one that is not between two letters is taken for the end.
    pub fn completions(&self, line: &str, cursor: usize) -> Completions {
        let before = line.get(..cursor).unwrap_or(line);
        if before.len() > MAX_LINE {
            return Completions::default();
        }
        // The last command of the line, as far as words tell it.
        let command_start = before.rfind(['|', ';', '&', '(', '\n']).map_or(0, |at| at + 1);
        let command = before.get(command_start..).unwrap_or("");
        let word_start = before.rfind(char::is_whitespace).map_or(0, |at| at + 1).max(command_start);
        let word = before.get(word_start..).unwrap_or("");
        let words: Vec<&str> = command.get(..word_start - command_start).unwrap_or("").split_whitespace().collect();
        let shell = self.active_shell();
        let in_container = !self.sessions.is_empty();
        let mut all: BTreeSet<String> = BTreeSet::new();
        match words.split_first() {
            None if word.contains('/') => all.extend(paths(&shell.fs, &shell.cwd, word)),
            None => all.extend(commands(shell, in_container)),
            Some((&"docker", rest)) if !in_container => {
                if let Ok(store) = self.store.lock() {
                    docker(&store, shell, rest, word, &mut all);
                }
            }
            Some(_) => all.extend(paths(&shell.fs, &shell.cwd, word)),
        }
        let candidates = all.into_iter().filter(|one| one.starts_with(word)).take(MAX_CANDIDATES).collect();
        Completions { start: word_start, candidates }
    }
}

/// The commands that a shell has: builtins, and programs in PATH.
fn commands(shell: &Shell, in_container: bool) -> Vec<String> {
    let mut all: Vec<String> = crate::shell::builtins::names().iter().map(ToString::to_string).collect();
    if !in_container {
        all.extend(host_commands::NAMES.iter().map(ToString::to_string));
        all.extend(
            crate::command_table::modelled_commands().iter().filter(|name| name.len() > 1).map(ToString::to_string),
        );
    }
    for folder in shell.var("PATH").unwrap_or(crate::image::DEFAULT_PATH).split(':').take(32) {
        if let Ok(folder) = shell.fs.resolve("/", folder, true) {
            let programs = shell.fs.children(&folder).into_iter().filter(|(_, node)| !node.is_dir());
            all.extend(programs.map(|(name, _)| name.to_string()));
        }
    }
    all
}

/// The paths that begin with a word.
fn paths(tree: &Tree, cwd: &str, word: &str) -> Vec<String> {
    let (folder, start) = match word.rsplit_once('/') {
        Some((folder, start)) => (format!("{folder}/"), start),
        None => (String::new(), word),
    };
    let Ok(place) = tree.resolve("/", &path::join(cwd, &folder), true) else { return Vec::new() };
    tree.children(&place)
        .into_iter()
        .filter(|(name, _)| name.starts_with(start) && (!name.starts_with('.') || start.starts_with('.')))
        .map(|(name, _)| {
            let is_dir = tree.stat("/", &path::join(&place, name)).is_ok_and(|(_, node)| node.is_dir());
            format!("{folder}{name}{}", if is_dir { "/" } else { "" })
        })
        .collect()
}

fn docker(store: &Store, shell: &Shell, words: &[&str], word: &str, all: &mut BTreeSet<String>) {
    let client = Client::get();
    let mut rest = words;
    let mut group = "";
    if let Some((first, after)) = rest.split_first()
        && client.is_group(first)
    {
        (group, rest) = (first, after);
    }
    let Some((name, operands)) = rest.split_first() else {
        all.extend(client.names_in(group).into_iter().map(|(name, _)| name.to_string()));
        if group.is_empty() {
            all.extend(client.groups.iter().map(|(name, _)| name.clone()));
            all.extend(["help", "--help", "--version"].map(str::to_string));
        }
        return;
    };
    let called = if group.is_empty() { name.to_string() } else { format!("{group} {name}") };
    if *name == "help" {
        all.extend(client.names_in("").into_iter().map(|(name, _)| name.to_string()));
        return;
    }
    let Some(spec) = client.find(&called) else { return };
    if word.starts_with('-') {
        all.extend(spec.options.iter().map(|option| format!("--{}", option.name())));
        all.insert("--help".into());
        return;
    }
    let is_option = |word: &str| word.starts_with('-');
    let place = operands.iter().filter(|word| !is_option(word)).count();
    let takes_value = operands.last().is_some_and(|last| spec.takes_value(last));
    let what = match spec.names.first().map_or("", String::as_str) {
        _ if takes_value => Operand::Path,
        "run" | "create" if place == 0 => Operand::Image,
        "rmi" | "history" | "tag" | "push" | "save" | "pull" | "image inspect" | "images" => Operand::Image,
        "exec" if place == 0 => Operand::Container,
        "attach" | "commit" | "container inspect" | "diff" | "kill" | "logs" | "pause" | "port" | "rename"
        | "restart" | "rm" | "start" | "stop" | "top" | "unpause" | "wait" => Operand::Container,
        "inspect" => Operand::Either,
        "build" | "cp" | "load" => Operand::Path,
        _ => Operand::Nothing,
    };
    let images = || store.tags.iter().map(|(tag, _)| tag).filter(|tag| tag.repository != "<none>").map(short_name);
    let containers = || store.containers.values().map(|one| one.name.clone());
    match what {
        Operand::Image => all.extend(images()),
        Operand::Container => all.extend(containers()),
        Operand::Either => all.extend(images().chain(containers())),
        Operand::Path => {
            all.extend(paths(&shell.fs, &shell.cwd, word));
            if spec.names.first().is_some_and(|name| name == "cp") {
                all.extend(containers().map(|name| format!("{name}:")));
            }
        }
        Operand::Nothing => {}
    }
}

/// A name without the tag `latest`.
fn short_name(reference: &crate::image::Reference) -> String {
    let name = reference.to_string();
    name.strip_suffix(":latest").map_or(name.clone(), str::to_string)
}
