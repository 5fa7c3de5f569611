//! COPY and ADD.

use super::cache::digest;
use super::stage::{Bench, Effect};
use super::{BuildError, Work, features, words};
use crate::archive;
use crate::dockerfile::{self, Instruction};
use crate::exec::id_of_name as id;
use crate::fs::parse_mode;
use crate::fs::{self, Content, CopyError, CopyOptions, CopySource, Doubt, Ignore, Rename, Tree, path};
use crate::image::Hasher;
use crate::shell::Gap;

/// What a builder holds back of a symbolic mode that does not tell whose bits it means.
const UMASK: u32 = 0o022;

/// Steps that it takes to hash, copy and keep a file, beside those for its bytes.
const NODE_STEPS: usize = 32;
/// Bytes that are hashed in a step's time.
const BYTES_OF_STEP: usize = 16;
/// How often the whole context may be copied before its bytes are charged.
const FREE_COPIES: usize = 8;

/// Bytes of a file that are at hand.
fn held(node: &fs::Node) -> usize {
    node.content().and_then(Content::bytes).map_or(0, <[u8]>::len)
}

/// Bytes that a build may copy without being charged for them.
pub(super) fn free_bytes(context: &Tree) -> usize {
    context.walk("/").map(|(_, node)| held(node)).sum::<usize>().saturating_mul(FREE_COPIES)
}

/// A copy whose sources were found.
pub(super) struct Copy {
    from: Tree,
    sources: Vec<CopySource>,
    destination: String,
    options: CopyOptions,
    symbolic_mode: Option<String>,
    /// `--parents`: trees of which all below a folder is copied, with the folders on the way.
    parents: Vec<(Tree, String)>,
    /// Sources that are not files here: URLs and git repositories.
    remote: Vec<String>,
    /// Digest of everything that decides about the result.
    pub(super) key: String,
    label: String,
}

impl Copy {
    /// Where it takes from, and what.
    pub(super) fn taken(&self) -> (Tree, Vec<String>) {
        (self.from.clone(), self.sources.iter().map(|source| source.path.clone()).collect())
    }
}

fn fail(code: &'static str, message: String, line: usize) -> BuildError {
    BuildError { code, message, line: Some(line), exit_code: 1 }
}

