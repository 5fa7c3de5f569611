//! The list of files: a tree of directories, or what a search finds.

use super::content_type::content_type;
use super::image_files::{FileType, PACKAGE};
use super::path_changes::{Scope, ScopedFile};
use stageplay_core::fs::path;
use stageplay_core::measure::Bounds;
use stageplay_protocol::{FileRow, PathChange};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The rows that are sent at once.
pub(crate) const MAX_ROWS: usize = 160;

/// What of the files is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Filter {
    /// Which changes, in the order of [`PathChange::ALL`].
    pub(crate) changes: [bool; 4],
    /// The text that is searched for in paths; empty for all.
    pub(crate) query: String,
    /// The id of a content type; empty for all.
    pub(crate) content_type: String,
}

impl Default for Filter {
    fn default() -> Self {
        Filter { changes: [true; 4], query: String::new(), content_type: String::new() }
    }
}

impl Filter {
    /// Whether it is a search, whose results are shown as a flat list.
    pub(crate) fn is_search(&self) -> bool {
        !self.query.trim().is_empty() || !self.content_type.is_empty()
    }
}

/// What a directory holds of the files that are shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DirectorySum {
    pub(crate) size: Bounds,
    pub(crate) files: usize,
    /// The bytes of each change.
    pub(crate) of_change: [u64; 4],
}

impl DirectorySum {
    /// The change of the most bytes.
    pub(crate) fn change(&self) -> PathChange {
        let most = PathChange::ALL.into_iter().max_by_key(|change| self.of_change[*change as usize]);
        most.unwrap_or_default()
    }
}

/// The files that are shown, by directories.
#[derive(Clone, Debug, Default)]
pub(crate) struct FilteredFiles {
    /// What is in each directory, with all below it.
    pub(crate) directories: BTreeMap<String, DirectorySum>,
    /// The paths in each directory.
    pub(crate) children: BTreeMap<String, BTreeSet<Arc<str>>>,
    /// The files that a search finds, the largest first.
    pub(crate) found: Vec<Arc<str>>,
}

impl FilteredFiles {
    pub(crate) const EMPTY: FilteredFiles =
        FilteredFiles { directories: BTreeMap::new(), children: BTreeMap::new(), found: Vec::new() };

    pub(crate) fn of(scope: &Scope, filter: &Filter) -> FilteredFiles {
        let mut files = FilteredFiles::default();
        let query = filter.query.trim().to_lowercase();
        let matches = |path: &str, file: &ScopedFile| {
            filter.changes[file.change as usize]
                && (query.is_empty() || path.to_lowercase().contains(&query))
                && (filter.content_type.is_empty() || content_type(&file.fact) == filter.content_type)
        };
        for (path, file) in scope.files.iter().filter(|(path, file)| matches(path, file)) {
            files.add(path, file);
            if filter.is_search() {
                files.found.push(path.clone());
            }
        }
        let bytes = |path: &Arc<str>| scope.files.get(path).map_or(0, |file| file.fact.size.best);
        files.found.sort_by_key(|path| Reverse(bytes(path)));
        files
    }

    fn add(&mut self, path: &Arc<str>, file: &ScopedFile) {
        let is_file = file.fact.kind != FileType::Dir;
        let mut child: Arc<str> = path.clone();
        if !is_file {
            let own = self.directories.entry(path.to_string()).or_default();
            own.size += file.fact.size;
        }
        loop {
            let directory = path::parent(&child).to_string();
            let sum = self.directories.entry(directory.clone()).or_default();
            sum.size += file.fact.size;
            sum.files += usize::from(is_file);
            let of_change = &mut sum.of_change[file.change as usize];
            *of_change = of_change.saturating_add(file.fact.size.best);
            self.children.entry(directory.clone()).or_default().insert(child);
            if directory == "/" {
                break;
            }
            child = directory.into();
        }
    }

    /// The size of a path, with all files below a directory.
    pub(crate) fn size(&self, path: &str, scope: &Scope) -> Bounds {
        let of_file = || scope.files.get(path).map(|file| file.fact.size).unwrap_or_default();
        self.directories.get(path).map_or_else(of_file, |sum| sum.size)
    }

