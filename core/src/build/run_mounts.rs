//! The mounts of a RUN: `--mount` (bind, cache, tmpfs, secret, ssh).

use super::engine_files::{EngineFileKind, engine_files};
use super::stage_state::StageState;
use super::state::BuildState;
use super::unmount::unmount;
use super::{BuildError, assumed_context, run_volumes};
use crate::dockerfile::Instruction;
use crate::fs::{Tree, path};

/// One `--mount`.
pub(super) struct Mount {
    pub(super) kind: String,
    pub(super) target: String,
    pub(super) from: Option<String>,
    pub(super) source: String,
    read_only: Option<bool>,
    /// Of a secret: the build fails without it.
    is_required: bool,
    /// Mode and owner of a cache mount. They do not come from the directory that it hides.
    mode: u32,
    owner: (u32, u32),
}

/// Reads the `--mount` flags of a RUN, with variables expanded and targets resolved.
pub(super) fn read_mounts(stage: &StageState, instruction: &Instruction) -> Result<Vec<Mount>, BuildError> {
    let mut all = Vec::new();
    for flag in instruction.flags.iter().filter(|flag| flag.name == "mount") {
        let mut mount = Mount {
            kind: "bind".into(),
            target: String::new(),
            from: None,
            source: "/".into(),
            read_only: None,
            is_required: false,
            mode: 0o755,
            owner: (0, 0),
        };
        let mut id = String::new();
        for field in flag.value.as_deref().unwrap_or("").split(',') {
            let (name, value) = field.trim().split_once('=').unwrap_or((field.trim(), ""));
            let value = stage.expand(value, instruction.line)?;
            match name {
                "type" => mount.kind = value,
                "target" | "dst" | "destination" => mount.target = value,
                "required" => {
                    mount.is_required = matches!(value.as_str(), "" | "1" | "t" | "T" | "true" | "TRUE" | "True")
                }
                "id" => id = value,
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
        if mount.kind == "secret" && mount.source == "/" {
            mount.source = if id.is_empty() { path::file_name(&mount.target).to_string() } else { id };
        }
        if mount.target.is_empty() {
            mount.target = match mount.kind.as_str() {
                "secret" => format!("/run/secrets/{}", path::file_name(&mount.source)),
                _ => continue,
            };
        }
        let target = path::join(&stage.image.config.working_dir, &mount.target);
        // All symbolic links of the path are followed.
        mount.target = stage.image.tree.resolve("/", &target, true).unwrap_or(target);
        all.push(mount);
    }
    Ok(all)
}

/// The id of a secret that the build needs and is not given, if there is one.
pub(super) fn missing_secret<'m>(state: &BuildState, mounts: &'m [Mount]) -> Option<&'m str> {
    if state.request.has_secrets || state.request.continues_after_failure {
        return None;
    }
    mounts.iter().find(|mount| mount.kind == "secret" && mount.is_required).map(|mount| mount.source.as_str())
}

/// Assumes that the sources of bind mounts exist in the context.
pub(super) fn assume_sources(state: &mut BuildState, stage: &StageState, instruction: &Instruction) {
    for mount in read_mounts(stage, instruction).unwrap_or_default() {
        if mount.kind == "bind" && mount.from.is_none() {
            assumed_context::assume(state, &mount.source, instruction.line);
        }
    }
}

/// Declares the mount points, which cannot be removed. Bind mounts, secrets, and the engine's own files under BuildKit
/// are read-only (observed with Docker 20.10.24).
pub(super) fn hold_mount_points(tree: &mut Tree, mounts: &[Mount], classic: bool) {
    for one in engine_files(classic)
        .iter()
        .filter(|one| one.path.starts_with("/etc/") && matches!(one.kind, EngineFileKind::File(_)))
    {
        if let Ok(place) = tree.resolve("/", one.path, true) {
            tree.hold_mount(&place, !classic);
        }
    }
    for mount in mounts {
        if let Ok(place) = tree.resolve("/", &mount.target, true) {
            let default = matches!(mount.kind.as_str(), "bind" | "secret");
            tree.hold_mount(&place, mount.read_only.unwrap_or(default));
        }
    }
}

/// Puts the contents of the mounts into the tree while the command runs.
pub(super) fn mount(
    state: &mut BuildState,
    stage: &StageState,
    tree: &mut Tree,
    mounts: &[Mount],
    line: usize,
) -> Result<(), BuildError> {
    for mount in mounts {
        tree.note_opened(&mount.target);
        let existed = tree.stat("/", &mount.target).is_ok();
        if !existed && mount.kind != "secret" && mount.kind != "ssh" {
            let _ = tree.mkdir_all(&mount.target, 0o755, 0, 0);
        }
        if matches!(mount.kind.as_str(), "cache" | "tmpfs") {
            // The mount hides the image's files. A cache is empty, as in the first build.
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
            state.used_context_paths.push(path::join("/", &mount.source));
        }
        let from = state.source_tree(stage.index, mount.from.as_deref(), line, false)?;
        let options = crate::fs::CopyOptions { preserve_owner: true, ..Default::default() };
        let is_file = from.stat("/", &mount.source).is_ok_and(|(_, node)| !node.is_dir());
        if is_file {
            let _ = tree.remove(&mount.target);
        }
        if from.stat("/", &mount.source).is_err() && from.may_hide("/", &path::join("/", &mount.source)) {
            if !existed {
                let _ = tree.remove(&mount.target);
            }
            tree.put_unknown_type(&mount.target, &format!("{} is not listed", mount.source));
            continue;
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
    if state.is_classic() {
        run_volumes::mount(tree, stage);
    }
    Ok(())
}

/// Removes all mounts and the engine's own files after the command.
pub(super) fn unmount_all(tree: &mut Tree, mounted: &Tree, stage: &StageState, mounts: &[Mount], classic: bool) {
    let image = &stage.image.tree;
    tree.release_mounts();
    for mount in mounts {
        unmount(tree, mounted, image, &mount.target);
    }
    for one in engine_files(classic) {
        // A symbolic link is not a mount: if its owner changed, it was copied up and stays.
        let kept = matches!(one.kind, EngineFileKind::Link(_)) && tree.get(one.path) != mounted.get(one.path);
        if !kept {
            tree.restore(one.path, image);
        }
    }
    if classic {
        run_volumes::unmount_all(tree, mounted, stage);
    }
}
