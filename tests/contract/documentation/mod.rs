//! The documentation: parts that are generated from the program, links, and examples.
//!
//! `UPDATE_DOCS=1 cargo test -p stageplay-tests --test contract documentation` writes the generated
//! parts of the pages anew. Without the variable the tests compare them.

mod command_line;
mod coverage;
mod lesson;
mod links;

use stageplay_tests::root;
use std::path::{Path, PathBuf};

/// A generated part of a page. In the page it stands between `<!-- NAME: generated -->` and
/// `<!-- /NAME -->`, each on a line of its own.
struct GeneratedPart {
    name: String,
    text: String,
}

impl GeneratedPart {
    fn new(name: impl Into<String>, text: &str) -> Self {
        Self { name: name.into(), text: format!("\n{}\n\n", text.trim()) }
    }
}

/// Compares a page's generated parts with `parts`; with `UPDATE_DOCS` set, writes them.
///
/// # Panics
/// If a part is missing in the page, differs, or is marked as generated and is none of `parts`.
fn check_generated(page: &str, parts: &[GeneratedPart]) {
    let path = root().join(page);
    let mut text = read(&path);
    let marked: Vec<String> = text
        .lines()
        .filter_map(|line| line.strip_prefix("<!-- ")?.strip_suffix(": generated -->").map(String::from))
        .collect();
    for name in &marked {
        assert!(
            parts.iter().any(|part| part.name == *name),
            "{page} has a generated part {name:?}, which nothing generates: remove it"
        );
    }
    for part in parts {
        let name = &part.name;
        let (start, end) = (format!("<!-- {name}: generated -->\n"), format!("<!-- /{name} -->\n"));
        let place = text.split_once(&start).and_then(|(before, rest)| {
            let (current, after) = rest.split_once(&end)?;
            Some((before.to_string(), current.to_string(), after.to_string()))
        });
        let Some((before, current, after)) = place else {
            panic!("{page} does not describe {name:?}: add a heading and the lines {start:?} and {end:?}");
        };
        if std::env::var_os("UPDATE_DOCS").is_some() {
            text = format!("{before}{start}{}{end}{after}", part.text);
        } else {
            assert!(
                current == part.text,
                "{page} differs from the program in {name:?}\nnot in the page:\n{}\nonly in the page:\n{}\n\
                 run UPDATE_DOCS=1 cargo test -p stageplay-tests --test contract documentation",
                lines_only_in(&part.text, &current),
                lines_only_in(&current, &part.text)
            );
        }
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, text).expect("the page can be written");
    }
}

/// The lines of `text` that are not in `other`.
fn lines_only_in(text: &str, other: &str) -> String {
    let lines = text.lines().filter(|line| other.lines().all(|one| one != *line));
    lines.collect::<Vec<_>>().join("\n")
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The Markdown files at the top level of the project and below `docs`, sorted.
fn pages() -> Vec<PathBuf> {
    let mut pages = Vec::new();
    let mut folders = vec![root(), root().join("docs")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() && path.starts_with(root().join("docs")) && folder != root() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    pages.sort();
    pages
}

/// Escapes what would end a cell of a Markdown table or begin HTML, outside of code.
fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for (index, part) in text.split('`').enumerate() {
        if index > 0 {
            escaped.push('`');
        }
        let part = part.replace('|', "\\|");
        escaped.push_str(&if index % 2 == 0 { part.replace('<', "&lt;") } else { part });
    }
    escaped
}