    /// The paths in a directory, the largest first.
    pub(crate) fn sorted_children(&self, directory: &str, scope: &Scope) -> Vec<(Arc<str>, Bounds)> {
        let children = self.children.get(directory).into_iter().flatten();
        let mut children: Vec<(Arc<str>, Bounds)> =
            children.map(|path| (path.clone(), self.size(path, scope))).collect();
        children.sort_by(|(a, one), (b, other)| other.best.cmp(&one.best).then_with(|| a.cmp(b)));
        children
    }

    /// The paths of all rows with their depths: the tree below a directory, or what was found below it.
    pub(crate) fn rows(&self, scope: &Scope, filter: &Filter, at: &str, expanded: &BTreeSet<String>) -> Vec<RowPlace> {
        let mut rows = Vec::new();
        if filter.is_search() {
            let prefix = format!("{}/", at.trim_end_matches('/'));
            let found = self.found.iter().filter(|path| path.starts_with(&prefix));
            rows.extend(found.map(|path| (path.clone(), 0)));
            return rows;
        }
        // Directories that wait, the next one last.
        let mut waiting: Vec<RowPlace> = Vec::new();
        let below = |directory: &str, depth: usize| {
            let children = self.sorted_children(directory, scope).into_iter().rev();
            children.map(move |(path, _)| (path, depth)).collect::<Vec<_>>()
        };
        waiting.extend(below(at, 0));
        while let Some((path, depth)) = waiting.pop() {
            if expanded.contains(&*path) {
                waiting.extend(below(&path, depth + 1));
            }
            rows.push((path, depth));
        }
        rows
    }

    /// One row.
    pub(crate) fn row(
        &self,
        scope: &Scope,
        filter: &Filter,
        (path, depth): &RowPlace,
        expanded: &BTreeSet<String>,
    ) -> FileRow {
        let file = scope.files.get(path);
        let sum = self.directories.get(&**path);
        let size = self.size(path, scope);
        let is_dir = file.map_or(sum.is_some(), |file| file.fact.kind == FileType::Dir);
        // A directory that the filter leaves out is named for what it holds.
        let shown = file.filter(|file| filter.changes[file.change as usize]);
        let change = match (shown, sum.filter(|_| is_dir)) {
            (Some(file), _) => file.change,
            (None, Some(sum)) => sum.change(),
            (None, None) => PathChange::default(),
        };
        let before = file.filter(|file| !is_dir && file.change == PathChange::Changed).and_then(|file| file.before);
        let label = match filter.is_search() {
            true => path.replace(PACKAGE, ""),
            false => path::file_name(path).trim_start_matches(PACKAGE).to_string(),
        };
        FileRow {
            path: path.to_string(),
            label,
            depth: *depth,
            expanded: (is_dir && !filter.is_search()).then(|| expanded.contains(&**path)),
            link_target: file.and_then(|file| file.fact.target.as_ref()).map(|target| target.to_string()),
            content_type: file.map_or("dir", |file| content_type(&file.fact)).to_string(),
            mode: file.map_or(0, |file| file.fact.mode),
            owner: file.map_or((0, 0), |file| file.fact.owner),
            bytes: size.best,
            size: size.text(3),
            size_before: before.filter(|before| *before != size).map(|before| before.text(3)),
            layer: file.and_then(|file| file.fact.layer).map(|layer| layer + 1),
            change,
        }
    }
}

/// The most files of the list of the largest ones.
const MAX_LARGEST: usize = 12;

/// The largest files below a directory that a filter lets through, with their sizes.
pub(crate) fn largest_files(scope: &Scope, filter: &Filter, directory: &str) -> Vec<(String, String)> {
    let prefix = format!("{}/", directory.trim_end_matches('/'));
    let is_shown = |file: &ScopedFile| file.fact.kind == FileType::File && filter.changes[file.change as usize];
    let files = scope.files.iter().filter(|(path, file)| is_shown(file) && path.starts_with(&prefix));
    let mut files: Vec<(&Arc<str>, Bounds)> = files.map(|(path, file)| (path, file.fact.size)).collect();
    files.retain(|(_, size)| size.best > 0);
    files.sort_by(|(a, one), (b, other)| other.best.cmp(&one.best).then_with(|| a.cmp(b)));
    files.into_iter().take(MAX_LARGEST).map(|(path, size)| (path.to_string(), size.text(3))).collect()
}

/// The place of a row: its path and its depth.
pub(crate) type RowPlace = (Arc<str>, usize);
