//! Whether unlisted files are still those of the base image: no step was told of them, and nothing may have brought others.

use super::{Doubt, Tree};
use crate::fs::path::is_within;
use std::sync::Arc;

impl Tree {
    /// Notes an absolute path that a step was told of, or below which files may be that are not listed.
    pub(crate) fn note_opened(&mut self, path: &str) {
        if !self.opened.contains(path) {
            self.opened.insert(Arc::from(path));
        }
    }

    /// Forgets what was noted: the files are those of the base image.
    pub(crate) fn close_paths(&mut self) {
        self.opened.clear();
    }

    /// Whether what is at an absolute path and below it is certainly what the base image has there, unlisted.
    pub(crate) fn is_as_in_base(&self, place: &str) -> bool {
        self.doubt != Doubt::Anything
            && self.get(place).is_none()
            && !self.opened.iter().any(|path| is_within(place, path) || is_within(path, place))
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
