//! `COPY --exclude`, and `COPY --parents` with its pivot `/./`: which files come along, and which stay behind.

use super::stage_state::StageState;
use super::state::BuildState;
use super::unknown_sources::{UnknownSource, may_match_unlisted};
use super::{BuildError, assumed_context, engine_messages};
use crate::dockerfile::Instruction;
use crate::fs::{CopySource, Ignore, Tree, path};

/// Reads the patterns of `--exclude`.
///
/// # Errors
/// The builder's message for a pattern that is invalid.
pub(super) fn excluded(
    state: &BuildState,
    stage: &StageState,
    instruction: &Instruction,
) -> Result<Ignore, BuildError> {
    let line = instruction.line;
    let patterns = instruction.flag_values("exclude").map(|pattern| stage.expand(pattern, line));
    let patterns: Vec<String> = patterns.collect::<Result<_, _>>()?;
    pattern_list(state, patterns.iter().map(String::as_str), line)
}

fn pattern_list<'p>(
    state: &BuildState,
    patterns: impl IntoIterator<Item = &'p str>,
    line: usize,
) -> Result<Ignore, BuildError> {
    let prefix = engine_messages::solve_prefix(state.request);
    Ignore::of_patterns(patterns)
        .map_err(|error| BuildError::on_line("invalid-pattern", format!("{prefix}{error}"), line))
}

/// The tree without the files below the sources that `--exclude` names.
///
/// # Errors
/// When the patterns take too many steps.
pub(super) fn without_excluded(
    stage: &StageState,
    instruction: &Instruction,
    mut from: Tree,
    sources: &[CopySource],
    excluded: &Ignore,
) -> Result<Tree, BuildError> {
    if instruction.flag_values("exclude").next().is_none() {
        return Ok(from);
    }
    // The patterns apply to the files in a copied directory, not to a source that is itself a file.
    for place in sources.iter().map(|source| &source.path) {
        if from.get(place).is_some_and(|node| node.is_dir()) {
            from = stage.charged_tree(excluding(&from, place, excluded), instruction.line)?;
        }
    }
    Ok(from)
}

/// A source of a COPY with `--parents`.
pub(super) struct SourceWithParents {
    /// The files that it names, with their parent directories.
    pub(super) tree: Tree,
    /// The directory below which they are copied: the path before `/./`, which is not copied as a parent directory.
    pub(super) root: String,
    /// What it may name besides, if not all files are listed.
    pub(super) unknown: Option<UnknownSource>,
}

/// Finds a source of a COPY with `--parents`.
///
/// # Errors
/// The builder's message for a pattern that is invalid or a source that does not exist.
pub(super) fn parents(
    state: &BuildState,
    stage: &StageState,
    instruction: &Instruction,
    from: &Tree,
    source: &str,
    excluded: &Ignore,
) -> Result<SourceWithParents, BuildError> {
    let line = instruction.line;
    let in_context = instruction.flag("from").is_none_or(str::is_empty);
    let (root, named) = source.split_once("/./").unwrap_or(("/", source));
    let root = path::join("/", root);
    let pattern = path::join("/", named);
    let pattern = pattern_list(state, [pattern.trim_start_matches('/')], line)?;
    let named_only = stage.charged_tree(including(from, &root, &pattern), line)?;
    let missing = path::join(&root, named);
    let is_pattern = assumed_context::is_pattern(source);
    let hidden = match is_pattern {
        true => may_match_unlisted(from, &missing),
        false => from.stat("/", &missing).is_err() && from.may_hide("/", &missing),
    };
    let mut unknown = None;
    if hidden && !(in_context && assumed_context::is_excluded(state, source)) {
        let below = if is_pattern { "/" } else { path::parent(named) };
        let below = path::join("/", below);
        unknown = Some(UnknownSource { below, ..UnknownSource::new(&missing, source, in_context) });
    } else if named_only.children(&root).is_empty() && !is_pattern {
        let keyword = instruction.keyword.to_ascii_uppercase();
        return Err(engine_messages::copy_not_found(&keyword, &missing, !in_context, state.request, line));
    }
    let tree = stage.charged_tree(excluding(&named_only, &root, excluded), line)?;
    Ok(SourceWithParents { tree, root, unknown })
}

/// The tree without the files below `top` that patterns exclude (`--exclude`), and the number of steps. `top` itself
/// always stays.
///
/// # Errors
/// When the patterns take too many steps.
pub(super) fn excluding(tree: &Tree, top: &str, patterns: &Ignore) -> Result<(Tree, usize), String> {
    keep(tree, top, patterns, false)
}

/// The tree with only the files below `top` that a pattern matches (`--parents`) and their parent directories, and the
/// number of steps.
///
/// # Errors
/// When the pattern takes too many steps.
fn including(tree: &Tree, top: &str, pattern: &Ignore) -> Result<(Tree, usize), String> {
    keep(tree, top, pattern, true)
}

/// Keeps the files below a directory that match (or do not match) the patterns. A directory stays while an entry of it
/// stays. Also returns the number of steps.
fn keep(tree: &Tree, top: &str, patterns: &Ignore, matching: bool) -> Result<(Tree, usize), String> {
    let mut kept = tree.clone();
    let mut walk = patterns.walk();
    let mut removed = Vec::new();
    for (key, _) in tree.walk(top).filter(|(key, _)| ***key != *top) {
        let relative = key.get(top.len()..).unwrap_or("").trim_start_matches('/');
        if walk.excludes(relative)? != matching {
            removed.push(key.clone());
        }
    }
    // In reverse order, so that the entries of a directory are removed before the directory.
    for key in removed.iter().rev() {
        if kept.children(key).is_empty() {
            let _ = kept.remove(key);
        } else if matching {
            kept.set_listed(key);
        }
    }
    if matching {
        // No pattern names the directory itself.
        kept.set_listed(top);
    }
    Ok((kept, walk.steps()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fs::Content;

    fn context() -> Tree {
        let mut tree = Tree::new();
        tree.mkdir_all("/src/sub", 0o755, 0, 0).unwrap();
        tree.write("/src/a.go", Content::inline(*b"a"), 0o644, 7, 7).unwrap();
        tree.write("/src/sub/b.go", Content::inline(*b"b"), 0o644, 0, 0).unwrap();
        tree
    }

    #[test]
    fn patterns_leave_out_and_name_what_is_below_a_folder() {
        let paths = |tree: &Tree| tree.walk("/src").map(|(key, _)| key.to_string()).collect::<Vec<_>>();
        let patterns = |text: &str| Ignore::of_patterns([text]).unwrap();
        let excluding = |text: &str| paths(&super::excluding(&context(), "/src", &patterns(text)).unwrap().0);
        let including = |text: &str| paths(&super::including(&context(), "/", &patterns(text)).unwrap().0);
        assert_eq!(excluding("*.go"), ["/src", "/src/sub", "/src/sub/b.go"]);
        assert_eq!(excluding("sub"), ["/src", "/src/a.go"]);
        assert_eq!(including("src/sub"), ["/src", "/src/sub", "/src/sub/b.go"]);
        assert_eq!(including("src/*.go"), ["/src", "/src/a.go"]);
    }
}
