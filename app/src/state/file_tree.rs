//! The files of the build context as a tree, and from how many files on the tree is shown by itself.

use super::excluded_files::IgnoreLines;
use super::model::Model;
use stageplay_protocol::Workspace;
use std::collections::BTreeSet;

/// With more files the file tree is shown by itself.
const MANY_FILES: usize = 8;

/// A row of the file tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeRow {
    /// The path in the build context.
    pub path: String,
    /// Its last name.
    pub name: String,
    /// The depth in the tree, from 0.
    pub depth: usize,
    /// Whether a folder is open; `None` for a file.
    pub is_open: Option<bool>,
    /// The size of a file in bytes.
    pub bytes: u64,
    /// Whether the editor can show it.
    pub is_text: bool,
    /// The line of `.dockerignore` that leaves it out of the build context.
    pub ignored_by: Option<String>,
}

impl Model {
    /// Whether the file tree is shown: as the person wants it, else where there are more files than tabs.
    pub fn is_file_tree_shown(&self) -> bool {
        self.file_tree_is_open.unwrap_or(self.workspace.files.len() > MANY_FILES)
    }
}

/// The rows of the tree: folders first, then files, each by name. What is below a folder of `closed` is left out. `folders`
/// are folders without files.
pub fn tree_rows(workspace: &Workspace, folders: &BTreeSet<String>, closed: &BTreeSet<String>) -> Vec<TreeRow> {
    let mut all: Vec<(Vec<(u8, &str)>, TreeRow)> = Vec::new();
    let ignore = workspace.text(".dockerignore").map(IgnoreLines::new);
    let mut seen: BTreeSet<&str> = BTreeSet::new();
    let folder_paths = workspace.files.iter().flat_map(|file| parents(&file.path));
    let empty = folders.iter().flat_map(|path| parents(path).chain([path.as_str()]));
    for path in folder_paths.chain(empty) {
        if seen.insert(path) {
            let is_open = Some(!closed.contains(path));
            all.push((key(path, true), row(path, is_open, 0, false, ignore.as_ref())));
        }
    }
    for file in &workspace.files {
        let is_text = file.text().is_some();
        all.push((key(&file.path, false), row(&file.path, None, file.len(), is_text, ignore.as_ref())));
    }
    all.sort_by(|(a, _), (b, _)| a.cmp(b));
    let is_shown = |row: &TreeRow| parents(&row.path).all(|folder| !closed.contains(folder));
    all.into_iter().map(|(_, row)| row).filter(is_shown).collect()
}

fn row(path: &str, is_open: Option<bool>, bytes: u64, is_text: bool, ignore: Option<&IgnoreLines>) -> TreeRow {
    TreeRow {
        path: path.to_string(),
        name: path.rsplit('/').next().unwrap_or(path).to_string(),
        depth: path.matches('/').count(),
        is_open,
        bytes,
        is_text,
        ignored_by: ignore.and_then(|ignore| ignore.rule(path)),
    }
}

/// The order in the tree: in each folder its folders come first.
fn key(path: &str, is_folder: bool) -> Vec<(u8, &str)> {
    let count = path.matches('/').count();
    path.split('/').enumerate().map(|(index, name)| (u8::from(index == count && !is_folder), name)).collect()
}

/// The folders above a path, the highest first.
fn parents(path: &str) -> impl Iterator<Item = &str> {
    path.match_indices('/').filter_map(|(at, _)| path.get(..at))
}

/// A workspace with files, for tests.
#[cfg(test)]
pub(super) fn test_workspace(files: &[(&str, &str)]) -> Workspace {
    let json = r#"{"version":1,"engine":"docker-28","builder":"buildkit","dockerfile":"D","files":[]}"#;
    let mut workspace = Workspace::from_json(json).unwrap();
    files.iter().for_each(|(path, text)| workspace.write(path, text.to_string()));
    workspace
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_come_first_and_what_is_closed_is_left_out() {
        let workspace =
            test_workspace(&[("Dockerfile", ""), ("a.txt", ""), ("src/b.rs", ""), ("src/x/c.rs", ""), ("src-2", "")]);
        let rows = |folders: &[&str], closed: &[&str]| -> Vec<String> {
            let set = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
            let mark = |row: &TreeRow| match row.is_open {
                Some(true) => format!("{}{}/", " ".repeat(row.depth), row.name),
                Some(false) => format!("{}{}>", " ".repeat(row.depth), row.name),
                None => format!("{}{}", " ".repeat(row.depth), row.name),
            };
            tree_rows(&workspace, &set(folders), &set(closed)).iter().map(mark).collect()
        };
        assert_eq!(rows(&[], &[]), ["src/", " x/", "  c.rs", " b.rs", "Dockerfile", "a.txt", "src-2"]);
        assert_eq!(rows(&["empty/in"], &["src"]), ["empty/", " in/", "src>", "Dockerfile", "a.txt", "src-2"]);
    }

    #[test]
    fn what_dockerignore_leaves_out_is_marked_with_its_line() {
        let files = [
            (".dockerignore", "# c\n*.log\nnode_modules\n!keep.log\n"),
            ("a.log", ""),
            ("keep.log", ""),
            ("node_modules/x/y", ""),
        ];
        let rows = tree_rows(&test_workspace(&files), &BTreeSet::new(), &BTreeSet::new());
        let rule = |path: &str| rows.iter().find(|row| row.path == path).and_then(|row| row.ignored_by.clone());
        assert_eq!((rule("a.log").as_deref(), rule("keep.log")), (Some("*.log"), None));
        assert_eq!(rule("node_modules/x/y").as_deref(), Some("node_modules"));
        assert_eq!(rule("node_modules").as_deref(), Some("node_modules"));
    }
}
