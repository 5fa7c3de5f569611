//! Sources in the build context that are not there and are assumed to exist (`--assume-context`).
//!
//! They are put into the context, with unknown content, before a step looks for them. The directories above them may then
//! hold more files than are listed, the root of the context among them.

use super::file_type_by_name::{FileType, file_type_by_name};
use super::state::BuildState;
use super::unknown_sources::typical_context_file;
use super::url_answers;
use crate::fs::{self, Content, Errno, Ignore, Tree, path};
use crate::measure::{ContextKind, TypicalSize, Way, typical_context_size};
use crate::plan::{self, Base, Source};
use std::collections::BTreeMap;

/// The most distinct files that are assumed. Those beyond it are missing, as without `--assume-context`.
const MAX_ASSUMED: usize = 2_000;
/// A file of the context may be executable. No conclusion is drawn from the mode of an assumed file.
const MODE: u32 = 0o755;

/// A source in the build context that is not there and is assumed to exist.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AssumedFile {
    /// 1-based line of the instruction that reads it.
    pub line: usize,
    /// Its path in the context, without a slash at the start, or a pattern. `.` is the context itself. A slash at the end
    /// says that it is a directory; otherwise it may be one.
    pub path: String,
}

/// What the context lacks: the context as it is given, and how files of it are assumed.
#[derive(Clone, Debug, Default)]
pub(super) struct AssumedContext {
    /// The context as it is given, without ignored files.
    given: Tree,
    /// The patterns of `.dockerignore`.
    pub(super) ignore: Ignore,
    /// The context holds nothing but Dockerfiles.
    only_dockerfiles: bool,
    pub(super) files: Vec<AssumedFile>,
    /// What is estimated of directories, by path, without what is estimated of files and directories in them.
    estimates: BTreeMap<String, TypicalSize>,
}

impl AssumedContext {
    pub(super) fn new(given: &Tree, ignore: Ignore, dockerfile: &str) -> Self {
        let only_dockerfiles = holds_only_dockerfiles(given, dockerfile);
        let mut estimates = BTreeMap::new();
        if let Some(project) = typical_context_size(ContextKind::Project, ".").filter(|_| only_dockerfiles) {
            estimates.insert("/".to_string(), project.clone());
        }
        AssumedContext { given: given.clone(), ignore, only_dockerfiles, files: Vec::new(), estimates }
    }

    /// The directory at a path of the context is not empty in the context, as far as `.dockerignore` tells.
    fn may_hold_files(&self, place: &str) -> bool {
        !self.ignore.surely_excludes(relative(place))
    }

    /// The context in which the first step looks for files.
    pub(super) fn context(&self) -> Tree {
        let mut context = self.given.clone();
        if self.only_dockerfiles && self.may_hold_files("/") {
            self.weigh(&mut context, "/");
        }
        context
    }

    /// Notes that a directory that was in the context before holds unlisted files, unless that is noted already.
    fn mark(&self, context: &mut Tree, directory: &str) {
        if context.is_listed(directory) {
            self.weigh(context, directory);
        }
    }

    /// Notes that a directory of the context holds unlisted files, and how large they are if that is estimated.
    fn weigh(&self, context: &mut Tree, directory: &str) {
        match self.estimates.get(directory) {
            Some(typical) => {
                let size = typical.size_of(relative(directory), Way::ContextFile);
                context.weigh_whole(directory, relative(directory), size);
            }
            None => context.set_partial(directory),
        }
    }

    /// Takes what is estimated of a new file or directory from the estimate of the directory that it is in.
    fn count(&mut self, context: &mut Tree, place: &str, typical: &TypicalSize) {
        let mut above = path::parent(place);
        while above != "/" && !self.estimates.contains_key(above) {
            above = path::parent(above);
        }
        if let Some(estimate) = self.estimates.get_mut(above) {
            *estimate = estimate.without(typical);
            self.weigh(context, above);
        }
    }

    /// Estimates a directory that is new in the context.
    fn add_directory(&mut self, context: &mut Tree, directory: &str) {
        if let Some(typical) = typical_context_size(ContextKind::Directory, directory) {
            self.count(context, directory, typical);
            self.estimates.insert(directory.to_string(), typical.clone());
        }
        self.weigh(context, directory);
    }

    /// Whether `.dockerignore` surely excludes a path.
    fn is_excluded(&self, place: &str, file_type: FileType) -> bool {
        let place = relative(place);
        let is_file = file_type == FileType::Regular && !is_pattern(place);
        self.ignore.surely_excludes(place) || is_file && self.ignore.excludes(place)
    }
}

/// A path of the context as `.dockerignore` names it.
fn relative(place: &str) -> &str {
    match place.trim_start_matches('/') {
        "" => ".",
        relative => relative,
    }
}

