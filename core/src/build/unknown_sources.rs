//! Sources of COPY and ADD of which nothing is known but a path, and what they make of the destination.

use super::assumed_context::is_pattern;
use super::file_type_by_name::{FileType, file_type_by_name};
use super::stage_state::StageState;
use super::state::BuildState;
use crate::fs::{self, Content, CopyOptions, Doubt, FsError, Ignore, Node, Tree, Unlisted, path};
use crate::measure::{
    ContextKind, Size, TypicalSize, Way, typical_context_size, typical_pattern_size, typical_tool_size,
};

/// A source of COPY or ADD that may be there and is not listed.
#[derive(Clone, Debug)]
pub(super) struct UnknownSource {
    /// Its absolute path, or a pattern that may match unlisted files.
    pub(super) path: String,
    /// What its name says of its type.
    pub(super) file_type: FileType,
    /// It is a file or directory of the context.
    pub(super) in_context: bool,
    /// With `--parents`: its path below the destination. Otherwise empty.
    pub(super) below: String,
}

impl UnknownSource {
    pub(super) fn new(place: &str, written: &str, in_context: bool) -> Self {
        UnknownSource {
            path: place.to_string(),
            file_type: file_type_by_name(written),
            in_context,
            below: String::new(),
        }
    }

    /// Its typical size, if that can be estimated: of a file of the context by its name, of a file of a stage by what is
    /// recorded there.
    fn estimate(&self, from: &Tree, way: Way) -> Option<Size> {
        if !self.in_context {
            let weighed = from.weighed_unknown_type(&self.path).cloned();
            return weighed.or_else(|| Some(self.typical_output(from)?.size_of(&self.path, way)));
        }
        let name = path::file_name(&self.path);
        let typical = match self.file_type {
            _ if is_pattern(&self.path) => typical_pattern_size(name, &|file| fs::shell_matches(name, file)),
            FileType::Regular => typical_context_size(ContextKind::File, name).cloned(),
            FileType::Directory => typical_context_size(ContextKind::Directory, name).cloned(),
            FileType::Unknown => typical_context_size(ContextKind::FileOrDirectory, name).cloned(),
        };
        typical.map(|typical| typical.size_of(self.shown_path(), way))
    }

    /// What a build tool usually writes to the path in a stage: cargo's programs, the output of a web application's build
    /// beside its `node_modules`, and text files of a context of estimated size.
    fn typical_output(&self, from: &Tree) -> Option<&'static TypicalSize> {
        let (parent, name) = (path::parent(&self.path), path::file_name(&self.path));
        if is_pattern(&self.path) {
            return None;
        }
        if self.file_type == FileType::Unknown && path::file_name(parent) == "release" && parent.contains("/target/") {
            return typical_tool_size("cargo-build");
        }
        let has_modules = || from.get(&path::join(parent, "node_modules")).is_some_and(Node::is_dir);
        if matches!(name, "dist" | "build") && has_modules() {
            return typical_tool_size("web-build");
        }
        let is_weighed = from.get(parent).and_then(Node::unlisted).is_some_and(Unlisted::is_whole);
        let typical = typical_context_size(ContextKind::File, name);
        typical.filter(|_| is_weighed && self.file_type == FileType::Regular)
    }

    /// Its path for people: in the context without the leading slash.
    pub(super) fn shown_path(&self) -> &str {
        if self.in_context { self.path.trim_start_matches('/') } else { &self.path }
    }
}

/// What unknown files may have replaced in a tree.
pub(super) struct Overlay {
    /// The files of the base image. They are taken to stay.
    base: Tree,
    /// The patterns of the context's `.dockerignore`.
    ignore: Ignore,
}

impl Overlay {
    pub(super) fn new(state: &BuildState, stage: &StageState) -> Self {
        let ignore = state.assumed.as_ref().map(|assumed| assumed.ignore.clone()).unwrap_or_default();
        Overlay { base: stage.base.clone(), ignore }
    }

