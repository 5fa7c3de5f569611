//! Who can replace a folder: the owners and the permissions of all folders and links on the way to it. This is the rule
//! by which sshd and sudo trust a file.

use std::collections::VecDeque;
use std::ffi::OsString;
use std::fs::Metadata;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

/// Links on the way to a folder. The kernel follows as many (`MAXSYMLINKS`).
const MAX_LINKS: usize = 40;
/// What is wrong with a folder that others may write to.
pub(super) const WRITABLE: &str = "may be written by other users (chmod go-w)";

/// The message that refuses a state folder because of a path.
pub(super) fn refused(path: &Path, what: &str) -> String {
    format!(
        "{} {what}; choose another folder with --state, or read docs/operating.md about --state-is-private",
        path.display()
    )
}

/// The users whose folders are trusted: root and the user of this process.
#[derive(Clone, Copy, Debug)]
pub(super) struct Owners {
    user: u32,
    /// The group of the user that has no other members, if there is one. Many systems make folders writable for it.
    private_group: Option<u32>,
}

impl Owners {
    /// Root and the user of this process.
    pub(super) fn of_process() -> Self {
        let user = rustix::process::geteuid().as_raw();
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        Owners { user, private_group: private_group(user, &read("/etc/passwd"), &read("/etc/group")) }
    }

    /// Whether a file belongs to one of them.
    pub(super) fn include(&self, meta: &Metadata) -> bool {
        [0, self.user].contains(&meta.uid())
    }

    /// Whether other users may make, rename or remove files of a folder. In a folder with the sticky bit, such as
    /// `/tmp`, they cannot rename or remove what belongs to somebody else.
    ///
    /// With an access control list the bits of the group are those that any user of the list may have.
    pub(super) fn others_may_write(&self, folder: &Path, meta: &Metadata) -> bool {
        let has_list =
            rustix::fs::getxattr(folder, "system.posix_acl_access", &mut [0_u8; 0][..]).is_ok_and(|length| length > 0);
        let is_private = self.private_group == Some(meta.gid()) && !has_list;
        let by_group = meta.mode() & 0o020 != 0 && !is_private;
        (by_group || meta.mode() & 0o002 != 0) && meta.mode() & 0o1000 == 0
    }

    /// Checks that no other user can replace a folder, as far as it exists: each folder and each link on the way to it
    /// belongs to root or to this user, and others may not write to these folders. The last folder is checked, too.
    ///
    /// # Errors
    /// The path, why it is refused, and what to do.
    pub(super) fn check_path(&self, folder: &Path) -> Result<(), String> {
        let unreadable = |path: &Path, error: &std::io::Error| refused(path, &format!("cannot be read: {error}"));
        let absolute = std::path::absolute(folder).map_err(|error| unreadable(folder, &error))?;
        let mut rest: VecDeque<OsString> = names(&absolute).collect();
        let mut at = PathBuf::from("/");
        self.check_folder(&at)?;
        let mut links = 0;
        while let Some(name) = rest.pop_front() {
            if name == ".." {
                at.pop();
                continue;
            }
            let next = at.join(name);
            match std::fs::symlink_metadata(&next) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(unreadable(&next, &error)),
                Ok(meta) if meta.is_symlink() => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(refused(&next, "is a link that leads to a link, and so on"));
                    }
                    if !self.include(&meta) {
                        return Err(refused(&next, "is a link that belongs to another user"));
                    }
                    let target = std::fs::read_link(&next).map_err(|error| unreadable(&next, &error))?;
                    if target.is_absolute() {
                        at = PathBuf::from("/");
                    }
                    names(&target).rev().for_each(|name| rest.push_front(name));
                }
                Ok(_) => {
                    self.check_folder(&next)?;
                    at = next;
                }
            }
        }
        Ok(())
    }

    fn check_folder(&self, folder: &Path) -> Result<(), String> {
        match std::fs::symlink_metadata(folder) {
            Err(error) => Err(refused(folder, &format!("cannot be read: {error}"))),
            Ok(meta) if !meta.is_dir() => Err(refused(folder, "is not a folder")),
            Ok(meta) if !self.include(&meta) => Err(refused(folder, "belongs to another user")),
            Ok(meta) if self.others_may_write(folder, &meta) => Err(refused(folder, WRITABLE)),
            Ok(_) => Ok(()),
        }
    }
}

