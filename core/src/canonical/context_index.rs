//! What is known of a build context before an engine gets it: how many files it has, and where its links lead.

use super::writer::Writer;
use super::{Refused, refuse};
use crate::dockerfile::Instruction;
use crate::fs::glob_matches;
use std::collections::BTreeMap;
use std::ops::{Add, AddAssign, Sub};

/// Links that one path may lead through. Docker and BuildKit follow 255.
const MAX_LINKS: usize = 255;
/// Bytes of a path that links lead to. The kernel's limit is 4,096.
const MAX_PATH: usize = 4_096;
/// Parts of paths that are read to find out where the links of a context lead. Links beyond it count as leading out.
const MAX_PARTS: u64 = 4 << 20;
/// Files of the context that the sources of COPY and ADD may be held against, all together. An engine holds each source
/// with a wildcard against every file of the context, and cannot be stopped meanwhile: Docker 20.10.24 takes about 5 µs
/// for each. 50,000 files and 30 such sources are 1,500,000.
const MAX_MATCHES: u64 = 2_000_000;
/// Sources of `COPY --from`. The number of files behind them is not known; one with a wildcard counts as
/// [`WILDCARD_SOURCES`].
const MAX_IMAGE_SOURCES: u64 = 1_000;
const WILDCARD_SOURCES: u64 = 10;
/// Bytes of a pattern that cost as much as a file.
const PATTERN_BYTES: usize = 64;
/// Bytes of a pattern times bytes of a name that count as one match.
const STEPS_OF_MATCH: usize = 4096;

/// The names and the links of a build context.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContextIndex {
    /// All names, sorted, relative to the context.
    names: Vec<String>,
    /// The targets of links, by name.
    links: BTreeMap<String, String>,
    /// Links that lead out of the context, or in a circle.
    leading_out: Vec<String>,
}

impl ContextIndex {
    /// An index of all names of a context and the targets of its symbolic links, by name. Names are relative to the
    /// context and have no empty parts, `.` and `..`.
    pub fn new(mut names: Vec<String>, links: BTreeMap<String, String>) -> Self {
        names.sort_unstable();
        let mut index = ContextIndex { names, links, leading_out: Vec::new() };
        let mut parts = 0;
        let leads_out = |name: &&String| parts > MAX_PARTS || index.resolve(name, &mut parts).is_none();
        index.leading_out = index.links.keys().filter(leads_out).cloned().collect();
        index
    }

    /// How many names are at a path or below it.
    fn count(&self, path: &str) -> u64 {
        let (first, end) = (format!("{path}/"), format!("{path}0"));
        let begin = self.names.partition_point(|name| *name < first);
        let below = self.names.partition_point(|name| *name < end) - begin;
        // `0` is the character behind the slash.
        let below = if path.is_empty() { self.names.len() } else { below };
        below as u64 + 1
    }

    /// Where a path leads, without links. `None` if it leads out of the context: through an absolute link, or through
    /// one that leads above the context's root. In Docker such links lead to the root of the context itself; in the
    /// context that an engine gets from this server the root is elsewhere. Adds the parts that are read to `parts`.
    fn resolve(&self, path: &str, parts: &mut u64) -> Option<String> {
        let mut rest: Vec<&str> = path.split('/').rev().collect();
        let mut resolved = String::new();
        let mut followed = 0;
        while let Some(part) = rest.pop() {
            *parts += 1;
            let parent = resolved.len();
            match part {
                "" | "." => continue,
                ".." if resolved.is_empty() => return None,
                ".." => {
                    resolved.truncate(resolved.rfind('/').unwrap_or(0));
                    continue;
                }
                part if resolved.is_empty() => resolved.push_str(part),
                part => {
                    resolved.push('/');
                    resolved.push_str(part);
                }
            }
            if let Some(target) = self.links.get(&resolved) {
                followed += 1;
                if followed > MAX_LINKS || target.starts_with('/') {
                    return None;
                }
                resolved.truncate(parent);
                let known = rest.len();
                rest.extend(target.split('/').rev());
                *parts += (rest.len() - known) as u64;
            }
            if resolved.len() > MAX_PATH {
                return None;
            }
        }
        Some(resolved)
    }

    /// Where a source leads: a path without links, behind which a pattern may stand. `None` if it leads out of the
    /// context.
    pub(super) fn resolved_source(&self, source: &str) -> Option<String> {
        let (folder, pattern) = split_pattern(source);
        let folder = self.resolve(folder, &mut 0)?;
        Some(if folder.is_empty() || pattern.is_empty() { folder + pattern } else { format!("{folder}/{pattern}") })
    }

    /// The links that lead to something in the context, each with the path to which it leads.
    pub fn resolved_links(&self) -> impl Iterator<Item = (&str, String)> {
        self.links.keys().filter_map(|name| Some((name.as_str(), self.resolve(name, &mut 0)?)))
    }

    /// What it costs an engine to find a source in this context. `None` if the source leads out of it, or `stopped` says
    /// that nobody waits for the answer.
    fn cost(&self, source: &str, stopped: &dyn Fn() -> bool) -> Option<CopyCost> {
        let mut parts = 0;
        let mut matches = |path: &str| self.resolve(path, &mut parts).map(|path| (self.count(&path), path));
        let found = match source.find(is_special) {
            None => matches(source)?.0,
            Some(_) => {
                let (folder, pattern) = split_pattern(source);
                let (_, folder) = matches(folder)?;
                let longest = self.leading_out.iter().map(|link| link.len()).max().unwrap_or(0);
                let steps = (1 + pattern.len() * longest / STEPS_OF_MATCH) as u64;
                let comparisons = self.leading_out.len() as u64 * steps;
                if comparisons > MAX_MATCHES {
                    return Some(CopyCost { matches: comparisons, image_sources: 0 });
                }
                if self.leading_out.iter().any(|link| stopped() || may_match(&folder, pattern, link)) {
                    return None;
                }
                (self.names.len() as u64 + 1) * pattern_cost(source) + comparisons
            }
        };
        Some(CopyCost { matches: found + parts, image_sources: 0 })
    }
}

