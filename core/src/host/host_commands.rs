//! Commands of the host's terminal that are neither docker nor programs of an image: editors, pagers, help.

use super::HostEvent;
use super::store::Store;
use crate::fs::path;
use crate::shell::{Gap, Shell};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The commands that this file has.
pub(super) const NAMES: [&str; 14] =
    ["clear", "code", "emacs", "help", "history", "less", "man", "more", "nano", "reset", "vi", "view", "vim", "pico"];
/// The shells, of which the host has one.
const SHELLS: [&str; 6] = ["bash", "dash", "sh", "/bin/bash", "/bin/sh", "zsh"];

/// The first lines of what tools print for `--help`.
#[derive(Debug, Default, Deserialize)]
struct UsageLines {
    /// By the name of the tool.
    tools: BTreeMap<String, String>,
}

static USAGE: LazyLock<UsageLines> =
    LazyLock::new(|| serde_json::from_str(include_str!("../../data/usage_lines.json")).unwrap_or_default());

/// Runs a command of the host; `None` if it is another one.
pub(super) fn call(store: &mut Store, shell: &mut Shell, argv: &[String]) -> Option<i32> {
    let (name, rest) = argv.split_first()?;
    let operands: Vec<&String> = rest.iter().filter(|word| !word.starts_with(['-', '+'])).collect();
    if rest.len() == 1 && rest.first().is_some_and(|word| word == "--help") && name != "docker" {
        return tool_help(shell, name);
    }
    match name.as_str() {
        "clear" | "reset" => {
            store.events.push(HostEvent::Clear);
            Some(0)
        }
        "code" | "emacs" | "nano" | "pico" | "vi" | "view" | "vim" => {
            let Some(file) = operands.first() else {
                note(shell, "editor-needs-file", name.as_str());
                return Some(1);
            };
            let place = path::join(&shell.cwd, file);
            if shell.fs.stat("/", &place).is_ok_and(|(_, node)| node.is_dir()) {
                note(shell, "editor-needs-file", name.as_str());
                return Some(1);
            }
            match HostEvent::open(&place) {
                Some(event) => {
                    note(shell, "opens-in-editor", file.as_str());
                    store.events.push(event);
                    Some(0)
                }
                None => {
                    note(shell, "editor-only-work", file.as_str());
                    Some(1)
                }
            }
        }
        "help" if rest.is_empty() => {
            note(shell, "host-help", "");
            Some(0)
        }
        "history" => {
            let lines = store.typed.iter().enumerate().map(|(at, line)| format!("{:5}  {line}\n", at + 1));
            let text: String = lines.collect();
            shell.out(text);
            Some(0)
        }
        "less" | "more" => {
            let words = std::iter::once("cat".to_string()).chain(operands.into_iter().cloned());
            if operands_empty(rest) && shell.input_is_terminal() {
                shell.err(match name.as_str() {
                    "less" => "Missing filename (\"less --help\" for help)\n".to_string(),
                    _ => "more: bad usage\n".to_string(),
                });
                return Some(1);
            }
            let missing =
                rest.iter().find(|word| !word.starts_with(['-', '+']) && shell.fs.stat(&shell.cwd, word).is_err());
            if let Some(file) = missing.filter(|file| !shell.fs.may_hide(&shell.cwd, file)) {
                shell.err(match name.as_str() {
                    "less" => format!("{file}: No such file or directory\n"),
                    _ => format!("more: stat of {file} failed: No such file or directory\n"),
                });
                return Some(1);
            }
            let words: Vec<String> = words.collect();
            let model = shell.program("cat")?;
            Some(shell.run_model(model, &words))
        }
        "man" => {
            match operands.first() {
                Some(topic) => note(shell, "no-manual", topic.as_str()),
                None => shell.err("What manual page do you want?\n"),
            }
            Some(1)
        }
        "curl" | "wget" => local_request(store, shell, name, &operands),
        name if SHELLS.contains(&name) && operands_empty(rest) && shell.input_is_terminal() => {
            note(shell, "one-host-shell", name);
            Some(0)
        }
        _ => None,
    }
}

fn operands_empty(rest: &[String]) -> bool {
    rest.iter().all(|word| word.starts_with('-'))
}

/// What a line at the prompt of a container asks of the terminal: an event, or nothing more to do. `None` if the line is
/// to be run.
pub(super) fn typed_in_container(shell: &mut Shell, line: &str) -> Option<Option<HostEvent>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    match words.as_slice() {
        ["clear"] => {
            let (found, hidden) = shell.which("clear");
            (found.is_some() || hidden).then_some(Some(HostEvent::Clear))
        }
        [name, "--help"] if USAGE.tools.contains_key(*name) => {
            let (found, hidden) = shell.which(name);
            let is_there = found.is_some() || hidden;
            is_there.then(|| {
                tool_help(shell, name);
                None
            })
        }
        _ => None,
    }
}

/// `TOOL --help`: the usage of the tool in one line; `None` for a tool that answers itself.
fn tool_help(shell: &mut Shell, name: &str) -> Option<i32> {
    let usage = USAGE.tools.get(name)?;
    shell.out(format!("Usage: {usage}\n"));
    note(shell, "help-is-short", name);
    Some(0)
}

/// A request to the host itself: whether a container is there is known, and not what it answers.
fn local_request(store: &Store, shell: &mut Shell, name: &str, operands: &[&String]) -> Option<i32> {
    let address = operands.iter().find_map(|word| {
        let rest = word.strip_prefix("http://").or_else(|| word.strip_prefix("https://")).unwrap_or(word);
        let place = rest.split(['/', '?']).next().unwrap_or(rest);
        let (host, port) = place.split_once(':').unwrap_or((place, "80"));
        matches!(host, "localhost" | "127.0.0.1" | "0.0.0.0").then(|| (host.to_string(), port.to_string()))
    });
    let (host, port) = address?;
    let listens = |one: &&super::containers::Container| {
        one.state.is_up() && one.ports.iter().any(|published| published.host.to_string() == port)
    };
    match store.containers.values().find(listens) {
        Some(container) => {
            note(shell, "server-answer-not-known", format!("{} ({host}:{port})", container.name));
            Some(0)
        }
        None if name == "curl" => {
            shell.err(format!("curl: (7) Failed to connect to {host} port {port}: Connection refused\n"));
            Some(7)
        }
        None => {
            shell.err(format!("Connecting to {host} ({host})|127.0.0.1|:{port}... failed: Connection refused.\n"));
            Some(4)
        }
    }
}

fn note(shell: &mut Shell, code: &'static str, what: impl Into<String>) {
    shell.gaps.push(Gap { code, what: what.into() });
}