pub(super) fn prepare(
    work: &mut Work,
    bench: &Bench,
    instruction: &Instruction,
    sources: &[String],
    destination: &str,
) -> Result<Copy, BuildError> {
    let line = instruction.line;
    let keyword = instruction.keyword.to_ascii_uppercase();
    let classic = work.is_classic();
    let from_flag = instruction.flag("from").filter(|name| !name.is_empty());
    let from = work.source_tree(bench.index, from_flag, line, true)?;
    let prefix = words::solve_prefix(work.request);
    if instruction.flag("chmod").is_some() && classic {
        let message = words::needs_buildkit("chmod");
        return Err(fail("needs-buildkit", message, line));
    }
    let mut options = CopyOptions {
        preserve_owner: from_flag.is_some() && work.request.engine.major() >= 18,
        classic,
        ..CopyOptions::default()
    };
    let mut symbolic_mode = None;
    if let Some(mode) = instruction.flag("chmod") {
        let mode = bench.expand(mode, line)?;
        match parse_mode(&mode, 0o644, false, UMASK) {
            Some(bits) if mode.starts_with(|c: char| c.is_ascii_digit()) => options.mode = Some(bits),
            // Before, what was no octal number was passed over.
            _ if features::is_old_frontend(work.request) => {}
            Some(_) => symbolic_mode = Some(mode),
            None => {
                return Err(fail(
                    "invalid-mode",
                    format!(
                        "{prefix}invalid chmod parameter: '{mode}'. it should be octal string and between 0 and 07777"
                    ),
                    line,
                ));
            }
        }
    }
    let destination = bench.expand(destination, line)?;
    let mut found = Vec::new();
    let mut remote = Vec::new();
    let mut parents = Vec::new();
    // What the history says of it: with these flags and no others, and words as they were expanded.
    let mut said = keyword.clone();
    for flag in ["parents", "chown", "chmod"] {
        match instruction.flag(flag) {
            Some("") if instruction.is_set(flag) => said.push_str(&format!(" --{flag}")),
            Some(value) => said.push_str(&format!(" --{flag}={}", bench.expand(value, line)?)),
            None => {}
        }
    }
    let patterns: Vec<String> =
        instruction.flag_values("exclude").map(|pattern| bench.expand(pattern, line)).collect::<Result<_, _>>()?;
    let excluded = Ignore::of_patterns(patterns.iter().map(String::as_str))
        .map_err(|error| fail("invalid-pattern", format!("{prefix}{error}"), line))?;
    for source in sources {
        let source = bench.expand(source, line)?;
        said.push_str(&format!(" {source}"));
        if instruction.is_set("parents") && !(keyword == "ADD" && is_remote(&source)) {
            // What stands before `/./` is no parent.
            let (root, named) = source.split_once("/./").unwrap_or(("/", &source));
            let root = path::join("/", root);
            let pattern = path::join("/", named);
            let pattern = Ignore::of_patterns([pattern.trim_start_matches('/')])
                .map_err(|error| fail("invalid-pattern", format!("{prefix}{error}"), line))?;
            let named_only = bench.filtered(fs::including(&from, &root, &pattern), line)?;
            if named_only.children(&root).is_empty() && !source.contains(['*', '?', '[']) {
                let missing = path::join(&root, named);
                return Err(words::copy_not_found(&keyword, &missing, from_flag.is_some(), work.request, line));
            }
            parents.push((bench.filtered(fs::excluding(&named_only, &root, &excluded), line)?, root));
            continue;
        }
        if keyword == "ADD" && is_remote(&source) {
            remote.push(source);
            continue;
        }
        match fs::expand_sources(&from, &source) {
            Ok(these) => found.extend(these),
            Err(CopyError::NotFound(_)) if !classic && source.contains(['*', '?', '[']) => {}
            Err(CopyError::NotFound(_)) if classic && source.contains(['*', '?', '[']) => {
                return Err(fail("copy-not-found", format!("{keyword} failed: no source files were specified"), line));
            }
            Err(CopyError::NotFound(missing)) if from.may_hide("/", &missing) => {
                // It may exist in the base image; its size is unknown either way.
                remote.push(missing);
            }
            Err(_) => {
                let missing = path::join("/", &source);
                return Err(words::copy_not_found(&keyword, &missing, from_flag.is_some(), work.request, line));
            }
        }
    }
    let count = found.len() + remote.len() + parents.len() + instruction.heredocs.len();
    if count > 1
        && !destination.ends_with('/')
        && (classic || work.request.engine.major() >= 23)
        && !destination.ends_with('.')
    {
        let message = format!(
            "{prefix}When using {keyword} with more than one source file, the destination must be a directory and end with a /"
        );
        return Err(fail("copy-destination", message, line));
    }
    if let Some(owner) = instruction.flag("chown") {
        let owner = bench.expand(owner, line)?;
        options.owner = Some(
            resolve_owner(&bench.image.tree, &owner, classic)
                .map_err(|message| fail("unknown-owner", message, line))?,
        );
    }
    let mut from = from;
    if !patterns.is_empty() {
        // Only what is in a folder that is copied is held against the patterns, not a file named itself.
        for place in found.iter().map(|source| &source.path) {
            if from.get(place).is_some_and(|node| node.is_dir()) {
                from = bench.filtered(fs::excluding(&from, place, &excluded), line)?;
            }
        }
    }
    if from_flag.is_none() {
        let parents = parents.iter().flat_map(|(tree, root)| tree.walk(root)).filter(|(_, node)| !node.is_dir());
        let parents = parents.map(|(key, _)| key.to_string());
        work.taken.extend(found.iter().map(|source| source.path.clone()).chain(parents));
    }
    for heredoc in &instruction.heredocs {
        let content = if heredoc.chomp { dockerfile::chomp(&heredoc.content) } else { heredoc.content.to_string() };
        let text = if heredoc.expand { bench.expand_document(&content, line)? } else { content };
        let place = format!("/{}", heredoc.name);
        from.put(&place, fs::Kind::File(Content::inline(text.into_bytes())), 0o644, 0, 0);
        found.push(place.as_str().into());
    }
    for (tree, root) in
        found.iter().map(|source| (&from, &source.path)).chain(parents.iter().map(|(tree, root)| (tree, root)))
    {
        let (nodes, bytes) = tree.walk(root).fold((0, 0), |(nodes, bytes), (_, node)| (nodes + 1, bytes + held(node)));
        // A large context may be copied a few times; what is copied again and again is charged.
        let free = work.free_bytes.min(bytes);
        work.free_bytes -= free;
        bench.spend(nodes * NODE_STEPS + (bytes - free) / BYTES_OF_STEP, line)?;
    }
    let mut content = Hasher::default();
    for source in &found {
        content = digest(&from, &source.path, content.part(&source.name));
    }
    for (tree, root) in &parents {
        content = digest(tree, root, content.part(root));
    }
    let content = content.finish();
    let digits = content.strip_prefix("sha256:").unwrap_or(&content).to_string();
    let kind = match found.as_slice() {
        [one] if from.get(&one.path).is_some_and(|node| node.is_dir()) => "dir",
        [_] => "file",
        _ => "multi",
    };
    let label = if classic {
        format!("/bin/sh -c #(nop) {keyword} {kind}:{digits} in {destination} ")
    } else {
        let documents: String = instruction.heredocs.iter().map(|one| format!(" <<{}", one.name)).collect();
        format!("{said}{documents} {destination} # buildkit")
    };
    let mut hasher = Hasher::default().part(&keyword).part(&content).part(&destination);
    for flag in instruction.flags.iter().filter(|flag| flag.name != "from") {
        hasher = hasher.part(&flag.name).part(flag.value.as_deref().unwrap_or(""));
    }
    for name in &remote {
        hasher = hasher.part(name);
    }
    Ok(Copy { from, sources: found, destination, options, symbolic_mode, parents, remote, key: hasher.finish(), label })
}

