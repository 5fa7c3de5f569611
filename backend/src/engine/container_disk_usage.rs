//! Disk usage of a container that the engine does not count: volumes, and open files that were deleted. It is only
//! known if the engine is on this machine and this process may read the engine's folders and `/proc`.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Files of volumes, and open files, that are counted at once.
const MAX_FILES: usize = 200_000;

/// Bytes of a container's volumes and of its open files that were deleted. `process` is the container's first process.
pub(super) fn uncounted_bytes(process: u32, volumes: &[PathBuf]) -> u64 {
    let mut count = 0;
    let in_volumes: u64 = volumes.iter().map(|volume| folder_bytes(volume, &mut count)).sum();
    in_volumes.saturating_add(deleted_file_bytes(process, volumes))
}

/// Bytes on disk of all files below a folder. Symbolic links are not followed. `u64::MAX` if there are more than
/// [`MAX_FILES`] files.
fn folder_bytes(folder: &Path, count: &mut usize) -> u64 {
    let mut bytes = 0u64;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            *count += 1;
            if *count > MAX_FILES {
                // This many files exceed every limit, whatever their size is.
                return u64::MAX;
            }
            let Ok(meta) = entry.metadata() else { continue };
            bytes = bytes.saturating_add(meta.blocks() * 512);
            if meta.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    bytes
}

/// Bytes of deleted files that processes of a container have open. Each file counts once.
fn deleted_file_bytes(process: u32, volumes: &[PathBuf]) -> u64 {
    let proc = Path::new("/proc");
    let pid_namespace = |process: &Path| fs::read_link(process.join("ns/pid")).ok();
    let first = proc.join(process.to_string());
    let Some(namespace) =
        pid_namespace(&first).filter(|namespace| Some(namespace) != pid_namespace(Path::new("/proc/self")).as_ref())
    else {
        return 0;
    };
    // A file on a tmpfs counts as memory, not as disk.
    let disks: BTreeSet<u64> = std::iter::once(first.join("root/."))
        .chain(volumes.iter().cloned())
        .filter_map(|path| fs::metadata(path).ok())
        .map(|meta| meta.dev())
        .collect();
    let mut counted = BTreeSet::new();
    let mut bytes = 0u64;
    let processes = fs::read_dir(proc).into_iter().flatten().flatten().map(|entry| entry.path());
    let inside = processes.filter(|path| pid_namespace(path).as_ref() == Some(&namespace));
    let open = inside.flat_map(|path| fs::read_dir(path.join("fd")).into_iter().flatten().flatten());
    for file in open.take(MAX_FILES) {
        // `metadata` follows the link in `/proc`, which leads to the open file.
        let Ok(meta) = fs::metadata(file.path()) else { continue };
        if meta.is_file()
            && meta.nlink() == 0
            && disks.contains(&meta.dev())
            && counted.insert((meta.dev(), meta.ino()))
        {
            bytes = bytes.saturating_add(meta.blocks() * 512);
        }
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_a_volume_is_the_size_of_its_files() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("d")).unwrap();
        fs::write(folder.path().join("d/f"), vec![1; 100_000]).unwrap();
        std::os::unix::fs::symlink("/", folder.path().join("out")).unwrap();
        let bytes = uncounted_bytes(1, &[folder.path().to_path_buf()]);
        assert!((100_000..200_000).contains(&bytes), "{bytes}");
        assert_eq!(folder_bytes(folder.path(), &mut MAX_FILES.clone()), u64::MAX);
    }
}
