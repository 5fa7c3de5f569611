//! Checks of `/etc/passwd` and `/etc/group` of an image. An engine reads both before it starts a container, and runc
//! reads them again inside of it: before a start, and while the step runs that may change them.

use super::overlay2_mounts::{container_root, find_file};
use super::policy::Policy;
use super::scoped_path;
use crate::problem::problem;
use stageplay_core::api::Problem;
use stageplay_core::fs::{Content, Errno, Kind};
use stageplay_core::image::Image;
use std::ffi::OsString;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Bytes that each of the two files may have. Docker keeps every line that matches, at eleven times its length (measured
/// with Docker 20.10.24).
const MAX_BYTES: u64 = 1 << 20;

/// The files, relative to the root of a container.
pub(super) const FILES: [&str; 2] = ["etc/passwd", "etc/group"];

/// `path`, relative to the root, has more than [`MAX_BYTES`].
fn too_large(path: &str, bytes: u64) -> Problem {
    let what = format!("/{path} of the image has {bytes} bytes; {MAX_BYTES} are allowed");
    problem("too-large", what, "keep fewer users and groups in it")
}

/// `path`, relative to the root, is a pipe or a device.
fn is_special(path: &str) -> Problem {
    let what = format!("/{path} of the image is a pipe or a device");
    problem("odd-file", what, "make it a regular file, or remove it")
}

/// The target of a symbolic link of an image. `at` is relative to its root.
fn link(image: &Image, at: &Path) -> Option<OsString> {
    match &image.tree.get(&format!("/{}", at.to_str()?))?.kind {
        Kind::Symlink(target) => Some(OsString::from(&**target)),
        _ => None,
    }
}

/// The regular file that a path means, `None` if there is none that an engine could read. The kernel and Docker resolve
/// links differently; both files are looked at.
///
/// # Errors
/// One of them is a pipe or a device, for which an engine may wait for ever, is too large, or cannot be found because
/// of too many links.
fn regular_file<'i>(image: &'i Image, path: &str, policy: &Policy) -> Result<Option<&'i Content>, Problem> {
    let odd = |what: String| problem("odd-file", what, "make it a regular file, or remove it");
    let absolute = format!("/{path}");
    let of_kernel = match image.tree.stat("/", &absolute) {
        Ok((_, node)) => Some(node),
        Err(error) if error.errno == Errno::Eloop => {
            return Err(odd(format!("{absolute} of the image leads through too many links")));
        }
        Err(_) => None,
    };
    let of_docker = match scoped_path::resolve(Path::new(path), |at| link(image, at)) {
        Ok(resolved) => resolved.to_str().and_then(|at| image.tree.get(&format!("/{at}"))),
        Err(_) => return Err(odd(format!("{absolute} of the image leads through too many links"))),
    };
    let mut found = None;
    for node in [of_docker, of_kernel].into_iter().flatten() {
        match &node.kind {
            Kind::File(content) if policy.bounded && content.len > MAX_BYTES => {
                return Err(too_large(path, content.len));
            }
            Kind::File(content) => found = Some(content),
            Kind::Dir { .. } => {}
            Kind::Symlink(_) | Kind::Special(_) => {
                return Err(is_special(path));
            }
        }
    }
    Ok(found)
}

/// Checks the files that an engine reads before it starts a container of an image.
///
/// # Errors
/// As [`regular_file`].
pub(super) fn check(image: &Image, policy: &Policy) -> Result<(), Problem> {
    FILES.iter().try_for_each(|path| regular_file(image, path, policy).map(drop))
}