fn is_remote(source: &str) -> bool {
    ["http://", "https://", "git@", "git://", "ftp://"].iter().any(|scheme| source.starts_with(scheme))
}

/// `--chown` to ids; names are looked up in the image that is copied into.
fn resolve_owner(tree: &Tree, owner: &str, strict: bool) -> Result<(u32, u32), String> {
    let (user, group) = owner.split_once(':').map_or((owner, None), |(user, group)| (user, Some(group)));
    let find = |file: &str, name: &str, word: &str| -> Result<u32, String> {
        match id(tree, file, name) {
            Some(number) => Ok(number),
            None if strict => Err(format!(
                "unable to convert uid/gid chown string to host mapping: can't find {word} for {} {name}: no such {}: {name}",
                if word == "uid" { "user" } else { "group" },
                if word == "uid" { "user" } else { "group" },
            )),
            None => Ok(0),
        }
    };
    // The classic builder looks even an empty name up.
    let uid = if user.is_empty() && !strict { 0 } else { find("/etc/passwd", user, "uid")? };
    let gid = match group {
        Some(group) => find("/etc/group", group, "gid")?,
        // A user alone stands for the group of the same number.
        None => uid,
    };
    Ok((uid, gid))
}

/// Whether a file of which not all is known is likely to be an archive.
fn is_named_like_archive(name: &str) -> bool {
    const ENDS: [&str; 9] = [".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst", ".tzst"];
    ENDS.iter().any(|end| name.ends_with(end))
}

