//! Whether unlisted files are still those of the base image: no step asked for them, and no copy may have brought others.

use super::{Doubt, Tree};
use std::sync::Arc;

impl Tree {
    /// Notes that a step asked for an unlisted path, an absolute one, or that a folder may hold more than is listed.
    pub(crate) fn note_opened(&mut self, path: &str) {
        if !self.opened.contains(path) {
            self.opened.insert(Arc::from(path));
        }
    }

    /// Forgets what was noted: the files are those of the base image.
    pub(crate) fn close_paths(&mut self) {
        self.opened.clear();
    }

    /// Whether what is at an absolute path and below it, unlisted, is certainly the base image's.
    pub(crate) fn is_as_in_base(&self, place: &str) -> bool {
        let is_above = |path: &str| path == "/" || place.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        let is_below =
            |path: &str| path.strip_prefix(place).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        self.doubt != Doubt::Anything && !self.opened.iter().any(|path| is_above(path) || is_below(path))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_asked_for_is_not_certainly_the_base_images() {
        let asked = |path: &str| {
            let mut tree = Tree::new();
            tree.note_opened(path);
            tree.is_as_in_base("/etc/apt")
        };
        assert!(Tree::new().is_as_in_base("/etc/apt"));
        assert!(asked("/etc/aptly") && asked("/usr/share"));
        assert!(!asked("/etc/apt") && !asked("/etc/apt/sources.list") && !asked("/etc"));
        let mut tree = Tree::new();
        tree.set_partial("/");
        assert!(!tree.is_as_in_base("/etc/apt"));
        tree.close_paths();
        assert!(tree.is_as_in_base("/etc/apt"));
        tree.doubt_more(Doubt::Anything);
        assert!(!tree.is_as_in_base("/etc/apt"));
    }
}