    /// Notes that unlisted files of a directory of the context (`Some`) or of an image went into a directory.
    ///
    /// `weighed`: their size is recorded.
    pub(super) fn apply(&self, tree: &mut Tree, directory: &str, source: &str, context: Option<&str>, weighed: bool) {
        if directory == "/" && tree.stat("/", "/bin/sh").is_err() {
            // The files may be those of a whole distribution.
            tree.doubt_more(Doubt::Anything);
        }
        let mut walk = self.ignore.walk();
        let why = format!("files of {source}, which are not listed, may replace it");
        let base = &self.base;
        tree.overlay_unknown(directory, &why, weighed, &mut |key: &str, node: &Node| {
            if !node.is_dir() && base.get(key) == Some(node) {
                return true;
            }
            let Some(context) = context else { return false };
            let rest = path::join(context, key.get(directory.len()..).unwrap_or("").trim_start_matches('/'));
            let excluded = walk.excludes(rest.trim_start_matches('/')).unwrap_or(false);
            excluded && !(node.is_dir() && self.ignore.brings_back())
        });
    }
}

/// Where unknown sources are copied from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Origin<'t> {
    pub(super) tree: &'t Tree,
    /// How the size of its files could be told.
    pub(super) way: Way,
}

/// Puts an unknown source of an origin at its destination. Returns whether its size is recorded there.
///
/// `into`: the destination is a directory, as it ends with a slash or there are several sources.
///
/// # Errors
/// A part of the destination's path is a file.
pub(super) fn put(
    overlay: &Overlay,
    Origin { tree: from, way }: Origin<'_>,
    tree: &mut Tree,
    source: &UnknownSource,
    target: &str,
    into: bool,
    options: &CopyOptions,
) -> Result<bool, FsError> {
    let (uid, gid) = options.owner.unwrap_or((0, 0));
    let target = path::join(target, source.below.trim_start_matches('/'));
    let is_dir = |tree: &Tree| tree.stat("/", &target).is_ok_and(|(_, node)| node.is_dir());
    let into = into || !source.below.is_empty() || is_dir(tree);
    let pattern = is_pattern(&source.path);
    let why = format!("{} is not listed", source.path);
    let estimate = source.estimate(from, way);
    if source.file_type == FileType::Directory || into && (pattern || source.file_type == FileType::Unknown) {
        let place = tree.mkdir_all(&target, 0o755, uid, gid)?;
        let context = (source.in_context && !pattern).then_some(source.path.as_str());
        overlay.apply(tree, &place, &source.path, context, estimate.is_some());
        if let Some(size) = &estimate {
            tree.weigh(&place, source.shown_path(), size.clone());
        }
        let named = path::join(&place, path::file_name(&source.path));
        if source.file_type == FileType::Unknown && tree.stat("/", &named).is_ok_and(|(_, node)| !node.is_dir()) {
            tree.put_unknown_type(&named, &why);
        }
        return Ok(estimate.is_some());
    }
    let place = if into { path::join(&target, path::file_name(&source.path)) } else { target };
    let parent = tree.mkdir_all(path::parent(&place), 0o755, uid, gid)?;
    let place = path::join(&parent, path::file_name(&place));
    let place = tree.resolve("/", &place, true).unwrap_or(place);
    let is_regular = source.file_type == FileType::Regular && !tree.is_unknown_type(&place);
    if !is_regular || tree.get(&place).is_some_and(Node::is_dir) {
        return Ok(match estimate {
            Some(size) => tree.put_weighed_unknown_type(&place, &why, size),
            None => {
                tree.put_unknown_type(&place, &why);
                false
            }
        });
    }
    let _ = tree.remove(&place);
    let typical = match source.in_context {
        true => typical_context_size(ContextKind::File, &source.path),
        false => source.typical_output(from),
    };
    let content = Content::unknown(why).told_by_origin(way, source.shown_path()).estimated(typical);
    tree.write(&place, content, options.mode.unwrap_or(0o755), uid, gid).map(|()| typical.is_some())
}