/// A source as a folder, with its slash, and a pattern below it, which is empty if there is none.
fn split_pattern(source: &str) -> (&str, &str) {
    let Some(special) = source.find(is_special) else { return (source, "") };
    let folder = source.get(..special).and_then(|head| head.rfind('/')).map_or(0, |slash| slash + 1);
    source.split_at_checked(folder).unwrap_or((source, ""))
}

/// Whether a character means something in a pattern.
fn is_special(c: char) -> bool {
    matches!(c, '*' | '?' | '[' | '\\')
}

/// Whether a pattern below a folder may match a path, or one that is above it.
fn may_match(folder: &str, pattern: &str, path: &str) -> bool {
    let below = match folder {
        "" => Some(path),
        folder => path.strip_prefix(folder).and_then(|rest| rest.strip_prefix('/')),
    };
    let Some(below) = below else { return false };
    let fits = |(pattern, name): (&str, &str)| glob_matches(pattern, name);
    // Builders differ over classes and escapes, and a class may match a slash.
    pattern.contains("**")
        || pattern.contains(['[', '\\'])
        || below.split('/').count() <= pattern.split('/').count() && pattern.split('/').zip(below.split('/')).all(fits)
}

fn pattern_cost(pattern: &str) -> u64 {
    1 + (pattern.len() / PATTERN_BYTES) as u64
}

/// What COPY and ADD cost an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CopyCost {
    /// Files of the context that sources are held against. See [`MAX_MATCHES`].
    matches: u64,
    /// Sources of `COPY --from`. See [`MAX_IMAGE_SOURCES`].
    image_sources: u64,
}

impl Add for CopyCost {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        CopyCost {
            matches: self.matches.saturating_add(other.matches),
            image_sources: self.image_sources.saturating_add(other.image_sources),
        }
    }
}

impl AddAssign for CopyCost {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl Sub for CopyCost {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        CopyCost {
            matches: self.matches.saturating_sub(other.matches),
            image_sources: self.image_sources.saturating_sub(other.image_sources),
        }
    }
}

impl Writer<'_> {
    /// Counts what it costs an engine to find a source of COPY or ADD, and checks where it leads. `path` is a path of
    /// the context, or `None` if the source is in a stage or an image.
    ///
    /// # Errors
    /// The source leads out of the context, or all sources together cost too much.
    pub(super) fn count_source(
        &mut self,
        instruction: &Instruction,
        source: &str,
        path: Option<&str>,
    ) -> Result<(), Refused> {
        let excludes = || instruction.flag_values("exclude").map(pattern_cost).sum::<u64>();
        let cost = match path {
            Some(path) => {
                let CopyCost { matches, image_sources } = self.context_cost(source, path, instruction.line)?;
                // A file is held against four patterns of `--exclude` in the time of one of a source.
                CopyCost { matches: matches.saturating_mul(1 + excludes().div_ceil(4)), image_sources }
            }
            None => {
                let own = if source.contains(is_special) { WILDCARD_SOURCES * pattern_cost(source) } else { 1 };
                CopyCost { matches: 0, image_sources: own + excludes() }
            }
        };
        self.spend(cost, instruction.line)
    }

    /// What it costs an engine to find a path of the context.
    ///
    /// # Errors
    /// It leads out of the context.
    fn context_cost(&self, source: &str, path: &str, line: usize) -> Result<CopyCost, Refused> {
        let cost = self.known.context.cost(path.trim_start_matches('/'), self.known.stopped);
        self.check_stopped(line)?;
        cost.ok_or_else(|| {
            let message = format!(
                "{source} leads through a link of the context that is absolute or leads above the context's root; \
                 builds here do not follow such links"
            );
            refuse("context-link", message, "name the file itself, or use a link that stays in the context", line)
        })
    }

    /// Checks where the source of a bind mount leads.
    ///
    /// # Errors
    /// As [`Writer::count_source`].
    pub(super) fn count_mount(&mut self, path: &str, line: usize) -> Result<(), Refused> {
        let cost = self.context_cost(path, path, line)?;
        // A mount is not read.
        self.spend(CopyCost { matches: cost.matches.min(MAX_PATH as u64), ..cost }, line)
    }

    /// Counts what sources cost.
    ///
    /// # Errors
    /// All together cost too much.
    pub(super) fn spend(&mut self, cost: CopyCost, line: usize) -> Result<(), Refused> {
        self.copy_cost += cost;
        let files = self.known.context.names.len();
        if self.copy_cost.matches > MAX_MATCHES {
            let message = format!(
                "up to here the sources of COPY and ADD are held against the {files} files of the context more than \
                 {MAX_MATCHES} times"
            );
            let help = "use fewer sources with wildcards, name directories, or exclude files with a .dockerignore";
            return Err(refuse("too-large", message, help, line));
        }
        if self.copy_cost.image_sources > MAX_IMAGE_SOURCES {
            let message = format!(
                "up to here COPY --from has more than {MAX_IMAGE_SOURCES} sources, where one with a wildcard counts \
                 as {WILDCARD_SOURCES}"
            );
            return Err(refuse("too-large", message, "name directories instead", line));
        }
        Ok(())
    }
}
