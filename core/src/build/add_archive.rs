//! ADD of an archive: which files it unpacks, and where they go.

use super::copy_sources::ResolvedCopy;
use super::stage_state::StageState;
use super::state::BuildState;
use super::{BuildError, engine_messages};
use crate::archive;
use crate::dockerfile::Instruction;
use crate::fs::Tree;

/// Unpacked bytes for one step of the budget: a build unpacks at most 512 MiB, which stay in memory.
const BYTES_PER_STEP: u64 = 16;
/// The steps for an entry of an archive.
const ENTRY_STEPS: usize = 64;

/// Whether an instruction unpacks the archives among its sources: ADD without `--unpack=false`.
pub(super) fn unpacks(instruction: &Instruction) -> bool {
    instruction.keyword.eq_ignore_ascii_case("ADD")
        && instruction.flag("unpack").is_none_or(|value| !value.eq_ignore_ascii_case("false"))
}

/// Whether the name of a file suggests an archive. It decides about a file whose bytes are not known.
pub(super) fn is_named_like_archive(name: &str) -> bool {
    const ENDS: [&str; 9] = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst"];
    ENDS.iter().any(|end| name.ends_with(end))
}

/// ADD of an archive: unpacks it into the destination, which is a directory.
pub(super) fn add_archive(
    state: &BuildState,
    stage: &StageState,
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
    let folder = tree.mkdir_all_as_builder(target, directory_owner.or(state.is_classic().then_some((0, 0)))).map_err(|error| {
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
    let before = tree.len();
    let max = stage.budget.steps_left() as u64 * BYTES_PER_STEP;
    let new = archive::extract(content, tree, &folder, None, max);
    let new = new.map_err(|error| refuse(format!("{source}: {error}")))?;
    stage.spend((new / BYTES_PER_STEP) as usize + tree.len().saturating_sub(before) * ENTRY_STEPS, line)
}
