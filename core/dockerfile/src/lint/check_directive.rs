//! Which checks run: the directive `# check=skip=…;error=true;experimental=…`, and comments before an instruction.

use super::persistent_map::PersistentMap;
use super::rules::Rule;
use crate::syntax::{self, DirectiveName, directive_of_comment};
use crate::text::go_quote;
use std::borrow::Cow;

/// What the `check` directive says.
#[derive(Clone, Debug, Default)]
pub(super) struct Config<'t> {
    skip_all: bool,
    skipped: PersistentMap<&'t str, ()>,
    all_experimental: bool,
    experimental: PersistentMap<&'t str, ()>,
    /// Warnings fail the build.
    pub(super) error: bool,
}

impl<'t> Config<'t> {
    /// Reads the value of a directive.
    ///
    /// # Errors
    /// BuildKit's words.
    pub(super) fn parse(text: &'t str) -> Result<Self, String> {
        let mut config = Config::default();
        let text = text.trim();
        if text.is_empty() {
            return Ok(config);
        }
        for part in text.splitn(3, ';') {
            let Some((name, value)) = part.split_once('=') else {
                return Err(format!("invalid check option {}", go_quote(part)));
            };
            let (name, value) = (name.trim(), value.trim());
            let names = || value.split(',').map(|name| (name.trim(), ())).collect();
            match name {
                "skip" if value == "all" => config.skip_all = true,
                "skip" => config.skipped = names(),
                "experimental" if value == "all" => config.all_experimental = true,
                "experimental" => config.experimental = names(),
                "error" => match value {
                    "1" | "t" | "T" | "true" | "TRUE" | "True" => config.error = true,
                    "0" | "f" | "F" | "false" | "FALSE" | "False" => config.error = false,
                    _ => {
                        return Err(format!(
                            "failed to parse check option {}: strconv.ParseBool: parsing {}: invalid syntax",
                            go_quote(part),
                            go_quote(value)
                        ));
                    }
                },
                _ => return Err(format!("invalid check option {}", go_quote(name))),
            }
        }
        Ok(config)
    }

    /// With what the comments before an instruction add; a mistake in them is passed over.
    pub(super) fn with_comments<'c>(&'c self, comments: &[&'t str]) -> Cow<'c, Config<'t>> {
        let found = comments.iter().find_map(|comment| match directive_of_comment(comment) {
            Some((DirectiveName::Check, value)) => Some(first_word(value)),
            _ => None,
        });
        let Some(Ok(more)) = found.map(Config::parse) else {
            return Cow::Borrowed(self);
        };
        let mut merged = self.clone();
        merged.skip_all |= more.skip_all;
        merged.all_experimental |= more.all_experimental;
        merged.skipped.extend(&more.skipped);
        merged.experimental.extend(&more.experimental);
        Cow::Owned(merged)
    }

    pub(super) fn runs(&self, rule: &Rule) -> bool {
        if rule.experimental {
            return self.all_experimental || self.experimental.get(rule.name).is_some();
        }
        !self.skips(rule.name)
    }

    /// Whether a check that runs by itself is turned off.
    pub(super) fn skips(&self, name: &str) -> bool {
        self.skip_all || self.skipped.get(name).is_some()
    }
}

/// The value counts up to its first blank.
fn first_word(value: &str) -> &str {
    value.split(' ').next().unwrap_or(value)
}

/// The value of the `check` directive. Unlike the parser, BuildKit looks for it behind a `#!` line
/// too, and not in lines that begin with blanks.
pub(super) fn directive(text: &str) -> &str {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = if text.starts_with("#!") { text.split_once('\n').map_or("", |(_, rest)| rest) } else { text };
    let mut seen = Vec::new();
    for line in text.lines() {
        let Some((name, value)) = line.strip_prefix('#').and_then(directive_of_comment) else {
            break;
        };
        if seen.contains(&name) {
            break;
        }
        if name == DirectiveName::Check {
            return first_word(value);
        }
        seen.push(name);
    }
    ""
}

/// Which checks a text turns off: by a `check` directive, or by comments before instructions.
///
/// For checks that are not BuildKit's own: it passes over names that it does not know.
#[derive(Clone, Debug)]
pub struct Skips<'t> {
    config: Config<'t>,
    file: syntax::File<'t>,
}

impl<'t> Skips<'t> {
    /// Reads the directive and the instructions of a Dockerfile.
    pub fn of(text: &'t str) -> Self {
        Skips { config: Config::parse(directive(text)).unwrap_or_default(), file: syntax::parse(text) }
    }

    /// Whether a check is turned off on a line by one of its names.
    pub fn skip(&self, names: &[&str], line: usize) -> bool {
        let nodes = &self.file.nodes;
        let node = nodes.binary_search_by_key(&line, |node| node.line as usize).ok().and_then(|at| nodes.get(at));
        let comments = node.map_or(&[][..], |node| self.file.comments(node));
        let config = self.config.with_comments(comments);
        names.iter().any(|name| config.skips(name))
    }
}
