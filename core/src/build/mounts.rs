//! What is mounted while a RUN is at work: its `--mount`s, the engine's own files, classic volumes.

use super::stage::Bench;
use super::{BuildError, Work};
use crate::dockerfile::Instruction;
use crate::fs::{Content, Kind, Tree, path};

/// What the engine puts into a container while a command runs, and that never reaches a layer.
struct Mounted {
    path: &'static str,
    kind: MountedKind,
}

enum MountedKind {
    /// What the engine writes: its words, or why they are not known, with the length where that is.
    File(Result<&'static str, Option<u64>>),
    Directory,
    Link(&'static str),
}

/// Observed with Docker 20.10.24: the classic builder's container has a layer of its own with these in
/// it, BuildKit mounts two files, the first of which is always the same.
fn mounted(classic: bool) -> &'static [Mounted] {
    use MountedKind::{Directory, File, Link};
    const CLASSIC: &[Mounted] = &[
        Mounted { path: "/.dockerenv", kind: File(Ok("")) },
        Mounted { path: "/dev", kind: Directory },
        Mounted { path: "/proc", kind: Directory },
        Mounted { path: "/sys", kind: Directory },
        Mounted { path: "/etc/hosts", kind: File(Err(None)) },
        // Twelve digits of the container's id.
        Mounted { path: "/etc/hostname", kind: File(Err(Some(13))) },
        Mounted { path: "/etc/resolv.conf", kind: File(Err(None)) },
        Mounted { path: "/etc/mtab", kind: Link("/proc/mounts") },
    ];
    const HOSTS: &str = "127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    const BUILDKIT: &[Mounted] = &[
        Mounted { path: "/etc/hosts", kind: File(Ok(HOSTS)) },
        Mounted { path: "/etc/resolv.conf", kind: File(Err(None)) },
    ];
    if classic { CLASSIC } else { BUILDKIT }
}

/// One `--mount`.
pub(super) struct Mount {
    pub(super) kind: String,
    pub(super) target: String,
    pub(super) from: Option<String>,
    pub(super) source: String,
    read_only: Option<bool>,
    /// Of a cache: its own, not those of the folder that it hides.
    mode: u32,
    owner: (u32, u32),
}

/// The mounts of a RUN.
pub(super) fn read(bench: &Bench, instruction: &Instruction) -> Result<Vec<Mount>, BuildError> {
    let mut all = Vec::new();
    for flag in instruction.flags.iter().filter(|flag| flag.name == "mount") {
        let mut mount = Mount {
            kind: "bind".into(),
            target: String::new(),
            from: None,
            source: "/".into(),
            read_only: None,
            mode: 0o755,
            owner: (0, 0),
        };
        for field in flag.value.as_deref().unwrap_or("").split(',') {
            let (name, value) = field.trim().split_once('=').unwrap_or((field.trim(), ""));
            let value = bench.expand(value, instruction.line)?;
            match name {
                "type" => mount.kind = value,
                "target" | "dst" | "destination" => mount.target = value,
                "from" => mount.from = Some(value),
                "source" | "src" => mount.source = value,
                "readonly" | "ro" => mount.read_only = Some(value != "false"),
                "mode" => mount.mode = u32::from_str_radix(&value, 8).unwrap_or(mount.mode),
                "uid" => mount.owner.0 = value.parse().unwrap_or(0),
                "gid" => mount.owner.1 = value.parse().unwrap_or(0),
                "readwrite" | "rw" => mount.read_only = Some(value == "false"),
                _ => {}
            }
        }
        if mount.target.is_empty() {
            mount.target = match mount.kind.as_str() {
                "secret" => format!("/run/secrets/{}", mount.source.trim_start_matches('/')),
                _ => continue,
            };
        }
        let target = path::join(&bench.image.config.working_dir, &mount.target);
        // Links on the way to it and it itself are followed.
        mount.target = bench.image.tree.resolve("/", &target, true).unwrap_or(target);
        all.push(mount);
    }
    Ok(all)
}

/// The engine's own files are there while a command runs; that they are touches nothing.
pub(super) fn mount_engine_files(tree: &mut Tree, classic: bool) {
    for one in mounted(classic) {
        let folder = path::parent(one.path);
        // The engine makes /etc where an image has none, in a layer that is not the image's.
        if tree.stat("/", folder).is_err() {
            continue;
        }
        let kind = match &one.kind {
            MountedKind::Directory => Kind::Dir { partial: true },
            MountedKind::Link(target) => Kind::Symlink((*target).into()),
            MountedKind::File(Ok(text)) => Kind::File(Content::inline(text.as_bytes())),
            MountedKind::File(Err(len)) => Kind::File(match len {
                Some(len) => Content::partial([], *len),
                None => Content::unknown("the engine writes it, for this machine's network"),
            }),
        };
        // What an image has at a mount's place is hidden; its folders and links stay as they are.
        let hides = matches!(one.kind, MountedKind::File(_));
        tree.mount(one.path, kind, hides);
    }
}