/// Whether a context holds nothing but Dockerfiles, `.dockerignore` and Stageplay's own files.
pub fn holds_only_dockerfiles(context: &Tree, dockerfile: &str) -> bool {
    let own = path::parent(url_answers::ANSWERS_FILE);
    context.walk("/").filter(|(_, node)| !node.is_dir()).all(|(key, _)| {
        let name = path::file_name(key).to_ascii_lowercase();
        let is_dockerfile = ["dockerfile", "containerfile"]
            .iter()
            .any(|kind| name == *kind || name.starts_with(&format!("{kind}.")) || name.ends_with(&format!(".{kind}")));
        is_dockerfile || name.ends_with(".dockerignore") || path::is_within(key, own) || relative(key) == dockerfile
    })
}

pub(super) fn is_pattern(source: &str) -> bool {
    source.contains(['*', '?', '['])
}

/// The directory above the first part of a path that is a pattern.
pub(super) fn directory_of_pattern(place: &str) -> &str {
    let end = place.find(['*', '?', '[']).unwrap_or(place.len());
    path::parent(place.get(..=end).unwrap_or(place))
}

/// Whether `.dockerignore` surely excludes a source in the context.
pub(super) fn is_excluded(state: &BuildState, written: &str) -> bool {
    let place = path::join("/", written);
    state.assumed.as_ref().is_some_and(|assumed| assumed.is_excluded(&place, file_type_by_name(written)))
}

/// Assumes that a source in the context exists, unless it is there or surely excluded by `.dockerignore`.
pub(super) fn assume(state: &mut BuildState, written: &str, line: usize) {
    let Some(assumed) = state.assumed.as_mut() else { return };
    let place = path::join("/", written);
    let pattern = is_pattern(written);
    let file_type = file_type_by_name(written);
    match assumed.given.stat("/", &place) {
        Ok((real, _)) if real == "/" && assumed.only_dockerfiles && assumed.may_hold_files("/") => {}
        Ok(_) => return,
        Err(_) if pattern && fs::expand_sources(&assumed.given, written).is_ok() => return,
        Err(error) if error.errno != Errno::Enoent => return,
        Err(_) if assumed.is_excluded(&place, file_type) => return,
        Err(_) => {}
    }
    let slash = if written.ends_with('/') && place != "/" { "/" } else { "" };
    let file = AssumedFile { line, path: format!("{}{slash}", relative(&place)) };
    if assumed.files.len() >= MAX_ASSUMED && !assumed.files.contains(&file) {
        return;
    }
    let top = if pattern { directory_of_pattern(&place) } else { path::parent(&place) };
    if put(assumed, &mut state.context, top, if pattern { "" } else { &place }, file_type).is_some()
        && !assumed.files.contains(&file)
    {
        assumed.files.push(file);
    }
}

/// Puts a path into the context; `None` if a file of the context is in its way.
fn put(
    assumed: &mut AssumedContext,
    context: &mut Tree,
    directory: &str,
    place: &str,
    file_type: FileType,
) -> Option<()> {
    let mut at = "/".to_string();
    assumed.mark(context, "/");
    for part in directory.split('/').filter(|part| !part.is_empty()) {
        let is_new = context.stat("/", &path::join(&at, part)).is_err();
        at = context.mkdir_in(&at, part, 0o755, 0, 0).ok()?;
        match is_new {
            true => assumed.add_directory(context, &at),
            false => assumed.mark(context, &at),
        }
    }
    if place.is_empty() || place == "/" || context.stat("/", place).is_ok() {
        return Some(());
    }
    let place = path::join(&at, path::file_name(place));
    let why = format!("{} is not in the context", relative(&place));
    match file_type {
        FileType::Directory => {
            context.mkdir(&place, 0o755, 0, 0).ok()?;
            assumed.add_directory(context, &place);
        }
        FileType::Regular => {
            let typical = typical_context_file(&place);
            let content = Content::unknown(why).told_by_origin(Way::ContextFile, relative(&place)).estimated(typical);
            context.write(&place, content, MODE, 0, 0).ok()?;
            typical.into_iter().for_each(|typical| assumed.count(context, &place, typical));
        }
        FileType::Unknown => context.put_unknown_type(&place, &why),
    }
    Some(())
}

/// Whether a name of `--from` means a stage that got files which are assumed: a tool may have written anything for them.
pub(super) fn stage_has_assumed_files(state: &BuildState, stage: usize, name: &str, line: usize) -> bool {
    let Ok(Source::Stage(index)) = plan::source(state.plan, stage, name, line, true) else { return false };
    let mut at = state.plan.stages.get(index);
    // A stage starts from an earlier one.
    while let Some(stage) = at {
        let is_assumed = |line: usize| {
            state.assumed.as_ref().is_some_and(|assumed| assumed.files.iter().any(|file| file.line == line))
        };
        if stage.instructions.iter().any(|instruction| is_assumed(instruction.line)) {
            return true;
        }
        at = match stage.base {
            Base::Stage(below) => state.plan.stages.get(below),
            _ => None,
        };
    }
    false
}
