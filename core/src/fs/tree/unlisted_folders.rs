//! Folders that an image may have although they are not listed.

use super::Tree;
use crate::fs::path;

/// The folders of packages and of the system's settings.
const SYSTEM_FOLDERS: [&str; 8] =
    ["/etc/", "/lib/", "/usr/lib/", "/usr/libexec/", "/usr/share/", "/var/cache/", "/var/lib/", "/var/log/"];

impl Tree {
    /// The folders of a path, itself included, that are not listed but may exist in one of the system's folders. Whoever
    /// makes them marks them as listed in part.
    pub(crate) fn unlisted_folders(&self, place: &str) -> Vec<String> {
        let mut found = Vec::new();
        let mut at = place;
        while SYSTEM_FOLDERS.iter().any(|system| at.starts_with(system)) && self.stat("/", at).is_err() {
            if self.may_hide("/", at) {
                found.push(at.to_string());
            }
            at = path::parent(at);
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_of_the_system_may_exist_where_the_listing_is_not_complete() {
        let mut tree = Tree::new();
        tree.mkdir_all("/etc/apt", 0o755, 0, 0).unwrap();
        tree.mkdir_all("/srv", 0o755, 0, 0).unwrap();
        assert!(tree.unlisted_folders("/etc/apt/sources.list.d").is_empty());
        tree.set_partial("/etc");
        tree.set_partial("/srv");
        assert!(tree.unlisted_folders("/etc/apt/sources.list.d").is_empty());
        assert_eq!(tree.unlisted_folders("/etc/yum/repos.d"), ["/etc/yum/repos.d", "/etc/yum"]);
        assert!(tree.unlisted_folders("/srv/app").is_empty());
    }
}
