//! What a container holds on the engine's disk beside its own layer, which the engine does not count:
//! volumes, and files that are open and have no name. It is looked at where the engine is on this machine
//! and this server may look.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// Files that are looked at in one go, at the most: those of volumes, and those that are open.
const MOST_FILES: usize = 200_000;

/// Bytes of volumes and of open files without a name.
pub(super) fn beside(process: u32, volumes: &[PathBuf]) -> u64 {
    let mut count = 0;
    let in_volumes: u64 = volumes.iter().map(|volume| below(volume, &mut count)).sum();
    in_volumes.saturating_add(nameless(process, volumes))
}

/// Bytes on disk below a folder; links are not followed.
fn below(folder: &Path, count: &mut usize) -> u64 {
    let mut bytes = 0u64;
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            *count += 1;
            if *count > MOST_FILES {
                // So many files are too much, whatever they hold.
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

/// Bytes of files without a name that processes of a container have open, each file once.
fn nameless(process: u32, volumes: &[PathBuf]) -> u64 {
    let proc = Path::new("/proc");
    let space = |process: &Path| fs::read_link(process.join("ns/pid")).ok();
    let first = proc.join(process.to_string());
    let Some(own) = space(&first).filter(|own| Some(own) != space(Path::new("/proc/self")).as_ref()) else { return 0 };
    // Memory that is a file to its process is counted as memory.
    let disks: BTreeSet<u64> = std::iter::once(first.join("root/."))
        .chain(volumes.iter().cloned())
        .filter_map(|path| fs::metadata(path).ok())
        .map(|meta| meta.dev())
        .collect();
    let mut known = BTreeSet::new();
    let mut bytes = 0u64;
    let processes = fs::read_dir(proc).into_iter().flatten().flatten().map(|entry| entry.path());
    let inside = processes.filter(|path| space(path).as_ref() == Some(&own));
    let open = inside.flat_map(|path| fs::read_dir(path.join("fd")).into_iter().flatten().flatten());
    for file in open.take(MOST_FILES) {
        // Followed: the link is the open file itself.
        let Ok(meta) = fs::metadata(file.path()) else { continue };
        if meta.is_file() && meta.nlink() == 0 && disks.contains(&meta.dev()) && known.insert((meta.dev(), meta.ino()))
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
    fn a_volume_weighs_what_its_files_do() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("d")).unwrap();
        fs::write(folder.path().join("d/f"), vec![1; 100_000]).unwrap();
        std::os::unix::fs::symlink("/", folder.path().join("out")).unwrap();
        let bytes = beside(1, &[folder.path().to_path_buf()]);
        assert!((100_000..200_000).contains(&bytes), "{bytes}");
        assert_eq!(below(folder.path(), &mut MOST_FILES.clone()), u64::MAX);
    }
}
