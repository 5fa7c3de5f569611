//! Circles between files: a file that needs, over others, itself.
//!
//! Read from the text: `use` declarations, and paths that start with `crate::`, `super::`, `self::` or a module's own
//! child. A child may use what its parent's `mod.rs` defines, and a re-export counts for the file that defines it.

use std::collections::{BTreeMap, BTreeSet};

/// A source file: its module path without `crate`, and its text.
pub(crate) struct File {
    /// For people: `core/src/shell/expand.rs`.
    pub(crate) name: String,
    /// `["shell", "expand"]`; empty for `lib.rs` and `main.rs`.
    pub(crate) module: Vec<String>,
    pub(crate) text: String,
}

/// The groups of files that need each other, each sorted by name. `whole`: also files of one folder.
pub(crate) fn circles(files: &[File], whole: bool) -> Vec<Vec<String>> {
    let by_module: BTreeMap<&[String], usize> =
        files.iter().enumerate().map(|(at, file)| (file.module.as_slice(), at)).collect();
    let reexports = reexports(files, &by_module);
    let mut needs: Vec<BTreeSet<usize>> = Vec::new();
    for (at, file) in files.iter().enumerate() {
        let mut found = BTreeSet::new();
        for path in paths(file, &by_module) {
            let mut path = path;
            // A re-export may lead to another one.
            for _ in 0..5 {
                match (0..=path.len()).rev().find_map(|len| reexports.get(&path[..len])) {
                    Some(target) => path = target.clone(),
                    None => break,
                }
            }
            let owner = (0..=path.len()).rev().find_map(|len| by_module.get(&path[..len]).copied());
            let Some(owner) = owner.filter(|owner| *owner != at) else { continue };
            if !file.module.starts_with(&files[owner].module) {
                found.insert(owner);
            }
        }
        needs.push(found);
    }
    let mut groups: Vec<Vec<String>> = components(&needs)
        .into_iter()
        .filter(|group| group.len() > 1)
        .filter(|group| {
            let folders: BTreeSet<&str> = group.iter().map(|at| folder(&files[*at].name)).collect();
            whole || folders.len() > 1
        })
        .map(|group| {
            let mut names: Vec<String> = group.into_iter().map(|at| files[at].name.clone()).collect();
            names.sort();
            names
        })
        .collect();
    groups.sort();
    groups
}

fn folder(name: &str) -> &str {
    name.rsplit_once('/').map_or("", |(folder, _)| folder)
}

/// The text without comments and without what stands behind the first `#[cfg(test)]`.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or("");
    code.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

/// The `use` declarations: whether they re-export, and the paths in them.
fn uses(code: &str) -> Vec<(bool, Vec<String>)> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("use ") {
        let before = code[..at].rsplit('\n').next().unwrap_or("").trim();
        let is_public = before.starts_with("pub");
        if !(before.is_empty() || is_public && !before.contains(' ')) {
            continue;
        }
        if let Some(end) = code[at..].find(';') {
            found.push((is_public, flatten(&code[at + 4..at + end])));
        }
    }
    found
}

/// `a::{b, c::{d, self}}` as `a::b`, `a::c::d`, `a::c`. Names by `as` keep it: `a::b as c`.
fn flatten(tree: &str) -> Vec<String> {
    let tree = tree.trim();
    let Some(open) = tree.find('{') else { return vec![tree.to_string()] };
    let (prefix, rest) = tree.split_at(open);
    let inner = rest.trim_start_matches('{').trim_end().trim_end_matches(',');
    let inner = inner.strip_suffix('}').unwrap_or(inner);
    let (mut depth, mut start) = (0, 0);
    let mut parts = Vec::new();
    for (at, letter) in inner.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inner[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inner[start..]);
    let parts = parts.into_iter().map(str::trim).filter(|part| !part.is_empty());
    parts
        .flat_map(flatten)
        .map(|part| match part.as_str() {
            "self" => prefix.trim_end_matches("::").to_string(),
            part => format!("{prefix}{part}"),
        })
        .collect()
}

/// A path from the crate's root; `None` if it does not start in this crate.
fn resolve(path: &str, file: &File, children: &BTreeSet<&str>) -> Option<Vec<String>> {
    let path = path.split(" as ").next().unwrap_or("").trim();
    let mut segments: Vec<&str> = path.split("::").map(str::trim).collect();
    let mut base: Vec<String> = match segments.first().copied()? {
        "crate" => Vec::new(),
        "self" => file.module.clone(),
        "super" => {
            let mut module = file.module.clone();
            while segments.first() == Some(&"super") {
                module.pop()?;
                segments.remove(0);
            }
            module.extend(segments.iter().map(ToString::to_string));
            return Some(module);
        }
        first if children.contains(first) => {
            let mut module = file.module.clone();
            module.extend(segments.iter().map(ToString::to_string));
            return Some(module);
        }
        _ => return None,
    };
    base.extend(segments.iter().skip(1).map(ToString::to_string));
    Some(base)
}

