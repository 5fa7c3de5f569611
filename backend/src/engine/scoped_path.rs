//! Resolution of paths inside a root as Docker's daemon does it. It differs from the kernel's: the daemon follows 255
//! links, `..` removes the component before it even if that is a file or does not exist, and what does not exist is
//! passed over.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

/// Links that Docker follows in one path (moby/sys `symlink.FollowSymlinkInScope`, `maxLoopCounter`).
const MAX_LINKS: usize = 255;
/// Components of one path with the targets of its links. Docker has no such limit.
const MAX_COMPONENTS: usize = 20_000;

/// Why a path is not resolved.
#[derive(Debug, PartialEq)]
pub(super) enum NotResolved {
    /// Docker refuses it, too: it leads through more than 255 links.
    TooManyLinks,
    /// It has more components than this server looks at.
    TooLong,
}

/// Resolves `path` inside a root. `link` returns the target if the path that it gets, relative to the root, is a
/// symbolic link; the components before its last one are none. Returns a path relative to the root, without links and
/// `..`. It need not exist.
pub(super) fn resolve(path: &Path, mut link: impl FnMut(&Path) -> Option<OsString>) -> Result<PathBuf, NotResolved> {
    let mut resolved = PathBuf::new();
    let mut pending: VecDeque<OsString> = VecDeque::new();
    let prepend = |pending: &mut VecDeque<OsString>, path: &Path| {
        path.components().rev().for_each(|part| pending.push_front(part.as_os_str().to_os_string()));
    };
    prepend(&mut pending, path);
    let (mut links, mut components) = (0, 0);
    while let Some(part) = pending.pop_front() {
        components += 1;
        if components + pending.len() > MAX_COMPONENTS {
            return Err(NotResolved::TooLong);
        }
        match Path::new(&part).components().next() {
            Some(Component::RootDir) => resolved.clear(),
            Some(Component::ParentDir) => {
                resolved.pop();
            }
            Some(Component::Normal(name)) => {
                resolved.push(name);
                let Some(target) = link(&resolved) else { continue };
                links += 1;
                if links > MAX_LINKS {
                    return Err(NotResolved::TooManyLinks);
                }
                resolved.pop();
                prepend(&mut pending, Path::new(OsStr::new(&target)));
            }
            Some(Component::CurDir | Component::Prefix(_)) | None => {}
        }
    }
    Ok(resolved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    fn resolved(path: &str, links: &[(&str, &str)]) -> Result<String, NotResolved> {
        let links: BTreeMap<&str, &str> = links.iter().copied().collect();
        resolve(Path::new(path), |at| links.get(at.to_str().unwrap()).map(OsString::from))
            .map(|path| path.to_str().unwrap().to_string())
    }

    #[test]
    fn links_stay_inside_of_the_root() {
        let ok = |text: &str| Ok(text.to_string());
        assert_eq!(resolved("/etc/passwd", &[]), ok("etc/passwd"));
        assert_eq!(resolved("/etc/passwd", &[("etc/passwd", "/pipe")]), ok("pipe"));
        assert_eq!(resolved("/etc/passwd", &[("etc/passwd", "../../../pipe")]), ok("pipe"));
        assert_eq!(resolved("/etc/passwd", &[("etc", "usr/./etc"), ("usr/etc", "../x")]), ok("x/passwd"));
    }

    #[test]
    fn a_parent_of_what_does_not_exist_is_taken_by_its_name() {
        assert_eq!(resolved("/etc/passwd", &[("etc/passwd", "/nowhere/../pipe")]), Ok("pipe".into()));
    }

    #[test]
    fn links_are_followed_255_times() {
        let names: Vec<(String, String)> = (0..400).map(|at| (format!("l{at}"), format!("l{}", at + 1))).collect();
        let links = |count: usize| -> Vec<(&str, &str)> {
            names.iter().take(count).map(|(from, to)| (from.as_str(), to.as_str())).collect()
        };
        assert_eq!(resolved("/l0", &links(255)), Ok("l255".into()));
        assert_eq!(resolved("/l0", &links(256)), Err(NotResolved::TooManyLinks));
        let long = "/a".repeat(MAX_COMPONENTS);
        assert_eq!(resolved("/l", &[("l", &long)]), Err(NotResolved::TooLong));
    }
}
