//! Names and where they stand: stages and variables.

use super::{is_name, word_around};
use crate::Keyword;
use crate::syntax::{self, File, Node};
use crate::text::{Span, TextEdit};
use std::collections::BTreeSet;

/// One place of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// Its bytes.
    pub span: Span,
    /// It gives the name its meaning: `AS name`, `ARG name`, `ENV name`.
    pub defines: bool,
}

/// What is named.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Name {
    Stage(String),
    Variable(String),
}

/// All places of the name at a byte, in order; none if no name stands there.
pub fn occurrences(text: &str, at: usize) -> Vec<Occurrence> {
    let file = syntax::parse(text);
    let all = all(&file);
    let Some((name, _)) = all.iter().find(|(_, one)| one.span.start <= at && at <= one.span.end) else {
        return Vec::new();
    };
    let is_stage_defined = |wanted: &Name| all.iter().any(|(name, one)| name == wanted && one.defines);
    // `--from=alpine` is an image as long as no stage has the name.
    if matches!(name, Name::Stage(_)) && !is_stage_defined(name) {
        return Vec::new();
    }
    all.iter().filter(|(other, _)| other == name).map(|(_, one)| one.clone()).collect()
}

/// Where the name at a byte gets its meaning: the nearest definition before it, else the first.
pub fn definition(text: &str, at: usize) -> Option<Span> {
    let defining: Vec<Occurrence> = occurrences(text, at).into_iter().filter(|one| one.defines).collect();
    let before = defining.iter().rev().find(|one| one.span.start <= at);
    before.or(defining.first()).map(|one| one.span.clone())
}

/// Gives the name at a byte another one, everywhere.
///
/// # Errors
/// A reason for people: nothing to rename there, a name that cannot be, or one that is taken.
pub fn rename(text: &str, at: usize, new: &str) -> Result<Vec<TextEdit>, &'static str> {
    let file = syntax::parse(text);
    let places = occurrences(text, at);
    let Some(first) = places.first() else {
        return Err("nothing-to-rename");
    };
    let all = all(&file);
    let own = all.iter().find(|(_, one)| one == first).map(|(name, _)| name);
    let is_stage = matches!(own, Some(Name::Stage(_)));
    let fits = match is_stage {
        true => {
            new.starts_with(|c: char| c.is_ascii_lowercase())
                && new.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c))
        }
        false => new.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') && new.chars().all(is_name),
    };
    if !fits {
        return Err("bad-name");
    }
    let wanted = if is_stage { Name::Stage(new.to_string()) } else { Name::Variable(new.to_string()) };
    if own != Some(&wanted) && all.iter().any(|(name, _)| *name == wanted) {
        return Err("name-taken");
    }
    Ok(places.into_iter().map(|one| TextEdit { span: one.span, insert: new.to_string() }).collect())
}

/// The names of the stages before a byte, in lower case.
pub(super) fn stages_before(file: &File, at: usize) -> Vec<String> {
    let froms = file.nodes.iter().filter(|node| node.head.kind == Some(Keyword::From) && node.span.end < at);
    froms.filter_map(|node| file.words(node).nth(2).map(str::to_lowercase)).collect()
}

/// The names of variables that are declared before a byte in its stage, and of all global ARGs.
pub(super) fn variables_before(file: &File, at: usize) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut global = Vec::new();
    let mut in_stage = false;
    for node in file.nodes.iter().take_while(|node| node.span.start < at) {
        let is_from = node.head.kind == Some(Keyword::From);
        if is_from && !in_stage {
            global = std::mem::take(&mut names);
        }
        if is_from {
            in_stage = true;
            names.clear();
        }
        names.extend(defined(file, node).map(|(name, _)| name.to_string()));
    }
    let on_from = file
        .nodes
        .iter()
        .any(|node| node.head.kind == Some(Keyword::From) && node.span.start <= at && at <= node.span.end);
    if on_from || !in_stage { if in_stage { global } else { names } } else { names }
}