/// Checks that a group id means itself. runc finds the groups of a program, which an engine gives as numbers, by name
/// as well as by number, so a group whose name is a number stands for another one.
///
/// # Errors
/// `/etc/group` of the image has a group whose name is the group id and whose id is another. Or it is a link that leads
/// to nothing in the image, but perhaps to something that is mounted in the container.
pub(super) fn check_group_id(image: &Image, user_and_group: &str, policy: &Policy) -> Result<(), Problem> {
    let path = "etc/group";
    let Some(content) = regular_file(image, path, policy)? else {
        let is_link = scoped_path::resolve(Path::new(path), |at| link(image, at)) != Ok(PathBuf::from(path));
        if is_link {
            let what = "/etc/group of the image is a link that leads to no file".to_string();
            return Err(problem("odd-file", what, "make it a regular file, or remove it"));
        }
        return Ok(());
    };
    let group = user_and_group.rsplit(':').next().unwrap_or("");
    let table = content.bytes().unwrap_or_default();
    let is_other = |line: &[u8]| {
        let mut fields = line.trim_ascii().split(|byte| *byte == b':').map(<[u8]>::trim_ascii);
        let (name, id) = (fields.next(), fields.nth(1));
        name == Some(group.as_bytes()) && id != Some(group.as_bytes())
    };
    if table.split(|byte| *byte == b'\n').any(is_other) {
        let what = format!("/etc/group of the image has a group with the name {group} and another id");
        return Err(problem("odd-file", what, "give the group a name that is no number"));
    }
    Ok(())
}

/// Interval between two looks at the size of the files of a container that runs.
const SIZE_CHECK_INTERVAL: Duration = Duration::from_millis(100);

/// Watches the files that the engine reads before the next step, until one of them is too large or a device, or the
/// future is dropped. `root` is the engine's data folder, if it is on this machine; else nothing is watched.
pub(super) async fn watch_user_database(id: &str, policy: &Policy, root: Option<PathBuf>) -> Problem {
    let (Some(root), true) = (root, policy.bounded) else { return std::future::pending().await };
    loop {
        tokio::time::sleep(SIZE_CHECK_INTERVAL).await;
        let (root, id) = (root.clone(), id.to_string());
        let find = move || container_root(&root, &id).and_then(|folder| odd_user_database(&folder));
        if let Some(problem) = tokio::task::spawn_blocking(find).await.ok().flatten() {
            return problem;
        }
    }
}

