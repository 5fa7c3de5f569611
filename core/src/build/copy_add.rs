//! COPY and ADD: copies the sources that were found into the stage's tree, and unpacks archives.

use super::copy_sources::{ResolvedCopy, UMASK, is_remote};
use super::stage_state::{StageState, StepEffect};
use super::state::BuildState;
use super::{BuildError, engine_messages};
use crate::archive;
use crate::dockerfile::Instruction;
use crate::fs::{self, Content, CopyError, Doubt, Node, Rename, Tree, parse_mode, path};
use crate::shell::Gap;

/// Whether the name of a file suggests an archive. It decides about a file whose bytes are not known.
fn is_named_like_archive(name: &str) -> bool {
    const ENDS: [&str; 9] = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst"];
    ENDS.iter().any(|end| name.ends_with(end))
}

/// ADD of an archive: unpacks it into the destination, which is a directory.
fn add_archive(
    state: &BuildState,
    copy: &ResolvedCopy,
    source: &str,
    tree: &mut Tree,
    target: &str,
    line: usize,
) -> Result<(), BuildError> {
    let refuse = |what: String| {
        BuildError::on_line("add-archive", format!("{}{what}", engine_messages::solve_prefix(state.request)), line)
    };
    // The unpacked files keep the owners that the archive names. BuildKit applies --chown only to the destination
    // directory that it makes (observed with 20.10.24).
    let directory_owner = copy.options.owner.filter(|_| !state.is_classic());
    let (uid, gid) = directory_owner.unwrap_or((0, 0));
    let folder = tree.mkdir_all(target, 0o755, uid, gid).map_err(|error| {
        let is_file = tree.stat("/", target).is_ok_and(|(_, node)| !node.is_dir());
        let real = tree.resolve("/", target, true).unwrap_or_default();
        match state.is_classic() && is_file {
            true => BuildError::on_line(
                "add-archive",
                format!("failed to copy files: Error processing tar file(exit status 1): Error setting up pivot dir: mkdir /var/lib/docker/overlay2/…/merged{real}/.pivot_root…: not a directory"),
                line,
            ),
            false => refuse(error.to_string()),
        }
    })?;
    let Some(content) = copy.from.get(source).and_then(|node| node.content()) else { return Ok(()) };
    archive::extract(content, tree, &folder, None).map_err(|error| refuse(format!("{source}: {error}")))
}

/// The builder's message for a copy that failed.
fn copy_error(state: &BuildState, error: CopyError, line: usize) -> BuildError {
    let prefix = engine_messages::solve_prefix(state.request);
    let message = match error {
        CopyError::NotFound(path) => format!("{prefix}{path}: not found"),
        CopyError::NotADirectory(path) if state.is_classic() => {
            format!(
                "failed to copy files: failed to copy directory: mkdir /var/lib/docker/overlay2/…/merged{path}: not a directory"
            )
        }
        CopyError::NotADirectory(path) => {
            format!("{prefix}cannot copy to non-directory: {path}")
        }
        CopyError::Target(error) => format!("{prefix}{error}"),
    };
    BuildError::on_line("copy-target", message, line)
}

/// Notes that a copied directory may hold unlisted files: the size of the layer is then not known.
fn note_unknown_size(effect: &mut StepEffect, unknown: Option<String>) {
    if let (Some(folder), None) = (unknown, &effect.unknown) {
        effect.unknown = Some(format!("{folder} may hold more than is listed"));
    }
}

/// Copies the sources of a COPY or ADD into the stage's tree.
///
/// # Errors
/// The builder's message for a destination that cannot take the sources, or for a damaged archive.
pub(super) fn copy(
    state: &mut BuildState,
    stage: &mut StageState,
    instruction: &Instruction,
    copy: ResolvedCopy,
) -> Result<StepEffect, BuildError> {
    let mut tree = stage.image.tree.clone();
    let mut effect = StepEffect { created_by: copy.created_by.clone(), ..StepEffect::default() };
    let slash = copy.destination.ends_with('/') || copy.destination.ends_with("/.") || copy.destination == ".";
    let rename = if slash || copy.sources.len() > 1 { Rename::Into } else { Rename::To };
    let target = path::join(&stage.image.config.working_dir, &copy.destination);
    for from in &copy.sources {
        let source = &from.path;
        let content = copy.from.get(source).and_then(|node| node.content());
        let unpacks = instruction.keyword.eq_ignore_ascii_case("ADD")
            && instruction.flag("unpack").is_none_or(|value| !value.eq_ignore_ascii_case("false"));
        match content.filter(|_| unpacks).map(archive::is_archive) {
            Some(Some(true)) => {
                add_archive(state, &copy, source, &mut tree, &target, instruction.line)?;
                continue;
            }
            Some(None) if is_named_like_archive(source) => {
                effect.gaps.push(Gap { code: "unmodelled-archive", what: source.clone() });
                effect.unknown = Some(format!("whether {source} is an archive is not known"));
                tree.doubt_more(Doubt::Packages);
                continue;
            }
            _ => {}
        }
        let mut options = copy.options;
        if let (Some(mode), Some(node)) = (&copy.symbolic_mode, copy.from.get(source)) {
            options.mode = parse_mode(mode, node.mode, node.is_dir(), UMASK);
        }
        let copied = fs::copy_tree(&copy.from, from, &mut tree, &target, rename, options);
        note_unknown_size(&mut effect, copied.map_err(|error| copy_error(state, error, instruction.line))?);
    }
    for (from, root) in &copy.parents {
        let copied = fs::copy_tree(from, &root.as_str().into(), &mut tree, &target, Rename::To, copy.options);
        note_unknown_size(&mut effect, copied.map_err(|error| copy_error(state, error, instruction.line))?);
    }
    for source in &copy.remote {
        let code = if is_remote(source) { "remote-source" } else { "unlisted-file" };
        let answer = state.answers.get(source).cloned();
        let content = answer.unwrap_or_else(|| {
            effect.gaps.push(Gap { code, what: source.clone() });
            effect.unknown = Some(format!("the size of {source} is not known"));
            Content::unknown(format!("{source}: its size is not known"))
        });
        let is_folder = tree.get(&target).is_some_and(Node::is_dir);
        if !is_remote(source) && is_folder {
            // A file lands in the folder; of a folder all that it holds does.
            tree.set_partial(&target);
            tree.touch(&target);
            continue;
        }
        let name = path::file_name(source.split('?').next().unwrap_or(source));
        let place = if slash || copy.sources.len() + copy.remote.len() > 1 {
            path::join(&target, name)
        } else {
            target.clone()
        };
        if let Ok(parent) = tree.mkdir_all(path::parent(&place), 0o755, 0, 0) {
            let place = path::join(&parent, path::file_name(&place));
            let _ = tree.remove(&place);
            let mode = if is_remote(source) { 0o600 } else { 0o755 };
            let _ = tree.write(&place, content, mode, 0, 0);
        }
    }
    effect.tree = Some(tree);
    Ok(effect)
}
