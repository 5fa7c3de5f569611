//! Lets a Docker engine on this machine go on that waits for a pipe. Before it starts a container it opens
//! `/etc/passwd` and `/etc/group` of its image, and holds the container's lock meanwhile. If one of them is a pipe, it
//! waits until somebody opens the other end.

use super::scoped_path;
use super::user_database::FILES;
use bollard::Docker;
use bollard::models::ContainerStateStatusEnum;
use rustix::io::Errno;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// An engine that does not describe a container in this time may wait for a pipe.
const DESCRIBE_TIMEOUT: Duration = Duration::from_secs(2);
/// Interval between two looks at a container that has not started.
const START_CHECK_INTERVAL: Duration = Duration::from_millis(250);
/// Attempts for one container. The engine opens one file after the other.
const MAX_ATTEMPTS: u32 = 8;

/// Waits until the container of a step has started, and releases the engine if it waits for a pipe. `root` is
/// the engine's data folder, which must be on this machine. Without the right to look into it nothing is released.
pub(super) async fn release_engine(docker: &Docker, id: &str, root: &Path) {
    let mut attempts = 0;
    while attempts < MAX_ATTEMPTS {
        let described = tokio::time::timeout(DESCRIBE_TIMEOUT, docker.inspect_container(id, None)).await;
        if let Ok(described) = described {
            let state = described.ok().and_then(|found| found.state).unwrap_or_default();
            if state.status != Some(ContainerStateStatusEnum::CREATED) {
                return;
            }
            tokio::time::sleep(START_CHECK_INTERVAL).await;
            continue;
        }
        attempts += 1;
        let (root, id) = (root.to_path_buf(), id.to_string());
        // An error means that nothing can be released.
        let _ = tokio::task::spawn_blocking(move || {
            if let Some(folder) = container_root(&root, &id) {
                for file in FILES {
                    let _ = open_pipe(&folder, file);
                }
            }
        })
        .await;
    }
}

/// The folder in which an engine with the storage driver overlay2 mounts the root of a container. `id` may be
/// shortened.
fn container_root(root: &Path, id: &str) -> Option<PathBuf> {
    let mounts = std::fs::read_dir(root.join("image/overlay2/layerdb/mounts")).ok()?;
    let mut names = mounts.flatten().map(|entry| entry.path());
    let found = names.find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(id)))?;
    let layer = std::fs::read_to_string(found.join("mount-id")).ok()?;
    let is_id = !layer.is_empty() && layer.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_id.then(|| root.join("overlay2").join(layer).join("merged"))
}

/// Opens a pipe below a folder for writing, and closes it. Links of the image are followed as Docker does, and lead
/// nowhere outside of the folder. What is no pipe, or has no reader, is left alone.
#[cfg(target_os = "linux")]
fn open_pipe(folder: &Path, file: &str) -> Result<(), Errno> {
    use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, open, openat2, readlinkat};
    use std::os::fd::AsRawFd;
    use std::os::unix::ffi::OsStringExt;

    let parent = openat2(CWD, folder, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::empty())?;
    // A path without links. The container's processes do not run yet, and if they did, they could lead nowhere.
    let find = |path: &Path| {
        let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
        openat2(&parent, path, OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC, Mode::empty(), resolve)
    };
    // The target of an opened link; an error if it is none.
    let link = |path: &Path| Some(OsString::from_vec(readlinkat(find(path).ok()?, "", Vec::new()).ok()?.into_bytes()));
    let path = scoped_path::resolve(Path::new(file), link).map_err(|_| Errno::LOOP)?;
    let found = find(&path)?;
    if FileType::from_raw_mode(fstat(&found)?.st_mode) != FileType::Fifo {
        return Ok(());
    }
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    open(format!("/proc/self/fd/{}", found.as_raw_fd()), flags, Mode::empty()).map(drop)
}

/// Only Linux keeps links inside of a folder.
#[cfg(not(target_os = "linux"))]
fn open_pipe(_: &Path, _: &str) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};

    /// A data folder with the root of one container.
    fn engine() -> (tempfile::TempDir, PathBuf) {
        let root = tempfile::tempdir().unwrap();
        let mount = root.path().join(format!("image/overlay2/layerdb/mounts/{}", "0a".repeat(32)));
        std::fs::create_dir_all(&mount).unwrap();
        std::fs::write(mount.join("mount-id"), "layer1").unwrap();
        let merged = root.path().join("overlay2/layer1/merged");
        std::fs::create_dir_all(merged.join("etc")).unwrap();
        (root, merged)
    }

    fn pipe(path: &Path) {
        mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    }

    #[test]
    fn who_waits_for_a_pipe_goes_on() {
        let (root, merged) = engine();
        assert_eq!(container_root(root.path(), &"0a".repeat(6)), Some(merged.clone()));
        assert_eq!(container_root(root.path(), "0b0b0b0b0b0b"), None);
        // An absolute link of the image leads to a file of the image. Docker follows 255 links, and it takes the
        // component before `..` for a folder.
        pipe(&merged.join("pipe"));
        for at in 0..200 {
            let target = if at == 0 { "/nothing/../pipe".into() } else { format!("l{}", at - 1) };
            std::os::unix::fs::symlink(target, merged.join(format!("l{at}"))).unwrap();
        }
        for target in ["/pipe", "../l199"] {
            std::os::unix::fs::symlink(target, merged.join("etc/passwd")).unwrap();
            let path = merged.join("pipe");
            let reader = std::thread::spawn(move || std::fs::read(path));
            while open_pipe(&merged, FILES[0]) == Err(Errno::NXIO) {
                std::thread::sleep(Duration::from_millis(1));
            }
            assert_eq!(reader.join().unwrap().unwrap(), b"");
            std::fs::remove_file(merged.join("etc/passwd")).unwrap();
        }
    }

    #[test]
    fn nothing_else_is_opened() {
        let (root, merged) = engine();
        // A pipe outside of the container's root has a reader, and nobody opens it.
        pipe(&root.path().join("pipe"));
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let _reader = open(root.path().join("pipe"), flags, Mode::empty()).unwrap();
        std::os::unix::fs::symlink(root.path().join("pipe"), merged.join("etc/passwd")).unwrap();
        std::os::unix::fs::symlink("../../../../pipe", merged.join("etc/group")).unwrap();
        for file in FILES {
            assert_eq!(open_pipe(&merged, file), Err(Errno::NOENT));
            std::fs::remove_file(merged.join(file)).unwrap();
        }
        std::fs::write(merged.join("etc/passwd"), "kept").unwrap();
        open_pipe(&merged, FILES[0]).unwrap();
        assert_eq!(std::fs::read(merged.join("etc/passwd")).unwrap(), b"kept");
    }
}