/// What is wrong with a file that the engine reads before the next step: it has more bytes than it may have, or it is a
/// device. Of some devices, such as `/dev/urandom`, there is no end, and nobody can stop the engine. `folder` is where
/// the container's root is mounted while it runs; beside it is what the container wrote.
fn odd_user_database(folder: &Path) -> Option<Problem> {
    [folder.to_path_buf(), folder.with_file_name("diff")].iter().find_map(|folder| {
        FILES.into_iter().find_map(|file| {
            let path = find_file(folder, file).ok()?;
            let found = std::fs::symlink_metadata(folder.join(path)).ok()?;
            let kind = found.file_type();
            // The character device 0:0 stands for a file that was removed (overlayfs: whiteout).
            if (kind.is_char_device() || kind.is_block_device()) && found.rdev() != 0 {
                return Some(is_special(file));
            }
            (kind.is_file() && found.len() > MAX_BYTES).then(|| too_large(file, found.len()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::overlay2_mounts::data_folder;
    use super::*;
    use stageplay_core::fs::{Special, Tree};

    fn image(make: impl FnOnce(&mut Tree)) -> Image {
        let mut image = Image::scratch();
        image.tree.mkdir_all("/etc", 0o755, 0, 0).unwrap();
        make(&mut image.tree);
        image
    }

    fn code(result: Result<(), Problem>) -> String {
        result.err().map(|problem| problem.code).unwrap_or_default()
    }

    fn checked(make: impl FnOnce(&mut Tree)) -> String {
        code(check(&image(make), &Policy::default()))
    }

    fn write(tree: &mut Tree, path: &str, text: impl Into<Vec<u8>>) {
        tree.write(path, Content::inline(text.into()), 0o644, 0, 0).unwrap();
    }

    fn pipe(tree: &mut Tree) {
        tree.special(Special::Fifo, "/pipe", 0o644, 0, 0).unwrap();
    }

    /// `/etc/passwd` leads through a chain of links.
    fn chain(tree: &mut Tree, links: usize, end: &str) {
        tree.symlink(end, "/l0", 0, 0).unwrap();
        for at in 1..links - 1 {
            tree.symlink(&format!("l{}", at - 1), &format!("/l{at}"), 0, 0).unwrap();
        }
        tree.symlink(&format!("/l{}", links - 2), "/etc/passwd", 0, 0).unwrap();
    }

    #[test]
    fn an_engine_is_not_made_to_wait_for_a_pipe() {
        assert_eq!(checked(|_| ()), "");
        assert_eq!(checked(|tree| write(tree, "/etc/passwd", "root:x:0:0::/:\n")), "");
        for links in [2, 40, 41, 60, 255, 256, 300] {
            let make = |tree: &mut Tree| {
                pipe(tree);
                chain(tree, links, "pipe");
            };
            assert_eq!(checked(make), "odd-file", "{links} links");
        }
        assert_eq!(checked(|tree| chain(tree, 60, "nothing")), "odd-file");
        // Docker removes the component before `..` whatever it is; the kernel finds nothing.
        for target in ["/nothing/../pipe", "/etc/group/../../pipe"] {
            let make = |tree: &mut Tree| {
                pipe(tree);
                write(tree, "/etc/group", "");
                tree.symlink(target, "/etc/passwd", 0, 0).unwrap();
            };
            assert_eq!(checked(make), "odd-file", "{target}");
        }
    }

    #[test]
    fn a_large_file_is_not_read_into_the_memory_of_an_engine() {
        let large = |tree: &mut Tree| write(tree, "/etc/group", vec![b'x'; 1 << 20 | 1]);
        assert_eq!(checked(large), "too-large");
        assert_eq!(code(check(&image(large), &Policy::trusted())), "");
        assert_eq!(checked(|tree| write(tree, "/etc/group", vec![b'x'; 1 << 20])), "");
    }

    #[test]
    fn a_group_id_is_no_name_of_another_group() {
        let of = |make: &dyn Fn(&mut Tree), user: &str| {
            code(check_group_id(&image(|tree| make(tree)), user, &Policy::default()))
        };
        for (table, user, expected) in [
            ("root:x:0:\n", "65532:65532", ""),
            ("65532:x:65532:\n", "65532:65532", ""),
            ("root:x:0:\n65532:x:0:x\n", "65532:65532", "odd-file"),
            ("  1000 :x: 0:\n", "1000:1000", "odd-file"),
            ("1000:x:word:\n", "1000:1000", "odd-file"),
            ("1000", "1000:1000", "odd-file"),
            ("1000:x:0:\n", "1000:65532", ""),
        ] {
            assert_eq!(of(&|tree| write(tree, "/etc/group", table), user), expected, "{table:?}");
        }
        assert_eq!(of(&|_| (), "1:1"), "");
        assert_eq!(of(&|tree| tree.symlink("/proc/x", "/etc/group", 0, 0).unwrap(), "1:1"), "odd-file");
    }

    #[test]
    fn what_an_engine_cannot_read_to_its_end_is_seen() {
        let (_root, merged) = data_folder();
        let code = |folder: &Path| odd_user_database(folder).map(|problem| problem.code);
        std::fs::write(merged.join("etc/passwd"), "root").unwrap();
        assert_eq!(code(&merged), None);
        std::fs::write(merged.join("large"), vec![0; 1 << 20 | 1]).unwrap();
        std::os::unix::fs::symlink("/large", merged.join("etc/group")).unwrap();
        assert_eq!(code(&merged).as_deref(), Some("too-large"));
        // The container has ended, and its root is no longer mounted.
        std::fs::rename(&merged, merged.with_file_name("diff")).unwrap();
        assert_eq!(code(&merged).as_deref(), Some("too-large"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_device_is_seen_and_a_removed_file_is_none() {
        use rustix::fs::{CWD, FileType, Mode, makedev, mknodat};
        let (_root, merged) = data_folder();
        let device = |major: u32, minor: u32| {
            let _ = std::fs::remove_file(merged.join("device"));
            let number = makedev(major, minor);
            mknodat(CWD, merged.join("device"), FileType::CharacterDevice, Mode::RUSR, number)
        };
        std::os::unix::fs::symlink("../device", merged.join("etc/passwd")).unwrap();
        // Only root may make devices; an overlay's sign of a removed file anybody may.
        if device(1, 9).is_ok() {
            assert_eq!(odd_user_database(&merged).map(|problem| problem.code).as_deref(), Some("odd-file"));
        }
        if device(0, 0).is_ok() {
            assert_eq!(odd_user_database(&merged), None);
        }
    }
}