/// What is mounted cannot be removed. Files in the context or in other stages, secrets, and the
/// engine's own files under BuildKit are read-only (observed with Docker 20.10.24).
pub(super) fn hold(tree: &mut Tree, mounts: &[Mount], classic: bool) {
    for one in
        mounted(classic).iter().filter(|one| one.path.starts_with("/etc/") && matches!(one.kind, MountedKind::File(_)))
    {
        if let Ok(place) = tree.resolve("/", one.path, true) {
            tree.hold_mount(&place, !classic);
        }
    }
    for mount in mounts {
        if let Ok(place) = tree.resolve("/", &mount.target, true) {
            let usual = matches!(mount.kind.as_str(), "bind" | "secret");
            tree.hold_mount(&place, mount.read_only.unwrap_or(usual));
        }
    }
}

/// Mount points that BuildKit's runtime makes where an image lacks them, and that stay in the
/// layer; making the engine's own files in /etc touches it (observed with Docker 20.10.24).
pub(super) fn runtime_directories(tree: &mut Tree) {
    for directory in ["/proc", "/dev", "/sys", "/etc"] {
        if tree.stat("/", directory).is_err() {
            let _ = tree.mkdir_all(directory, 0o755, 0, 0);
        }
    }
    let Ok((etc, node)) = tree.stat("/", "/etc") else { return };
    let listed = matches!(node.kind, Kind::Dir { partial: false });
    if listed && mounted(false).iter().any(|file| tree.stat("/", file.path).is_err()) {
        tree.touch(&etc);
    }
}

/// Puts what mounts bring into the tree for the time of the command.
pub(super) fn mount(
    work: &mut Work,
    bench: &Bench,
    tree: &mut Tree,
    mounts: &[Mount],
    line: usize,
) -> Result<(), BuildError> {
    for mount in mounts {
        if tree.stat("/", &mount.target).is_err() && mount.kind != "secret" && mount.kind != "ssh" {
            let _ = tree.mkdir_all(&mount.target, 0o755, 0, 0);
        }
        if matches!(mount.kind.as_str(), "cache" | "tmpfs") {
            // What the image has there is hidden; a cache is empty, as in the first build.
            for (name, _) in tree.clone().children(&mount.target) {
                let _ = tree.remove(&path::join(&mount.target, name));
            }
        }
        if mount.kind == "cache" {
            tree.chmod(&mount.target, mount.mode);
            tree.chown(&mount.target, Some(mount.owner.0), Some(mount.owner.1));
        }
        if mount.kind != "bind" {
            continue;
        }
        if mount.from.is_none() {
            work.taken.push(path::join("/", &mount.source));
        }
        let from = work.source_tree(bench.index, mount.from.as_deref(), line, false)?;
        let options = crate::fs::CopyOptions { preserve_owner: true, ..Default::default() };
        let is_file = from.stat("/", &mount.source).is_ok_and(|(_, node)| !node.is_dir());
        if is_file {
            let _ = tree.remove(&mount.target);
        }
        let _ = crate::fs::copy_tree(
            &from,
            &mount.source.as_str().into(),
            tree,
            &mount.target,
            crate::fs::Rename::To,
            options,
        );
    }
    for volume in bench.image.config.volumes.iter().filter(|_| work.is_classic()) {
        let _ = tree.mkdir_all(&path::join("/", volume), 0o755, 0, 0);
    }
    Ok(())
}

/// Takes a mount away: below it the image's own files are back, and a mount point stays behind.
fn unmount(tree: &mut Tree, mounted: &Tree, image: &Tree, target: &str) {
    if image.get(target).is_some() {
        tree.restore(target, image);
        return;
    }
    let is_dir = mounted.get(target).is_some_and(|node| node.is_dir());
    if tree.get(target).is_some() {
        let _ = tree.remove(target);
    }
    if is_dir {
        let _ = tree.mkdir(target, 0o755, 0, 0);
    }
}

/// Takes everything away again that was there for the command alone.
pub(super) fn take_away(tree: &mut Tree, mounted: &Tree, bench: &Bench, mounts: &[Mount], classic: bool) {
    let image = &bench.image.tree;
    tree.release_mounts();
    for mount in mounts {
        unmount(tree, mounted, image, &mount.target);
    }
    for one in self::mounted(classic) {
        // A link that changed hands was copied up, for it is no mount.
        let kept = matches!(one.kind, MountedKind::Link(_)) && tree.get(one.path) != mounted.get(one.path);
        if !kept {
            tree.restore(one.path, image);
        }
    }
    if classic {
        for volume in &bench.image.config.volumes {
            unmount(tree, mounted, image, &path::join("/", volume));
        }
    } else {
        // The mount points stay, and nothing of what is in them.
        for folder in ["/dev", "/proc", "/sys"] {
            tree.restore(folder, mounted);
        }
    }
}
