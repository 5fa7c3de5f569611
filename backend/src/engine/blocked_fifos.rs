//! Lets a Docker engine on this machine go on that waits for a pipe. Before it starts a container it opens
//! `/etc/passwd` and `/etc/group` of its image, and holds the container's lock meanwhile. If one of them is a pipe, it
//! waits until somebody opens the other end. COPY and ADD of the classic builder open files of images, too, without a
//! container.

use super::overlay2_mounts::{builder_mounts, container_root, find_file};
use super::user_database::FILES;
use bollard::Docker;
use bollard::models::ContainerStateStatusEnum;
use rustix::io::Errno;
use std::os::unix::fs::FileTypeExt;
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

/// Entries of one mounted image that are looked at.
const MAX_ENTRIES: usize = 2_000_000;
/// Pipes of one mounted image that are looked at.
const MAX_PIPES: usize = 10_000;
/// How long pipes are released one after the other before the mounted images are listed again.
const RELEASE_TIME: Duration = Duration::from_secs(20);
/// An engine that opens no further pipe in this time does not wait for one.
const RELEASE_PAUSE: Duration = Duration::from_millis(500);
/// Interval between two looks at what the classic builder has mounted.
const MOUNT_CHECK_INTERVAL: Duration = Duration::from_secs(2);

/// Releases an engine whose classic builder waits for a pipe of an image, until the future is dropped. `root` is the
/// engine's data folder.
pub(super) async fn release_builder(root: &Path) -> std::convert::Infallible {
    let mut interval = MOUNT_CHECK_INTERVAL;
    loop {
        tokio::time::sleep(interval).await;
        let begun = std::time::Instant::now();
        release_mounted_images(root).await;
        // Large images are looked at less often.
        interval = MOUNT_CHECK_INTERVAL.max(begun.elapsed() * 5);
    }
}

/// Releases an engine that waits for a pipe of an image which its classic builder has mounted. Returns whether it did.
pub(super) async fn release_mounted_images(root: &Path) -> bool {
    let root = root.to_path_buf();
    let release = move || {
        let pipes: Vec<(PathBuf, PathBuf)> = builder_mounts(&root)
            .into_iter()
            .flat_map(|folder| pipes_below(&folder).into_iter().map(move |pipe| (folder.clone(), pipe)))
            .collect();
        let begun = std::time::Instant::now();
        let mut last_release = None;
        while !pipes.is_empty() && begun.elapsed() < RELEASE_TIME {
            for (folder, pipe) in &pipes {
                if open_pipe_at(folder, pipe).is_ok() {
                    last_release = Some(std::time::Instant::now());
                }
            }
            if last_release.is_none_or(|last| last.elapsed() > RELEASE_PAUSE) {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        last_release.is_some()
    };
    tokio::task::spawn_blocking(release).await.unwrap_or(false)
}

/// The pipes below a folder, relative to it. Links are not followed.
fn pipes_below(folder: &Path) -> Vec<PathBuf> {
    let (mut pipes, mut folders, mut entries) = (Vec::new(), vec![folder.to_path_buf()], 0);
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).into_iter().flatten().flatten() {
            entries += 1;
            if entries > MAX_ENTRIES || pipes.len() >= MAX_PIPES {
                return pipes;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => folders.push(entry.path()),
                Ok(kind) if kind.is_fifo() => {
                    pipes.extend(entry.path().strip_prefix(folder).ok().map(Path::to_path_buf));
                }
                _ => {}
            }
        }
    }
    pipes
}

/// Opens the pipe that a path of a container means, as [`open_pipe_at`]. Links are followed as Docker does.
fn open_pipe(folder: &Path, file: &str) -> Result<(), Errno> {
    open_pipe_at(folder, &find_file(folder, file)?)
}

/// Opens a pipe below a folder for writing, and closes it. No component of `path` may be a link, so that it leads
/// nowhere outside of the folder. What is no pipe is left alone.
///
/// # Errors
/// `ENXIO` if nobody reads, `EINVAL` if it is no pipe.
#[cfg(target_os = "linux")]
fn open_pipe_at(folder: &Path, path: &Path) -> Result<(), Errno> {
    use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, fstat, open, openat2};
    use std::os::fd::AsRawFd;

    let parent = openat2(CWD, folder, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), ResolveFlags::empty())?;
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_SYMLINKS | ResolveFlags::NO_XDEV;
    let found = openat2(&parent, path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty(), resolve)?;
    if FileType::from_raw_mode(fstat(&found)?.st_mode) != FileType::Fifo {
        return Err(Errno::INVAL);
    }
    let flags = OFlags::WRONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    open(format!("/proc/self/fd/{}", found.as_raw_fd()), flags, Mode::empty()).map(drop)
}

/// Only Linux keeps links inside of a folder.
#[cfg(not(target_os = "linux"))]
fn open_pipe_at(_: &Path, _: &Path) -> Result<(), Errno> {
    Err(Errno::NOSYS)
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::super::overlay2_mounts::data_folder;
    use super::*;
    use rustix::fs::{CWD, FileType, Mode, OFlags, mknodat, open};

    fn pipe(path: &Path) {
        mknodat(CWD, path, FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).unwrap();
    }

    #[test]
    fn who_waits_for_a_pipe_goes_on() {
        let (root, merged) = data_folder();
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
        let (root, merged) = data_folder();
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
        assert_eq!(open_pipe(&merged, FILES[0]), Err(Errno::INVAL));
        assert_eq!(std::fs::read(merged.join("etc/passwd")).unwrap(), b"kept");
    }

    #[tokio::test]
    async fn pipes_of_images_that_a_builder_has_mounted_are_released() {
        let (root, merged) = data_folder();
        std::fs::create_dir_all(merged.join("a/b")).unwrap();
        pipe(&merged.join("a/b/first"));
        pipe(&merged.join("second"));
        std::os::unix::fs::symlink(&merged, merged.join("a/loop")).unwrap();
        assert!(!release_mounted_images(root.path()).await, "nobody reads");
        let paths = ["a/b/first", "second", "a/b/first"].map(|path| merged.join(path));
        let reader = std::thread::spawn(move || paths.map(|path| std::fs::read(path).unwrap().len()));
        while !reader.is_finished() {
            release_mounted_images(root.path()).await;
        }
        assert_eq!(reader.join().unwrap(), [0; 3]);
        // A container's own pipes are its own.
        std::fs::create_dir_all(root.path().join("containers").join("0a".repeat(32))).unwrap();
        let flags = OFlags::RDONLY | OFlags::NONBLOCK;
        let _reader = open(merged.join("second"), flags, Mode::empty()).unwrap();
        assert!(!release_mounted_images(root.path()).await);
    }
}
