//! Which names files and folders of the build context may have.

use stageplay_protocol::Workspace;

/// The longest path, in bytes.
const MAX_PATH: usize = 400;

/// Why nothing can be written to a path: the id of the words; `None` if it can. `besides` is a file or folder that gives
/// its place up.
pub fn path_problem(workspace: &Workspace, path: &str, besides: Option<&str>) -> Option<&'static str> {
    let is_bad = path.contains(|c: char| c.is_control() || c == '\\')
        || path.split('/').any(|part| ["", ".", ".."].contains(&part));
    if path.is_empty() || is_bad {
        return Some("files.bad-path");
    }
    if path.len() > MAX_PATH {
        return Some("files.long-path");
    }
    let is_within = |inner: &str, outer: &str| inner == outer || inner.starts_with(&format!("{outer}/"));
    if besides.is_some_and(|besides| path != besides && is_within(path, besides)) {
        return Some("files.into-itself");
    }
    let mut others =
        workspace.files.iter().filter(|file| besides.is_none_or(|besides| !is_within(&file.path, besides)));
    let is_taken = others.any(|file| is_within(&file.path, path) || is_within(path, &file.path));
    is_taken.then_some("files.is-taken")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::file_tree::test_workspace;

    #[test]
    fn a_path_that_leads_out_or_is_taken_is_refused() {
        let workspace = test_workspace(&[("a", ""), ("d/e", "")]);
        for bad in ["", "/", "../x", "x/./y", "x//y", "x/", "a\\b", "a\nb"] {
            assert_eq!(path_problem(&workspace, bad, None), Some("files.bad-path"), "{bad}");
        }
        for taken in ["a", "a/b", "d", "d/e", "d/e/f"] {
            assert_eq!(path_problem(&workspace, taken, None), Some("files.is-taken"), "{taken}");
        }
        assert_eq!(path_problem(&workspace, &"x".repeat(401), None), Some("files.long-path"));
        assert_eq!(path_problem(&workspace, "d/f", None), None);
        // A file may move into the place that it gives up.
        assert_eq!(path_problem(&workspace, "d", Some("d/e")), None);
        assert_eq!(path_problem(&workspace, "d/x", Some("d")), Some("files.into-itself"));
    }
}
