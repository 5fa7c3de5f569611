//! Functions of make: `$(name arguments)`.

use super::makefile::{Makefile, globbed, stem, substituted};
use crate::fs::path;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// The number of words of one `foreach`, at most.
const MAX_WORDS: usize = 10_000;

impl Makefile {
    /// The value of `$(name arguments)`; `None` if there is no such function.
    pub(crate) fn function(
        &self,
        shell: &mut Shell,
        name: &str,
        arguments: &[String],
        automatic: &[(&str, String)],
        depth: u32,
    ) -> Option<String> {
        let mut argument = |index: usize| {
            let text = arguments.get(index).map_or("", String::as_str);
            self.expand(shell, text, automatic, depth + 1)
        };
        let each = |text: &str, change: &dyn Fn(&str) -> String| {
            text.split_whitespace().map(change).collect::<Vec<_>>().join(" ")
        };
        Some(match name {
            "wildcard" => {
                let patterns = argument(0);
                patterns.split_whitespace().flat_map(|pattern| globbed(shell, pattern)).collect::<Vec<_>>().join(" ")
            }
            "patsubst" => {
                let (from, to, text) = (argument(0), argument(1), argument(2));
                substituted(&text, &from, &to)
            }
            "subst" => {
                let (from, to, text) = (argument(0), argument(1), argument(2));
                if from.is_empty() { text } else { text.replace(&from, &to) }
            }
            "shell" => {
                let command = arguments.join(",");
                let command = self.expand(shell, &command, automatic, depth + 1);
                self.printed(shell, &command)
            }
            "notdir" => each(&argument(0), &|word| path::file_name(word).to_string()),
            "dir" => each(&argument(0), &|word| word.rfind('/').map_or("./".into(), |at| word[..=at].to_string())),
            "basename" => each(&argument(0), &|word| word.rsplit_once('.').map_or(word, |(stem, _)| stem).to_string()),
            "suffix" => each(&argument(0), &|word| word.rfind('.').map_or(String::new(), |at| word[at..].to_string())),
            "addprefix" => {
                let (prefix, names) = (argument(0), argument(1));
                each(&names, &|word| format!("{prefix}{word}"))
            }
            "addsuffix" => {
                let (suffix, names) = (argument(0), argument(1));
                each(&names, &|word| format!("{word}{suffix}"))
            }
            "strip" => each(&argument(0), &|word| word.to_string()),
            "sort" => {
                let text = argument(0);
                text.split_whitespace().collect::<BTreeSet<_>>().into_iter().collect::<Vec<_>>().join(" ")
            }
            "firstword" => argument(0).split_whitespace().next().unwrap_or("").to_string(),
            "lastword" => argument(0).split_whitespace().last().unwrap_or("").to_string(),
            "filter" | "filter-out" => {
                let (patterns, text) = (argument(0), argument(1));
                let fits =
                    |word: &&str| patterns.split_whitespace().any(|one| stem(one, word).is_some() || one == *word);
                let kept = text.split_whitespace().filter(|word| fits(word) == (name == "filter"));
                kept.collect::<Vec<_>>().join(" ")
            }
            "info" | "warning" => {
                let text = argument(0);
                match name {
                    "info" => shell.out(format!("{text}\n")),
                    _ => shell.err(format!("{text}\n")),
                }
                String::new()
            }
            "if" => {
                let chosen = usize::from(argument(0).trim().is_empty()) + 1;
                argument(chosen)
            }
            "or" => (0..arguments.len()).map(&mut argument).find(|text| !text.trim().is_empty()).unwrap_or_default(),
            "and" => {
                let mut all = (0..arguments.len()).map(&mut argument);
                all.try_fold(String::new(), |_, text| (!text.trim().is_empty()).then_some(text)).unwrap_or_default()
            }
            "findstring" => {
                let (part, text) = (argument(0), argument(1));
                if text.contains(&part) { part } else { String::new() }
            }
            "words" => argument(0).split_whitespace().count().to_string(),
            "word" | "wordlist" => {
                let first = argument(0).trim().parse::<usize>().unwrap_or(0).max(1);
                let last = if name == "word" { first } else { argument(1).trim().parse().unwrap_or(0) };
                let text = argument(if name == "word" { 1 } else { 2 });
                let count = (last + 1).saturating_sub(first);
                text.split_whitespace().skip(first - 1).take(count).collect::<Vec<_>>().join(" ")
            }
            "join" => {
                let (left, right) = (argument(0), argument(1));
                let (left, right): (Vec<&str>, Vec<&str>) =
                    (left.split_whitespace().collect(), right.split_whitespace().collect());
                let at = |list: &[&str], index: usize| list.get(index).copied().unwrap_or("").to_string();
                let count = left.len().max(right.len());
                (0..count).map(|index| at(&left, index) + &at(&right, index)).collect::<Vec<_>>().join(" ")
            }
            "abspath" => {
                let here = shell_place(&argument(0));
                let cwd = shell.cwd.clone();
                here.iter().map(|word| path::join(&cwd, word)).collect::<Vec<_>>().join(" ")
            }
            "realpath" => {
                let words = shell_place(&argument(0));
                let real = words.iter().filter_map(|word| shell.fs.resolve(&shell.cwd, word, true).ok());
                real.filter(|place| shell.fs.get(place).is_some()).collect::<Vec<_>>().join(" ")
            }
            "foreach" => {
                let (variable, list) = (argument(0), argument(1));
                let text = arguments.get(2).map_or("", String::as_str);
                let mut all = Vec::new();
                for word in list.split_whitespace().take(MAX_WORDS) {
                    let own = [(variable.trim(), word.to_string())];
                    let inner: Vec<(&str, String)> = own.iter().chain(automatic).cloned().collect();
                    all.push(self.expand(shell, text, &inner, depth + 1));
                }
                all.join(" ")
            }
            "call" => {
                let filled: Vec<String> = (0..arguments.len()).map(&mut argument).collect();
                let name = filled.first().map_or("", |name| name.trim()).to_string();
                let numbers: Vec<String> = (0..filled.len()).map(|index| index.to_string()).collect();
                let own =
                    numbers.iter().map(String::as_str).zip(filled.iter().map(|text| text.trim_start().to_string()));
                let inner: Vec<(&str, String)> = own.chain(automatic.iter().cloned()).collect();
                self.expand(shell, &format!("$({name})"), &inner, depth + 1)
            }
            "eval" | "error" | "origin" | "value" | "flavor" | "file" => {
                shell.gap("unmodelled-option", format!("make's $({name} …)"));
                String::new()
            }
            _ => return None,
        })
    }
}

/// The words of a text, each of its own.
fn shell_place(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_string).collect()
}
