//! `docker run -v`: which SOURCE is a volume and which a path of the host, what is refused, and what a new volume
//! holds.

use crate::fs::{Tree, path};
use crate::host::containers::{Mount, MountSource};
use crate::host::store::Store;
use crate::shell::Shell;

/// The mounts of `-v SOURCE:TARGET[:ro]`. A path of the host is relative to the working directory; a volume without a name
/// belongs to the container alone, as its own files do.
///
/// # Errors
/// The daemon's message (asked of 20.10.24).
pub(super) fn mounts<'a>(
    shell: &mut Shell,
    all: impl Iterator<Item = &'a str>,
    major: u32,
) -> Result<Vec<Mount>, String> {
    const OPTIONS: [&str; 16] = [
        "cached",
        "consistent",
        "delegated",
        "nocopy",
        "private",
        "ro",
        "rprivate",
        "rshared",
        "rslave",
        "rw",
        "shared",
        "slave",
        "z",
        "Z",
        "ro-non-recursive",
        "ro-force-recursive",
    ];
    let mut mounts = Vec::new();
    for text in all {
        let parts: Vec<&str> = text.split(':').collect();
        let (source, target, options) = match parts.as_slice() {
            [_] | [] => continue,
            [source, target] => (*source, *target, ""),
            [source, target, options] => (*source, *target, *options),
            _ => return Err(format!("invalid volume specification: '{text}'")),
        };
        if source.is_empty() && target.is_empty() {
            continue;
        }
        if let Some(wrong) = options.split(',').find(|option| !option.is_empty() && !OPTIONS.contains(option)) {
            return Err(format!("invalid mode: {wrong}"));
        }
        let is_path = source.starts_with(['/', '.', '~']);
        let kind = if is_path { "bind" } else { "volume" };
        let start = format!("invalid volume specification: '{text}': invalid mount config for type \"{kind}\": ");
        if !target.starts_with('/') {
            return Err(format!("{start}invalid mount path: '{target}' mount path must be absolute"));
        }
        let target = path::join("/", target);
        if target == "/" {
            return Err(format!("{start}invalid specification: destination can't be '/'"));
        }
        let valid = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let is_name = source.starts_with(|c: char| c.is_ascii_alphanumeric()) && source.chars().all(valid);
        // The client makes a path of what begins with a dot since 23.0.
        let is_refused = if is_path { major < 23 && source.starts_with('.') } else { !is_name };
        if is_refused {
            return Err(format!(
                "create {source}: \"{source}\" includes invalid characters for a local volume name, only \"[a-zA-Z0-9][a-zA-Z0-9_.-]\" are allowed. If you intended to pass a host directory, use absolute path"
            ));
        }
        let source = if is_path {
            let place = path::join(&shell.cwd, source);
            if shell.fs.stat("/", &place).is_err() {
                // The engine makes a folder of a path that is not there.
                let _ = shell.fs.mkdir_all(&place, 0o755, 0, 0);
            }
            MountSource::Host(shell.fs.resolve("/", &place, true).unwrap_or(place))
        } else {
            MountSource::Volume(source.to_string())
        };
        let read_only = options.split(',').any(|option| option == "ro");
        mounts.push(Mount { source, target, read_only });
    }
    Ok(mounts)
}

/// Makes the volumes that are not there. A new volume begins with what the image has at its mount point.
pub(super) fn fill_new_volumes(store: &mut Store, mounts: &[Mount], image: &Tree) {
    for mount in mounts {
        if let MountSource::Volume(name) = &mount.source
            && !store.volumes.contains_key(name)
        {
            let content = crate::host::subtree(image, &mount.target);
            store.volumes.insert(name.clone(), content);
        }
    }
}