/// The names of a path; `..` is one.
fn names(path: &Path) -> impl DoubleEndedIterator<Item = OsString> {
    path.components().filter_map(|component| match component {
        Component::Normal(name) => Some(name.to_os_string()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    })
}

/// The group that has the name of a user, is the user's only one in passwd, and has no other member. `passwd` and
/// `group` are the texts of these files. Root has none.
fn private_group(user: u32, passwd: &str, group: &str) -> Option<u32> {
    let users: Vec<Vec<&str>> = passwd.lines().map(|line| line.split(':').collect()).collect();
    let (name, id) = users.iter().find_map(|fields| match fields[..] {
        [name, _, uid, gid, ..] if user != 0 && uid.parse() == Ok(user) => Some((name, gid.parse::<u32>().ok()?)),
        _ => None,
    })?;
    let others = users.iter().any(|fields| {
        let has_group = fields.get(3).and_then(|gid| gid.parse().ok()) == Some(id);
        has_group && fields.first() != Some(&name)
    });
    // A group may have several lines, also with other names.
    let mut lines = group.lines().filter_map(|line| match line.split(':').collect::<Vec<_>>()[..] {
        [of, _, gid, members] if gid.parse() == Ok(id) => Some(of == name && (members.is_empty() || members == name)),
        _ => None,
    });
    let is_private = lines.next() == Some(true) && lines.all(|is_own| is_own);
    (is_private && !others).then_some(id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};

    fn check(path: &Path) -> Result<(), String> {
        Owners::of_process().check_path(path)
    }

    #[test]
    fn each_folder_on_the_way_must_be_safe() {
        let top = tempfile::tempdir().unwrap();
        let (parent, folder) = (top.path().join("parent"), top.path().join("parent/state/of/a/server"));
        fs::create_dir_all(&folder).unwrap();
        assert_eq!(check(&folder), Ok(()));
        assert_eq!(check(&folder.join("not/yet/made")), Ok(()));
        for (mode, is_refused) in [(0o777, true), (0o775, true), (0o1777, false), (0o755, false)] {
            for changed in [&parent, &folder] {
                fs::set_permissions(changed, Permissions::from_mode(mode)).unwrap();
                let error = check(&folder).err().unwrap_or_default();
                assert_eq!(error.contains("may be written by other users"), is_refused, "{mode:o} {error}");
                if is_refused {
                    assert!(error.starts_with(&format!("{} ", changed.display())), "{error}");
                    assert!(error.contains("chmod go-w") && error.contains("--state"), "{error}");
                }
                fs::set_permissions(changed, Permissions::from_mode(0o755)).unwrap();
            }
        }
        fs::write(parent.join("file"), "").unwrap();
        assert!(check(&parent.join("file/state")).unwrap_err().contains("is not a folder"));
    }

    #[test]
    fn a_link_is_as_safe_as_its_owner_and_its_target() {
        let top = tempfile::tempdir().unwrap();
        let (target, link) = (top.path().join("target"), top.path().join("link"));
        fs::create_dir(&target).unwrap();
        symlink("target/../target/.", &link).unwrap();
        assert_eq!(check(&link.join("state")), Ok(()));
        fs::set_permissions(&target, Permissions::from_mode(0o777)).unwrap();
        assert!(check(&link.join("state")).unwrap_err().contains("may be written"));
        fs::set_permissions(&target, Permissions::from_mode(0o755)).unwrap();
        symlink("round", top.path().join("round")).unwrap();
        assert!(check(&top.path().join("round")).unwrap_err().contains("leads to a link"));
        // Only root may give a file away.
        if lchown(&link, Some(12_345), None).is_ok() {
            assert!(check(&link.join("state")).unwrap_err().contains("a link that belongs to another user"));
            chown(&target, Some(12_345), None).unwrap();
            assert!(check(&target.join("state")).unwrap_err().contains("belongs to another user"));
        }
    }

    #[test]
    fn the_private_group_of_a_user_has_no_other_member() {
        let passwd = "root:x:0:0::/root:/bin/sh\nana:x:1000:1000::/home/ana:/bin/sh\nbob:x:1001:100::/:/bin/sh\n";
        let group = "root:x:0:\nana:x:1000:\nusers:x:100:\n";
        assert_eq!(private_group(1_000, passwd, group), Some(1_000));
        assert_eq!(private_group(1_000, passwd, &group.replace("ana:x:1000:", "ana:x:1000:bob")), None);
        assert_eq!(private_group(1_000, &format!("{passwd}eve:x:7:1000::/:/bin/sh\n"), group), None);
        for more in ["devs:x:1000:bob\n", "ana:x:1000:bob\n", "devs:x:1000:\n"] {
            assert_eq!(private_group(1_000, passwd, &format!("{group}{more}")), None, "{more}");
        }
        for user in [0, 1_001, 5] {
            assert_eq!(private_group(user, passwd, group), None, "{user}");
        }
    }
}
