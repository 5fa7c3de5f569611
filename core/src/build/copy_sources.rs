//! The sources of COPY and ADD: reads the flags and finds the files, before anything is copied.

use super::copy_chown_chmod::{CopyMode, resolve_mode, resolve_owner};
use super::stage_state::StageState;
use super::state::BuildState;
use super::tree_digest::{self, digest};
use super::unknown_sources::{UnknownSource, may_match_unlisted};
use super::{BuildError, assumed_context, copy_exclude_parents, engine_messages, history_text, whole_image};
use crate::dockerfile::{self, Instruction};
use crate::fs::{self, Content, CopyError, CopyOptions, CopySource, Tree, path};
use crate::image::Hasher;

/// The cost of hashing, copying and keeping a file, in steps, besides the cost of its bytes.
const NODE_STEPS: usize = 32;
/// Bytes that are hashed for the cost of one step.
const BYTES_PER_STEP: usize = 16;
/// How often the whole context may be copied before its bytes are charged to the budget.
const FREE_COPIES: usize = 8;

/// The length of a file whose bytes are in memory; otherwise 0.
fn bytes_in_memory(node: &fs::Node) -> usize {
    node.content().and_then(Content::bytes).map_or(0, <[u8]>::len)
}

/// The number of bytes that a build may copy before they are charged to the budget.
pub(super) fn free_bytes(context: &Tree) -> usize {
    context.walk("/").map(|(_, node)| bytes_in_memory(node)).sum::<usize>().saturating_mul(FREE_COPIES)
}

/// A COPY or ADD whose sources were found.
pub(super) struct ResolvedCopy {
    pub(super) from: Tree,
    /// The sources are files of the context.
    pub(super) in_context: bool,
    pub(super) sources: Vec<CopySource>,
    pub(super) destination: String,
    pub(super) options: CopyOptions,
    pub(super) symbolic_mode: Option<String>,
    /// `--parents`: trees and the directory of each of which everything below is copied, with its parent directories.
    pub(super) parents: Vec<(Tree, String)>,
    /// URLs and git repositories.
    pub(super) remote: Vec<String>,
    /// Sources that may be there and are not listed.
    pub(super) unknown: Vec<UnknownSource>,
    /// Digest of everything that the result depends on.
    pub(super) key: String,
    pub(super) created_by: String,
}

impl ResolvedCopy {
    /// The tree that it copies from, and the paths.
    pub(super) fn files(&self) -> (Tree, Vec<String>) {
        (self.from.clone(), self.sources.iter().map(|source| source.path.clone()).collect())
    }
}