/// ADD of an archive: its contents go into the destination, which is a folder.
fn add_archive(
    work: &Work,
    copy: &Copy,
    source: &str,
    tree: &mut Tree,
    target: &str,
    line: usize,
) -> Result<(), BuildError> {
    let refuse = |what: String| fail("add-archive", format!("{}{what}", words::solve_prefix(work.request)), line);
    // What was packed keeps its owners; BuildKit gives the folder that it makes for it to --chown's
    // (observed with 20.10.24).
    let made = copy.options.owner.filter(|_| !work.is_classic());
    let (uid, gid) = made.unwrap_or((0, 0));
    let folder = tree.mkdir_all(target, 0o755, uid, gid).map_err(|error| {
        let is_file = tree.stat("/", target).is_ok_and(|(_, node)| !node.is_dir());
        let real = tree.resolve("/", target, true).unwrap_or_default();
        match work.is_classic() && is_file {
            true => fail(
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

/// A copy that failed, in the builder's words.
fn not_copied(work: &Work, error: CopyError, line: usize) -> BuildError {
    let prefix = words::solve_prefix(work.request);
    let message = match error {
        CopyError::NotFound(path) => format!("{prefix}{path}: not found"),
        CopyError::NotADirectory(path) if work.is_classic() => {
            format!(
                "failed to copy files: failed to copy directory: mkdir /var/lib/docker/overlay2/…/merged{path}: not a directory"
            )
        }
        CopyError::NotADirectory(path) => {
            format!("{prefix}cannot copy to non-directory: {path}")
        }
        CopyError::Target(error) => format!("{prefix}{error}"),
    };
    fail("copy-target", message, line)
}

/// What was copied holds files of which nothing is known: what the layer weighs is not known then.
fn partly(effect: &mut Effect, unknown: Option<String>) {
    if let (Some(folder), None) = (unknown, &effect.unknown) {
        effect.unknown = Some(format!("{folder} may hold more than is listed"));
    }
}

pub(super) fn copy(
    work: &mut Work,
    bench: &mut Bench,
    instruction: &Instruction,
    copy: Copy,
) -> Result<Effect, BuildError> {
    let mut tree = bench.image.tree.clone();
    let mut effect = Effect { created_by: copy.label.clone(), ..Effect::default() };
    let slash = copy.destination.ends_with('/') || copy.destination.ends_with("/.") || copy.destination == ".";
    let rename = if slash || copy.sources.len() > 1 { Rename::Into } else { Rename::To };
    let target = path::join(&bench.image.config.working_dir, &copy.destination);
    for from in &copy.sources {
        let source = &from.path;
        let content = copy.from.get(source).and_then(|node| node.content());
        let unpacks = instruction.keyword.eq_ignore_ascii_case("ADD")
            && instruction.flag("unpack").is_none_or(|value| !value.eq_ignore_ascii_case("false"));
        match content.filter(|_| unpacks).map(archive::is_archive) {
            Some(Some(true)) => {
                add_archive(work, &copy, source, &mut tree, &target, instruction.line)?;
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
        partly(&mut effect, copied.map_err(|error| not_copied(work, error, instruction.line))?);
    }
    for (from, root) in &copy.parents {
        let copied = fs::copy_tree(from, &root.as_str().into(), &mut tree, &target, Rename::To, copy.options);
        partly(&mut effect, copied.map_err(|error| not_copied(work, error, instruction.line))?);
    }
    for source in &copy.remote {
        let code = if is_remote(source) { "remote-source" } else { "unlisted-file" };
        let answer = work.answers.get(source).cloned();
        let content = answer.unwrap_or_else(|| {
            effect.gaps.push(Gap { code, what: source.clone() });
            effect.unknown = Some(format!("the size of {source} is not known"));
            Content::unknown(format!("{source}: its size is not known"))
        });
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
