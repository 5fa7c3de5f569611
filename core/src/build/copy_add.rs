//! COPY and ADD: copies the sources that were found into the stage's tree.

use super::add_archive::{add_archive, is_named_like_archive, unpacks};
use super::copy_chown_chmod::symbolic_mode;
use super::copy_sources::ResolvedCopy;
use super::stage_state::{StageState, StepEffect};
use super::state::BuildState;
use super::unknown_sources::{self, Overlay};
use super::{BuildError, engine_messages, unknown_parts};
use crate::archive;
use crate::dockerfile::Instruction;
use crate::fs::{self, Content, CopyError, Rename, path};
use crate::measure::{Part, Way};
use crate::plan::{self, Source};
use crate::shell::Gap;

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
            format!("{prefix}cannot copy to non-directory: /var/lib/docker/overlay2/…/merged{path}")
        }
        CopyError::IsDirectory(path) => {
            format!("{prefix}cannot replace to directory /var/lib/docker/overlay2/…/merged{path} with file")
        }
        CopyError::Target(error) => format!("{prefix}{error}"),
    };
    BuildError::on_line("copy-target", message, line)
}

/// Notes that a copied directory may hold unlisted files: the size of the layer is then not known.
fn note_unknown_size(effect: &mut StepEffect, unknown: Option<String>, way: Way) {
    if let Some(folder) = unknown {
        let why = format!("{folder} may hold more than is listed");
        // In the context, paths are relative, as COPY has them.
        let what = match folder.trim_start_matches('/') {
            _ if way != Way::ContextFile => folder.as_str(),
            "" => ".",
            relative => relative,
        };
        effect.unknown.push(Part::new(what, why, way));
    }
}

/// How the size of what a COPY or ADD takes could be told, by where it takes it from.
fn way_of_source(state: &BuildState, stage: &StageState, instruction: &Instruction) -> Way {
    let Some(name) = instruction.flag("from") else { return Way::ContextFile };
    match plan::source(state.plan, stage.index, name, instruction.line, true) {
        Ok(Source::Image(_)) => Way::ImageArchive,
        _ => Way::RealBuild,
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
    let overlay = Overlay::new(state, stage);
    let mut effect = StepEffect { created_by: copy.created_by.clone(), ..StepEffect::default() };
    let slash = copy.destination.ends_with('/') || copy.destination.ends_with("/.") || copy.destination == ".";
    // Without a slash each of several sources is copied to the same path: the last file stays.
    let rename = if slash { Rename::Into } else { Rename::To };
    let target = path::join(&stage.image.config.working_dir, &copy.destination);
    let way = way_of_source(state, stage, instruction);
    let unlisted = tree.unlisted_folders(if slash { &target } else { path::parent(&target) });
    // A file is listed where it goes; a folder or an archive may bring more than is listed.
    let is_file = |source: &fs::CopySource| {
        !unpacks(instruction) && copy.from.get(&source.path).is_some_and(|node| node.content().is_some())
    };
    if !copy.sources.iter().all(is_file) || !copy.parents.is_empty() || !copy.unknown.is_empty() {
        tree.note_opened(&target);
    }
    for from in &copy.sources {
        let source = &from.path;
        let content = copy.from.get(source).and_then(|node| node.content());
        match content.filter(|_| unpacks(instruction)).map(archive::is_archive) {
            Some(Some(true)) => {
                add_archive(state, stage, &copy, source, &mut tree, &target, instruction.line)?;
                continue;
            }
            Some(None) if is_named_like_archive(source) => {
                let gap = Gap { code: "unmodelled-archive", what: source.clone() };
                effect.unknown.push(Part { way, ..unknown_parts::of_gap(&gap) });
                effect.gaps.push(gap);
                let target = tree.mkdir_all(&target, 0o755, 0, 0);
                let target = target.map_err(|error| copy_error(state, CopyError::Target(error), instruction.line))?;
                overlay.apply(&mut tree, &target, source, None, false);
                continue;
            }
            _ => {}
        }
        let mut options = copy.options;
        if let (Some(mode), Some(node)) = (&copy.symbolic_mode, copy.from.get(source)) {
            options.mode = symbolic_mode(mode, node);
        }
        let held = copy.from.get(source).filter(|node| fs::may_hold_any_file(&copy.from, source, node));
        let holds_unlisted = held.is_some();
        let is_weighed = held.is_some_and(|node| !node.holds_unknown());
        if let Ok(place) = tree.stat("/", &target).map(|(place, _)| place)
            && holds_unlisted
        {
            stage.spend(tree.walk(&place).count(), instruction.line)?;
            overlay.apply(&mut tree, &place, source, copy.in_context.then_some(source), is_weighed);
        }
        let copied = fs::copy_tree(&copy.from, from, &mut tree, &target, rename, options);
        note_unknown_size(&mut effect, copied.map_err(|error| copy_error(state, error, instruction.line))?, way);
    }
    for (from, root) in &copy.parents {
        let copied = fs::copy_tree(from, &root.as_str().into(), &mut tree, &target, Rename::To, copy.options);
        note_unknown_size(&mut effect, copied.map_err(|error| copy_error(state, error, instruction.line))?, way);
    }
    let into = slash || copy.sources.len() + copy.remote.len() + copy.unknown.len() > 1;
    let origin = unknown_sources::Origin { tree: &copy.from, way };
    for source in &copy.unknown {
        stage.spend(tree.walk(&target).count(), instruction.line)?;
        let put = unknown_sources::put(&overlay, origin, &mut tree, source, &target, into, &copy.options);
        let is_weighed = put.map_err(|error| copy_error(state, CopyError::Target(error), instruction.line))?;
        if !source.in_context {
            effect.gaps.push(Gap { code: "unlisted-file", what: source.path.clone() });
        }
        if !is_weighed {
            let why = format!("the size of {} is not known", source.path);
            effect.unknown.push(Part::new(source.shown_path(), why, way));
        }
    }
    for source in &copy.remote {
        let answer = state.answers.get(source).cloned();
        let content = answer.unwrap_or_else(|| {
            effect.gaps.push(Gap { code: "remote-source", what: source.clone() });
            Content::download(source)
        });
        let name = path::file_name(source.split('?').next().unwrap_or(source));
        let into = slash || tree.stat("/", &target).is_ok_and(|(_, node)| node.is_dir());
        let place = if into { path::join(&target, name) } else { target.clone() };
        if let Ok(parent) = tree.mkdir_all(path::parent(&place), 0o755, 0, 0) {
            let place = path::join(&parent, path::file_name(&place));
            let _ = tree.remove(&place);
            let _ = tree.write(&place, content, 0o600, 0, 0);
        }
    }
    unlisted.iter().for_each(|folder| tree.set_partial(folder));
    effect.tree = Some(tree);
    Ok(effect)
}