/// Reads the flags of a COPY or ADD and finds its sources.
///
/// # Errors
/// The builder's message for a flag that is invalid or a source that does not exist.
pub(super) fn prepare(
    state: &mut BuildState,
    stage: &StageState,
    instruction: &Instruction,
    sources: &[String],
    destination: &str,
) -> Result<ResolvedCopy, BuildError> {
    let line = instruction.line;
    let keyword = instruction.keyword.to_ascii_uppercase();
    let classic = state.is_classic();
    let from_flag = instruction.flag("from").filter(|name| !name.is_empty());
    if from_flag.is_none() {
        for source in sources {
            let source = stage.expand(source, line)?;
            stage.spend(source.len(), line)?;
            if !(keyword == "ADD" && is_remote(&source)) {
                assumed_context::assume(state, &source, line);
            }
        }
    }
    let mut from = state.source_tree(stage.index, from_flag, line, true)?;
    if let Some(name) = from_flag {
        whole_image::weigh(state, stage, name, sources, line, &mut from)?;
    }
    if instruction.flag("chmod").is_some() && classic {
        let message = engine_messages::needs_buildkit("chmod");
        return Err(BuildError::on_line("needs-buildkit", message, line));
    }
    let mut options = CopyOptions {
        preserve_owner: from_flag.is_some() && state.request.engine.major() >= 18,
        classic,
        ..CopyOptions::default()
    };
    let mut symbolic_mode = None;
    if let Some(mode) = instruction.flag("chmod") {
        match resolve_mode(stage.expand(mode, line)?, state.request, line)? {
            Some(CopyMode::Octal(mode)) => options.mode = Some(mode),
            Some(CopyMode::Symbolic(mode)) => symbolic_mode = Some(mode),
            None => {}
        }
    }
    let destination = stage.expand(destination, line)?;
    let mut found = Vec::new();
    let mut remote = Vec::new();
    let mut unknown = Vec::new();
    let in_context = from_flag.is_none();
    // The number of words that name nothing but unlisted files.
    let mut unmatched = 0;
    let mut parents = Vec::new();
    let mut written = history_text::copy_flags(stage, instruction)?;
    let excluded = copy_exclude_parents::excluded(state, stage, instruction)?;
    for source in sources {
        let source = stage.expand(source, line)?;
        written.push_str(&format!(" {source}"));
        if instruction.is_set("parents") && !(keyword == "ADD" && is_remote(&source)) {
            let named = copy_exclude_parents::parents(state, stage, instruction, &from, &source, &excluded)?;
            unknown.extend(named.unknown);
            parents.push((named.tree, named.root));
            continue;
        }
        if keyword == "ADD" && is_remote(&source) {
            remote.push(source);
            continue;
        }
        let place = path::join("/", &source);
        let matches_unlisted = assumed_context::is_pattern(&source)
            && may_match_unlisted(&from, &place)
            && !(in_context && assumed_context::is_excluded(state, &source));
        if matches_unlisted {
            unknown.push(UnknownSource::new(&place, &source, in_context));
        }
        match fs::expand_sources(&from, &source) {
            Ok(these) => found.extend(these),
            Err(CopyError::NotFound(_)) if matches_unlisted => unmatched += 1,
            Err(CopyError::NotFound(_)) if !classic && source.contains(['*', '?', '[']) => {}
            Err(CopyError::NotFound(_)) if classic && source.contains(['*', '?', '[']) => {
                return Err(engine_messages::no_source_files(&keyword, line));
            }
            Err(CopyError::NotFound(missing))
                if (from.may_hide("/", &missing) && !(in_context && assumed_context::is_excluded(state, &source)))
                    || from_flag.is_some_and(|name| {
                        assumed_context::stage_has_assumed_files(state, stage.index, name, line)
                    }) =>
            {
                // The file may be there: not all files are listed.
                unknown.push(UnknownSource::new(&missing, &source, in_context));
                unmatched += 1;
            }
            Err(_) => {
                let missing = path::join("/", &source);
                return Err(engine_messages::copy_not_found(
                    &keyword,
                    &missing,
                    from_flag.is_some(),
                    state.request,
                    line,
                ));
            }
        }
    }
    let count = found.len() + remote.len() + parents.len() + unmatched + instruction.heredocs.len();
    // BuildKit has no such check (moby/buildkit issue 1853).
    if count > 1 && classic && !destination.ends_with('/') {
        return Err(engine_messages::several_sources(&keyword, line));
    }
    if let Some(owner) = instruction.flag("chown") {
        let owner = stage.expand(owner, line)?;
        options.owner = Some(
            resolve_owner(&stage.image.tree, &owner, classic)
                .map_err(|message| BuildError::on_line("unknown-owner", message, line))?,
        );
    }
    let mut from = copy_exclude_parents::without_excluded(stage, instruction, from, &found, &excluded)?;
    if from_flag.is_none() {
        let parents = parents.iter().flat_map(|(tree, root)| tree.walk(root)).filter(|(_, node)| !node.is_dir());
        let parents = parents.map(|(key, _)| key.to_string());
        state.used_context_paths.extend(found.iter().map(|source| source.path.clone()).chain(parents));
    }
    for heredoc in &instruction.heredocs {
        let content = if heredoc.chomp { dockerfile::chomp(&heredoc.content) } else { heredoc.content.to_string() };
        let text = if heredoc.expand { stage.expand_document(&content, line)? } else { content };
        let place = format!("/{}", heredoc.name);
        from.put(&place, fs::Kind::File(Content::inline(text.into_bytes())), 0o644, 0, 0);
        found.push(place.as_str().into());
    }
    for (tree, root) in
        found.iter().map(|source| (&from, &source.path)).chain(parents.iter().map(|(tree, root)| (tree, root)))
    {
        let (nodes, bytes) =
            tree.walk(root).fold((0, 0), |(nodes, bytes), (_, node)| (nodes + 1, bytes + bytes_in_memory(node)));
        // A large context may be copied a few times for free; further copies are charged.
        let free = state.free_bytes.min(bytes);
        state.free_bytes -= free;
        stage.spend(nodes * NODE_STEPS + (bytes - free) / BYTES_PER_STEP, line)?;
    }
    let mut content = Hasher::default();
    for source in &found {
        content = digest(&from, &source.path, content.part(&source.name));
    }
    for (tree, root) in &parents {
        content = digest(tree, root, content.part(root));
    }
    let content = content.finish();
    let kind = match found.as_slice() {
        [one] if from.get(&one.path).is_some_and(|node| node.is_dir()) => "dir",
        [_] => "file",
        _ => "multi",
    };
    let created_by = match classic {
        true => history_text::classic_copy(&keyword, kind, &content, &destination),
        false => history_text::copy(&written, instruction, &destination),
    };
    let mut hasher = Hasher::default().part(&keyword).part(&content).part(&destination);
    for flag in instruction.flags.iter().filter(|flag| flag.name != "from") {
        hasher = hasher.part(&flag.name).part(flag.value.as_deref().unwrap_or(""));
    }
    for name in &remote {
        hasher = hasher.part(name);
    }
    for source in &unknown {
        hasher = hasher.part("unlisted").part(&source.path);
    }
    for (tree, root) in
        found.iter().map(|source| (&from, &source.path)).chain(parents.iter().map(|(tree, root)| (tree, root)))
    {
        hasher = tree_digest::unlisted(tree, root, hasher);
    }
    Ok(ResolvedCopy {
        from,
        in_context,
        sources: found,
        destination,
        options,
        symbolic_mode,
        parents,
        remote,
        unknown,
        key: hasher.finish(),
        created_by,
    })
}

pub(super) fn is_remote(source: &str) -> bool {
    ["http://", "https://", "git@", "git://", "ftp://"].iter().any(|scheme| source.starts_with(scheme))
}
