//! The files that an engine itself puts into the container of a RUN.

use crate::fs::{Content, Kind, Tree, path};

/// A file or link that the engine puts into a container while a command runs. It never reaches a layer.
pub(super) struct EngineFile {
    pub(super) path: &'static str,
    pub(super) kind: EngineFileKind,
}

pub(super) enum EngineFileKind {
    /// A file: its text, or for an unknown text the length in bytes where that is known.
    File(Result<&'static str, Option<u64>>),
    Link(&'static str),
}

/// The engine's own files. Observed with Docker 20.10.24: the classic builder's container has a layer of its own with
/// these files; BuildKit mounts two files, the first of which is always the same.
pub(super) fn engine_files(classic: bool) -> &'static [EngineFile] {
    use EngineFileKind::{File, Link};
    const CLASSIC: &[EngineFile] = &[
        EngineFile { path: "/.dockerenv", kind: File(Ok("")) },
        EngineFile { path: "/etc/hosts", kind: File(Err(None)) },
        // Twelve digits of the container's id and a line end.
        EngineFile { path: "/etc/hostname", kind: File(Err(Some(13))) },
        EngineFile { path: "/etc/resolv.conf", kind: File(Err(None)) },
        EngineFile { path: "/etc/mtab", kind: Link("/proc/mounts") },
    ];
    const HOSTS: &str = "127.0.0.1\tlocalhost buildkitsandbox\n::1\tlocalhost ip6-localhost ip6-loopback\n";
    const BUILDKIT: &[EngineFile] = &[
        EngineFile { path: "/etc/hosts", kind: File(Ok(HOSTS)) },
        EngineFile { path: "/etc/resolv.conf", kind: File(Err(None)) },
    ];
    if classic { CLASSIC } else { BUILDKIT }
}

/// Puts the engine's own files into the tree. It does not change the time or the tick of their directories.
pub(super) fn mount_engine_files(tree: &mut Tree, classic: bool) {
    for file in engine_files(classic) {
        let folder = path::parent(file.path);
        // The engine makes /etc where an image has none, in a layer that is not the image's.
        if tree.stat("/", folder).is_err() {
            continue;
        }
        let kind = match &file.kind {
            EngineFileKind::Link(target) => Kind::Symlink((*target).into()),
            EngineFileKind::File(Ok(text)) => Kind::File(Content::inline(text.as_bytes())),
            EngineFileKind::File(Err(len)) => Kind::File(match len {
                Some(len) => Content::partial([], *len),
                None => Content::unknown("the engine writes it, for this machine's network"),
            }),
        };
        // A mounted file hides the image's file. Directories and links of the image stay.
        let hides = matches!(file.kind, EngineFileKind::File(_));
        tree.mount(file.path, kind, hides);
    }
}

/// Makes the mount points that BuildKit's runtime makes where an image lacks them. They stay in the layer, and a mount
/// point made in /etc changes the time of /etc (observed with Docker 20.10.24).
pub(super) fn make_mount_points(tree: &mut Tree) {
    for directory in ["/proc", "/dev", "/sys", "/etc"] {
        if tree.stat("/", directory).is_err() {
            let _ = tree.mkdir_all(directory, 0o755, 0, 0);
        }
    }
    let Ok((etc, node)) = tree.stat("/", "/etc") else { return };
    let listed = matches!(node.kind, Kind::Dir { partial: false });
    if listed && engine_files(false).iter().any(|file| tree.stat("/", file.path).is_err()) {
        tree.touch(&etc);
    }
}
