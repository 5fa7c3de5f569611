//! The file systems that an OCI runtime mounts into a container: procfs, sysfs, and a tmpfs with devices at /dev.
//!
//! After the OCI runtime specification for Linux ("Default Filesystems", "Default Devices") and proc(5). Observed with runc
//! 1.1.5 under Docker 20.10.24, of which both builders mount the same for each RUN.

use super::Tree;
use crate::fs::content::Content;
use crate::fs::modification_time::Time;
use crate::fs::node::{Kind, Node, Special};
use crate::fs::path;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The mount points with their modes.
const MOUNT_POINTS: [(&str, u32); 3] = [("/proc", 0o555), ("/sys", 0o555), ("/dev", 0o755)];

/// Directories of which nothing can be written: sysfs, and what runtimes mount read-only in procfs.
const READ_ONLY: [&str; 5] = ["/sys", "/proc/sys", "/proc/bus", "/proc/fs", "/proc/irq"];

/// What each kernel and runtime has there. Directories hold more than is listed, unless they are [`EMPTY`].
const DIRECTORIES: [(&str, u32); 27] = [
    // The process that the container was made for. What looks at itself by /proc/self is taken for it.
    ("/proc/1", 0o555),
    ("/proc/1/fd", 0o500),
    ("/proc/1/net", 0o555),
    ("/proc/1/ns", 0o511),
    ("/proc/1/task", 0o555),
    ("/proc/bus", 0o555),
    ("/proc/fs", 0o555),
    ("/proc/irq", 0o555),
    ("/proc/sys", 0o555),
    ("/proc/sys/kernel", 0o555),
    ("/proc/sys/net", 0o555),
    ("/proc/sys/vm", 0o555),
    ("/sys/block", 0o755),
    ("/sys/bus", 0o755),
    ("/sys/class", 0o755),
    ("/sys/class/net", 0o755),
    ("/sys/dev", 0o755),
    ("/sys/devices", 0o755),
    ("/sys/firmware", 0o755),
    ("/sys/fs", 0o755),
    ("/sys/fs/cgroup", 0o755),
    ("/sys/kernel", 0o755),
    ("/sys/module", 0o755),
    ("/sys/power", 0o755),
    ("/dev/mqueue", 0o1777),
    ("/dev/pts", 0o755),
    ("/dev/shm", 0o1777),
];

const EMPTY: [&str; 2] = ["/dev/mqueue", "/dev/shm"];

/// Files that the kernel writes when they are read.
const FILES: [(&str, u32); 20] = [
    ("/proc/1/cgroup", 0o444),
    ("/proc/1/cmdline", 0o444),
    ("/proc/1/comm", 0o644),
    ("/proc/1/environ", 0o400),
    ("/proc/1/limits", 0o444),
    ("/proc/1/maps", 0o444),
    ("/proc/1/mountinfo", 0o444),
    ("/proc/1/mounts", 0o444),
    ("/proc/1/stat", 0o444),
    ("/proc/1/status", 0o444),
    ("/proc/cmdline", 0o444),
    ("/proc/cpuinfo", 0o444),
    ("/proc/devices", 0o444),
    ("/proc/filesystems", 0o444),
    ("/proc/interrupts", 0o444),
    ("/proc/loadavg", 0o444),
    ("/proc/meminfo", 0o444),
    ("/proc/stat", 0o444),
    ("/proc/uptime", 0o444),
    ("/proc/version", 0o444),
];

