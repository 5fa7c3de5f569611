//! Which of the files that were dropped onto the page or chosen go into the build context, and which are archives.

use stageplay_dockerfile::ignore::Ignore;
use stageplay_protocol::MAX_FILES;

/// The largest file that is taken, in bytes. Images may be that large; other files seldom are.
pub const MAX_DROPPED_FILE: f64 = 1024.0 * 1024.0 * 1024.0;
/// The most bytes of all files that are taken together. A single file may be larger: an image, a program.
const MAX_BYTES: f64 = 64.0 * 1024.0 * 1024.0;

/// A file that was dropped or chosen.
#[derive(Clone, Debug, PartialEq)]
pub struct ChosenFile {
    /// Its path below what was dropped.
    pub path: String,
    /// Its length in bytes.
    pub bytes: f64,
}

/// What is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// For each file the path under which it is taken, if it is.
    pub paths: Vec<Option<String>>,
    /// The number of files that are left out.
    pub left_out: usize,
}

/// Selects files. If there are too many for a workspace, those are left out that do not belong into the build context:
/// what `.dockerignore` names, and the repository's own files in `.git`.
///
/// # Errors
/// Too many files are left: their number.
pub fn select_files(files: &[ChosenFile], ignore: Option<&str>) -> Result<Selection, usize> {
    let fits = |taken: &[&ChosenFile]| {
        let bytes: f64 = taken.iter().map(|file| file.bytes).sum();
        taken.len() <= MAX_FILES && (taken.len() == 1 || bytes <= MAX_BYTES)
    };
    let everything: Vec<&ChosenFile> = files.iter().collect();
    let is_all = fits(&everything);
    let ignore = ignore.map(Ignore::parse).unwrap_or_default();
    let is_taken =
        |file: &ChosenFile| is_all || !(file.path.split('/').any(|part| part == ".git") || ignore.excludes(&file.path));
    let taken: Vec<&ChosenFile> = files.iter().filter(|file| is_taken(file)).collect();
    if !fits(&taken) {
        return Err(taken.len());
    }
    let paths = files.iter().map(|file| is_taken(file).then(|| file.path.clone())).collect();
    Ok(Selection { paths, left_out: files.len() - taken.len() })
}

/// Whether a file is an archive by its name.
pub fn is_archive(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    [".zip", ".tar", ".tar.gz", ".tgz", ".tar.xz", ".tar.bz2", ".tar.zst"].iter().any(|end| path.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(groups: &[(&str, usize, f64)]) -> Vec<ChosenFile> {
        let group = |(folder, count, bytes): &(&str, usize, f64)| {
            let (folder, bytes) = (folder.to_string(), *bytes);
            (0..*count).map(move |number| ChosenFile { path: format!("{folder}/{number}"), bytes }).collect::<Vec<_>>()
        };
        groups.iter().flat_map(group).collect()
    }

    #[test]
    fn a_project_loses_what_does_not_belong_into_its_context_only_if_it_must() {
        let small = files(&[(".git", 5, 1.0), ("src", 5, 1.0)]);
        assert_eq!(select_files(&small, Some("src")).unwrap().left_out, 0);
        let large = files(&[(".git", 400, 1.0), ("node_modules/a", 9_000, 1.0), ("src", 5, 1.0)]);
        let selection = select_files(&large, Some("node_modules\n")).unwrap();
        assert_eq!((selection.left_out, selection.paths.iter().flatten().count()), (9_400, 5));
        assert_eq!(select_files(&large, None), Err(9_005));
        let heavy = files(&[("data", 70, 1e6)]);
        assert_eq!(
            (select_files(&heavy, None), select_files(&heavy[..1], None).map(|one| one.left_out)),
            (Err(70), Ok(0))
        );
    }
}
