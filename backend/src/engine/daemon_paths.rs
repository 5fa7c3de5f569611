//! Paths of a builder's own folders in its messages. A build sees the files of an image below them; the folders
//! themselves are no business of whoever sent the build.

use stageplay_core::api::Problem;
use std::borrow::Cow;
use std::sync::Arc;

/// The folders in which BuildKit and Docker keep their files by default, and the beginnings of those in which they mount
/// images.
const ROOTS: [&str; 6] = [
    "/tmp/buildkit",
    "/tmp/containerd-mount",
    "/var/lib/buildkit/",
    "/var/lib/docker/",
    "/run/docker/",
    "/home/user/.local/share/buildkit/",
];
/// Folders that Docker and Podman keep in their data folder.
const OWN_FOLDERS: [&str; 17] = [
    "aufs",
    "btrfs",
    "buildkit",
    "containers",
    "devicemapper",
    "fuse-overlayfs",
    "image",
    "network",
    "overlay",
    "overlay-containers",
    "overlay-images",
    "overlay-layers",
    "overlay2",
    "tmp",
    "vfs",
    "volumes",
    "zfs",
];
/// Stands in place of a path that leads to no file of an image.
const OWN_FILE: &str = "a file of the builder";

/// The characters that end a path in a message.
const PATH_ENDS: [char; 9] = [' ', '"', '\'', ':', ',', ';', ']', ')', '\n'];

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

/// The folders of one builder.
#[derive(Clone, Debug, Default)]
pub(super) struct DaemonPaths {
    /// The folder in which the engine keeps its files (`DockerRootDir`), if it is not the default one.
    data_root: Option<Arc<str>>,
}

impl DaemonPaths {
    /// The folders of an engine that keeps its files in `data_root`.
    pub(super) fn of_data_root(data_root: &str) -> Self {
        let data_root = data_root.trim_end_matches('/');
        DaemonPaths { data_root: (data_root.starts_with('/')).then(|| data_root.into()) }
    }

    /// Whether a text begins with a path of the builder.
    fn begin(&self, text: &str) -> bool {
        let below = self.data_root.as_ref().and_then(|root| Some((root, text.strip_prefix(&**root)?)));
        ROOTS.iter().any(|root| text.starts_with(root))
            || below.is_some_and(|(root, rest)| {
                let is_path = rest.is_empty() || rest.starts_with('/') || rest.starts_with(PATH_ENDS);
                // An image may have a folder such as /data as well.
                let is_common = root.matches('/').count() == 1;
                let name = rest.trim_start_matches('/').split('/').next().unwrap_or("");
                is_path && (!is_common || OWN_FOLDERS.contains(&name))
            })
    }

    /// The position of the first path of the builder. A path that goes on before it is another one.
    fn find(&self, text: &str) -> Option<usize> {
        let goes_on = |at: usize| {
            text[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '-' | '+' | '~' | '@'))
        };
        text.match_indices('/').map(|(at, _)| at).find(|at| self.begin(&text[*at..]) && !goes_on(*at))
    }

    /// A message in which the paths of the builder's folders are paths in the image. The time grows with its length.
    pub(super) fn without<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let Some(mut start) = self.find(text) else { return Cow::Borrowed(text) };
        let (mut out, mut rest) = (String::new(), text);
        loop {
            out.push_str(&rest[..start]);
            rest = &rest[start..];
            let end = rest.find(PATH_ENDS).unwrap_or(rest.len());
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
            match self.find(rest) {
                Some(next) => start = next,
                None => break,
            }
        }
        out.push_str(rest);
        Cow::Owned(out)
    }

    /// A problem whose texts contain no paths of the builder.
    pub(super) fn clean(&self, problem: Problem) -> Problem {
        Problem { message: self.without(&problem.message).into_owned(), ..problem }
    }
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
            ("ls /backup/var/lib/docker/mine: x", "ls /backup/var/lib/docker/mine: x"),
            (
                "[/bin/sh -c ls /var/lib/docker/x]; (/run/docker/a)",
                "[/bin/sh -c ls a file of the builder]; (a file of the builder)",
            ),
            (
                "process \"/bin/sh -c cat /tmp/b\" did not complete",
                "process \"/bin/sh -c cat /tmp/b\" did not complete",
            ),
        ] {
            assert_eq!(DaemonPaths::default().without(text), expected);
        }
    }

    #[test]
    fn the_data_root_of_the_engine_is_not_shown() {
        let paths = DaemonPaths::of_data_root("/srv/engine/");
        for (text, expected) in [
            ("mkdir /srv/engine/overlay2/0a/merged/etc: x", "mkdir /etc: x"),
            ("open /srv/engine/image/overlay2/a.json: x", "open a file of the builder: x"),
            ("statfs /srv/engine: x", "statfs a file of the builder: x"),
            ("stat /srv/engineering/a: x", "stat /srv/engineering/a: x"),
            ("lstat /var/lib/docker/tmp/a: x", "lstat a file of the builder: x"),
        ] {
            assert_eq!(paths.without(text), expected);
        }
        let common = DaemonPaths::of_data_root("/data");
        let text = "cp /data/a /data: open /data/overlay2/0a/diff/b: open /data/tmp/c: x";
        assert_eq!(common.without(text), "cp /data/a /data: open /b: open a file of the builder: x");
        for root in ["/", ""] {
            assert_eq!(DaemonPaths::of_data_root(root).without("stat /a: x"), "stat /a: x", "{root:?}");
        }
        let problem = paths.clean(crate::problem::problem("engine", "open /srv/engine/a: x", ""));
        assert_eq!(problem.message, "open a file of the builder: x");
    }
}
