//! Paths of a builder's own folders in its messages. A build sees the files of an image below them; the folders
//! themselves are no business of whoever sent the build.

use std::borrow::Cow;

/// The beginnings of the folders in which BuildKit and Docker keep their files, and mount those of images.
const ROOTS: [&str; 6] = [
    "/tmp/buildkit",
    "/tmp/containerd-mount",
    "/var/lib/buildkit/",
    "/var/lib/docker/",
    "/run/docker/",
    "/home/user/.local/share/buildkit/",
];
/// Stands in place of a path that leads to no file of an image.
const OWN_FILE: &str = "a file of the builder";

/// Whether the root folder of an image has this name in the folders of a builder: the upper folder of a snapshot, the
/// root of a container, a merged overlay, or a folder in which something is mounted for a moment.
fn is_image_root(name: &str) -> bool {
    let is_mount = |prefix: &str| {
        let number = name.strip_prefix(prefix).unwrap_or("");
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    };
    matches!(name, "fs" | "rootfs" | "merged" | "diff")
        || is_mount("buildkit")
        || is_mount("buildkit-mount")
        || is_mount("containerd-mount")
}

/// The position of the first path of a builder.
fn next_root(text: &str) -> Option<usize> {
    text.match_indices('/').map(|(at, _)| at).find(|at| ROOTS.iter().any(|root| text[*at..].starts_with(root)))
}

/// A message in which the paths of a builder's folders are paths in the image. The time grows with its length.
pub(super) fn without_daemon_paths(text: &str) -> Cow<'_, str> {
    let Some(mut start) = next_root(text) else { return Cow::Borrowed(text) };
    let (mut out, mut rest) = (String::new(), text);
    loop {
        out.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest.find([' ', '"', '\'', ':', ',', '\n']).unwrap_or(rest.len());
        let (path, behind) = rest.split_at(end);
        let mut length = 0;
        let root = path.split('/').find_map(|name| {
            length += name.len() + 1;
            is_image_root(name).then(|| &path[length - 1..])
        });
        out.push_str(match root {
            Some("") => "/",
            Some(in_image) => in_image,
            None => OWN_FILE,
        });
        rest = behind;
        match next_root(rest) {
            Some(next) => start = next,
            None => break,
        }
    }
    out.push_str(rest);
    Cow::Owned(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_a_builder_become_paths_of_the_image() {
        for (text, expected) in [
            (
                "cannot copy to non-directory: /tmp/buildkit/runc-overlayfs/cachemounts/buildkit123/no space left",
                "cannot copy to non-directory: /no space left",
            ),
            ("lstat /tmp/buildkit-mount12/a/b: no such file", "lstat /a/b: no such file"),
            ("stat /tmp/containerd-mount7: not a directory", "stat /: not a directory"),
            (
                "rename /var/lib/buildkit/runc-overlayfs/snapshots/snapshots/5/fs/a /var/lib/docker/overlay2/0a/merged/b: x",
                "rename /a /b: x",
            ),
            (
                "write /tmp/buildkit/runc-native/content/ingest/0a/data: no space left on device",
                "write a file of the builder: no space left on device",
            ),
            (
                "process \"/bin/sh -c cat /tmp/b\" did not complete",
                "process \"/bin/sh -c cat /tmp/b\" did not complete",
            ),
        ] {
            assert_eq!(without_daemon_paths(text), expected);
        }
    }
}