const LINKS: [(&str, &str); 8] = [
    ("/proc/mounts", "self/mounts"),
    ("/proc/net", "self/net"),
    ("/proc/self", "1"),
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/ptmx", "pts/ptmx"),
    ("/dev/stderr", "/proc/self/fd/2"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
];

const DEVICES: [&str; 6] = ["/dev/full", "/dev/null", "/dev/random", "/dev/tty", "/dev/urandom", "/dev/zero"];

/// The listed nodes. They belong to no tree, so that a mount costs nothing.
static NODES: LazyLock<BTreeMap<&str, Node>> = LazyLock::new(|| {
    let directories = DIRECTORIES.iter().map(|(path, mode)| {
        let partial = !EMPTY.contains(path);
        (*path, Kind::Dir { partial }, *mode)
    });
    let written = || Kind::File(Content::unknown("the kernel writes it when it is read"));
    let files = FILES.iter().map(|(path, mode)| (*path, written(), *mode));
    let links = LINKS.iter().map(|(path, target)| (*path, Kind::Symlink((*target).into()), 0o777));
    let devices = DEVICES.iter().map(|path| (*path, Kind::Special(Special::CharDevice), 0o666));
    let all = directories.chain(files).chain(links).chain(devices).enumerate();
    // Numbers from above: a tree counts its own from 1.
    let node = |index: usize, kind: Kind, mode: u32| Node {
        kind,
        mode,
        uid: 0,
        gid: 0,
        modified: Time::Past,
        ino: u64::MAX - index as u64,
        tick: 0,
        nlink: 1,
        opaque: false,
        unlisted: None,
    };
    all.map(|(index, (path, kind, mode))| (path, node(index, kind, mode))).collect()
});

/// A node of the mounted file systems.
pub(super) fn node(path: &str) -> Option<&'static Node> {
    let is_below = MOUNT_POINTS.iter().any(|(top, _)| path.starts_with(top));
    if is_below { NODES.get(path) } else { None }
}

/// Whether a path is one of a file system that is mounted read-only.
pub(super) fn is_read_only(path: &str) -> bool {
    READ_ONLY.iter().any(|top| path::is_within(path, top))
}

/// Whether a path is one of the mount points.
pub(super) fn is_mount_point(path: &str) -> bool {
    MOUNT_POINTS.iter().any(|(top, _)| *top == path)
}

/// Whether a mount point is at a path or below it.
pub(super) fn holds_mount_point(path: &str) -> bool {
    MOUNT_POINTS.iter().any(|(top, _)| path::is_within(top, path))
}

impl Tree {
    /// Mounts the file systems of a container over what is at /proc, /sys and /dev. Parent directories are not written to.
    pub(crate) fn mount_default_filesystems(&mut self) {
        for (top, mode) in MOUNT_POINTS {
            // A runtime refuses a mount point that is a link.
            if self.get(top).is_none_or(Node::is_dir) {
                self.restore(top, &Tree::new());
                self.put(top, Kind::Dir { partial: true }, mode, 0, 0);
            }
        }
        self.has_default_filesystems = true;
    }

    /// Puts back what was at the mount points in the tree `before`.
    pub(crate) fn unmount_default_filesystems(&mut self, before: &Tree) {
        self.has_default_filesystems = false;
        for (top, _) in MOUNT_POINTS {
            self.restore(top, before);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Errno;

    #[test]
    fn the_runtimes_file_systems_hide_those_of_the_image_and_leave_nothing() {
        let mut image = Tree::new();
        for folder in ["/dev", "/proc", "/etc"] {
            image.mkdir(folder, 0o755, 0, 0).unwrap();
        }
        image.write("/dev/own", Content::inline(*b"own"), 0o644, 0, 0).unwrap();
        let image = image.seal();
        let mut tree = image.clone();
        tree.mount_default_filesystems();
        for (path, is_there) in
            [("/dev/null", true), ("/proc/self/fd", true), ("/proc/mounts", true), ("/dev/own", false)]
        {
            assert_eq!(tree.stat("/", path).is_ok(), is_there, "{path}");
        }
        assert!(tree.may_hide("/", "/proc/7/status") && tree.may_hide("/", "/dev/stdin"));
        assert!(!tree.may_hide("/", "/dev/shm/x") && !tree.may_hide("/", "/procs"));
        assert_eq!(tree.mkdir("/sys/x", 0o755, 0, 0).unwrap_err().errno, Errno::Erofs);
        assert_eq!(tree.remove("/dev").unwrap_err().errno, Errno::Ebusy);
        tree.write("/dev/shm/x", Content::inline(*b"x"), 0o644, 0, 0).unwrap();
        tree.unmount_default_filesystems(&image);
        assert!(crate::fs::diff(&image, &tree).is_empty());
        assert!(tree.stat("/", "/dev/own").is_ok() && tree.stat("/", "/dev/null").is_err());
    }
}