/// The modules that stand directly in a file's module.
fn children<'f>(file: &File, by_module: &BTreeMap<&'f [String], usize>) -> BTreeSet<&'f str> {
    let depth = file.module.len();
    let below = by_module.keys().filter(|module| module.len() == depth + 1 && module.starts_with(&file.module));
    below.filter_map(|module| module.last().map(String::as_str)).collect()
}

/// What a file names of its own crate, as paths from the root.
fn paths(file: &File, by_module: &BTreeMap<&[String], usize>) -> Vec<Vec<String>> {
    let code = code(&file.text);
    let children = children(file, by_module);
    let mut found: Vec<String> =
        uses(&code).into_iter().filter(|(is_public, _)| !is_public).flat_map(|(_, paths)| paths).collect();
    let is_path = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == ':';
    for word in code.split(|c| !is_path(c)) {
        let first = word.split("::").next().unwrap_or("");
        let starts_here = ["crate", "super", "self"].contains(&first) || children.contains(first);
        if word.contains("::") && starts_here {
            found.push(word.trim_end_matches(':').to_string());
        }
    }
    found.iter().filter_map(|path| resolve(path, file, &children)).collect()
}

/// Names that a module hands on, with where they are defined.
fn reexports(files: &[File], by_module: &BTreeMap<&[String], usize>) -> BTreeMap<Vec<String>, Vec<String>> {
    let mut found = BTreeMap::new();
    for file in files {
        let children = children(file, by_module);
        for path in uses(&code(&file.text)).into_iter().filter(|(is_public, _)| *is_public).flat_map(|(_, paths)| paths)
        {
            let Some(target) = resolve(&path, file, &children) else { continue };
            let name = path.rsplit_once(" as ").map_or(target.last().map(String::as_str), |(_, name)| Some(name));
            let mut own = file.module.clone();
            own.extend(name.map(str::to_string));
            if own != target {
                found.insert(own, target);
            }
        }
    }
    found
}

/// Strongly connected components (Tarjan).
fn components(needs: &[BTreeSet<usize>]) -> Vec<Vec<usize>> {
    struct Search<'g> {
        needs: &'g [BTreeSet<usize>],
        order: Vec<Option<usize>>,
        low: Vec<usize>,
        stack: Vec<usize>,
        found: Vec<Vec<usize>>,
        next: usize,
    }
    impl Search<'_> {
        fn visit(&mut self, at: usize) {
            self.order[at] = Some(self.next);
            self.low[at] = self.next;
            self.next += 1;
            self.stack.push(at);
            let needs = self.needs;
            for &other in &needs[at] {
                if self.order[other].is_none() {
                    self.visit(other);
                    self.low[at] = self.low[at].min(self.low[other]);
                } else if self.stack.contains(&other) {
                    self.low[at] = self.low[at].min(self.order[other].unwrap_or(usize::MAX));
                }
            }
            if Some(self.low[at]) == self.order[at] {
                let start = self.stack.iter().position(|one| *one == at).unwrap_or(0);
                self.found.push(self.stack.split_off(start));
            }
        }
    }
    let count = needs.len();
    let mut search =
        Search { needs, order: vec![None; count], low: vec![0; count], stack: Vec::new(), found: Vec::new(), next: 0 };
    for at in 0..count {
        if search.order[at].is_none() {
            search.visit(at);
        }
    }
    search.found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str, text: &str) -> File {
        let module = name.trim_end_matches(".rs").trim_end_matches("/mod").trim_end_matches("lib");
        let module = module.split('/').filter(|part| !part.is_empty()).map(str::to_string).collect();
        File { name: name.into(), module, text: text.into() }
    }

    #[test]
    fn a_circle_over_folders_is_found_also_behind_a_re_export() {
        let files = [
            file("lib.rs", "mod a; mod b;"),
            file("a/mod.rs", "mod deep;\npub(crate) use deep::Thing;\n"),
            file("a/deep.rs", "use crate::b::{self, work::{Job, Other}};\nstruct Thing;"),
            file("b/mod.rs", "pub mod work;"),
            file("b/work.rs", "// use crate::c\nfn f() { let x = crate::a::Thing; }"),
        ];
        assert_eq!(circles(&files, false), [["a/deep.rs", "b/work.rs"]]);
    }

    #[test]
    fn a_child_may_use_its_parent_and_tests_may_use_anything() {
        let files = [
            file("lib.rs", "mod a;"),
            file("a/mod.rs", "mod one;\nmod two;\nstruct Shared;\nfn f() { one::g() }"),
            file("a/one.rs", "use super::Shared;\nuse super::two::h;"),
            file("a/two.rs", "#[cfg(test)]\nmod tests { use super::super::one::g; }"),
        ];
        assert!(circles(&files, true).is_empty());
        let files = [file("a.rs", "use crate::b::x;"), file("b.rs", "use super::a::y;")];
        assert_eq!(circles(&files, true).len(), 1);
        assert!(circles(&files, false).is_empty(), "both stand in one folder");
    }
}
