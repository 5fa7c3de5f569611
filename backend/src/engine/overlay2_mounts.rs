//! Where an engine with the storage driver overlay2 mounts the roots of containers, and those of the classic builder's
//! images.

use super::scoped_path;
use rustix::io::Errno;
use std::path::{Path, PathBuf};

/// The folder in which an engine with the storage driver overlay2 mounts the root of a container. `id` may be
/// shortened.
pub(super) fn container_root(root: &Path, id: &str) -> Option<PathBuf> {
    let mounts = std::fs::read_dir(root.join("image/overlay2/layerdb/mounts")).ok()?;
    let mut names = mounts.flatten().map(|entry| entry.path());
    let found = names.find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(id)))?;
    let layer = std::fs::read_to_string(found.join("mount-id")).ok()?;
    let is_id = !layer.is_empty() && layer.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_id.then(|| root.join("overlay2").join(layer).join("merged"))
}

/// The folders in which the classic builder of an engine with the storage driver overlay2 has mounted images. Their
/// names are 64 hexadecimal digits, as those of containers, but there is no such container. Those of BuildKit have other
/// names (observed with Docker 20.10.24).
pub(super) fn builder_mounts(root: &Path) -> Vec<PathBuf> {
    let mounts = std::fs::read_dir(root.join("image/overlay2/layerdb/mounts"));
    let names = mounts.into_iter().flatten().flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let is_builders = |name: &String| {
        name.len() == 64
            && name.bytes().all(|byte| byte.is_ascii_hexdigit())
            && std::fs::symlink_metadata(root.join("containers").join(name))
                .is_err_and(|error| error.kind() == std::io::ErrorKind::NotFound)
    };
    names.filter(is_builders).filter_map(|name| container_root(root, &name)).collect()
}

/// The path in a container that Docker reads for a file.
pub(super) fn find_file(folder: &Path, file: &str) -> Result<PathBuf, Errno> {
    let link = |path: &Path| std::fs::read_link(folder.join(path)).ok().map(PathBuf::into_os_string);
    scoped_path::resolve(Path::new(file), link).map_err(|_| Errno::LOOP)
}

/// The data folder of an engine with the root of one container, for tests: both folders.
#[cfg(test)]
pub(super) fn data_folder() -> (tempfile::TempDir, PathBuf) {
    let root = tempfile::tempdir().unwrap();
    let mount = root.path().join(format!("image/overlay2/layerdb/mounts/{}", "0a".repeat(32)));
    std::fs::create_dir_all(&mount).unwrap();
    std::fs::write(mount.join("mount-id"), "layer1").unwrap();
    let merged = root.path().join("overlay2/layer1/merged");
    std::fs::create_dir_all(merged.join("etc")).unwrap();
    (root, merged)
}