/// The names that ARG and ENV give a value, with their places.
fn defined<'a>(file: &'a File<'_>, node: &'a Node<'_>) -> impl Iterator<Item = (&'a str, Option<Span>)> {
    let step = match node.head.kind {
        Some(Keyword::Arg) => 1,
        Some(Keyword::Env) => 3,
        _ => usize::MAX,
    };
    let words = if step == usize::MAX { Vec::new() } else { file.placed_words(node) };
    words.into_iter().step_by(step.min(3)).filter_map(|(word, span)| {
        let name = word.split('=').next().unwrap_or(word);
        (!name.is_empty() && name.chars().all(is_name))
            .then(|| (name, span.map(|span| span.start..span.start + name.len())))
    })
}

/// Every name of a file with its places, in order.
fn all(file: &File) -> Vec<(Name, Occurrence)> {
    let mut found = Vec::new();
    let mut stages: BTreeSet<String> = BTreeSet::new();
    for node in &file.nodes {
        let mut stage = |name: &str, span: Option<Span>, defines: bool| {
            if let Some(span) = span {
                found.push((Name::Stage(name.to_lowercase()), Occurrence { span, defines }));
            }
        };
        if node.head.kind == Some(Keyword::From) {
            let words = file.placed_words(node);
            if let Some((base, span)) = words.first()
                && stages.contains(*base)
            {
                stage(base, span.clone(), false);
            }
            if let Some((name, span)) = words.get(2) {
                stage(name, span.clone(), true);
                stages.insert(name.to_lowercase());
            }
        }
        for (from, span) in froms(file, node) {
            stage(from, span, false);
        }
        for (name, span) in defined(file, node) {
            if let Some(span) = span {
                found.push((Name::Variable(name.to_string()), Occurrence { span, defines: true }));
            }
        }
        for (name, span) in used(file, node) {
            found.push((Name::Variable(name), Occurrence { span, defines: false }));
        }
    }
    found.sort_by_key(|(_, one)| one.span.start);
    found
}

/// What `--from=` and `from=` of mounts name.
fn froms<'a>(file: &'a File<'_>, node: &'a Node<'_>) -> Vec<(&'a str, Option<Span>)> {
    let mut found = Vec::new();
    if !matches!(node.head.kind, Some(Keyword::Copy | Keyword::Run)) {
        return found;
    }
    let places = file.places(node);
    for (flag, at) in file.placed_flags(node) {
        let from = match node.head.kind {
            Some(Keyword::Copy) => flag.strip_prefix("--from="),
            Some(Keyword::Run) => flag
                .strip_prefix("--mount=")
                .and_then(|mount| mount.split(',').find_map(|field| field.strip_prefix("from="))),
            _ => None,
        };
        let Some(from) = from.filter(|from| !from.is_empty()) else {
            continue;
        };
        // The flag as written, unless quotes were taken from it.
        let place = at.and_then(|start| {
            let inside = flag.find(&format!("from={from}"))? + "from=".len();
            places.span(start + inside..start + inside + from.len())
        });
        found.push((from, place));
    }
    found
}

/// `$name` and `${name…}` anywhere in an instruction's lines, here-documents included.
pub(super) fn used(file: &File, node: &Node) -> Vec<(String, Span)> {
    let text = file.text.get(node.span.clone()).unwrap_or("");
    let mut found = Vec::new();
    for (at, _) in text.match_indices('$') {
        // An escaped sign names nothing; nor does a second one.
        if text.get(..at).is_some_and(|before| before.ends_with(['\\', '$'])) {
            continue;
        }
        let rest = text.get(at + 1..).unwrap_or("");
        let skip = usize::from(rest.starts_with('{'));
        let span = word_around(text, at + 1 + skip, is_name);
        let name = text.get(at + 1 + skip..span.end).unwrap_or("");
        if !name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit()) {
            let start = node.span.start + at + 1 + skip;
            found.push((name.to_string(), start..start + name.len()));
        }
    }
    found
}

/// The variable that is used at a byte.
pub(super) fn variable_at(file: &File, node: &Node, at: usize) -> Option<(String, Span)> {
    let uses = used(file, node).into_iter();
    let definitions = defined(file, node).filter_map(|(name, span)| Some((name.to_string(), span?)));
    uses.chain(definitions).find(|(_, span)| span.start <= at && at <= span.end)
}
