//! Pathname expansion: glob patterns in words (POSIX, 2.6.6).

use super::Shell;
use super::language::Language;
use super::limits::MAX_WORD;
use crate::fs::path;

impl Shell {
    /// Path names that match, in order; empty when none does.
    pub(super) fn glob(&self, pattern: &str) -> Vec<String> {
        let mut found: Vec<String> = vec![if pattern.starts_with('/') { "/".into() } else { String::new() }];
        for part in parts(pattern) {
            let mut next = Vec::new();
            for base in &found {
                if !self.effort.spend(4 * super::limits::STEPS_OF_COMMAND) {
                    return Vec::new();
                }
                if part == "**" && self.options.globstar {
                    self.below(base, &mut next);
                    continue;
                }
                if !is_pattern(part) {
                    let candidate = beside(base, &part.replace('\\', ""));
                    if self.fs.lstat(&self.cwd, &candidate).is_ok() {
                        next.push(candidate);
                    }
                    continue;
                }
                // bash leaves out the folder itself and the one above, the others do not.
                let dots = [".", ".."].into_iter().filter(|dot| {
                    part.starts_with('.') && self.language() != Language::Bash && self.matches_pattern(part, dot)
                });
                next.extend(dots.map(|dot| beside(base, dot)));
                for name in self.names_in(base) {
                    if self.matches_pattern(part, &name)
                        && (self.options.dotglob || !name.starts_with('.') || part.starts_with('.'))
                    {
                        next.push(beside(base, &name));
                    }
                }
            }
            found = next;
        }
        // `**` may stand for nothing.
        found.retain(|name| !name.is_empty());
        if pattern.ends_with('/') {
            found.retain(|name| self.fs.stat(&self.cwd, name).is_ok_and(|(_, node)| node.is_dir()));
            found.iter_mut().for_each(|name| name.push('/'));
        }
        found.sort();
        found.dedup();
        found
    }

    pub(super) fn names_in(&self, folder: &str) -> Vec<String> {
        let folder = if folder.is_empty() { "." } else { folder };
        let Ok(real) = self.fs.resolve(&self.cwd, folder, true) else { return Vec::new() };
        self.fs.children(&path::join("/", &real)).into_iter().map(|(name, _)| name.to_string()).collect()
    }

    /// Collects a folder and everything below it, without names that begin with a dot.
    pub(super) fn below(&self, base: &str, all: &mut Vec<String>) {
        if all.len() > MAX_WORD || !self.effort.spend(super::limits::STEPS_OF_COMMAND) {
            return;
        }
        all.push(base.to_string());
        for name in self.names_in(base).into_iter().filter(|name| self.options.dotglob || !name.starts_with('.')) {
            let place = beside(base, &name);
            match self.fs.lstat(&self.cwd, &place) {
                Ok((_, node)) if node.is_dir() => self.below(&place, all),
                _ => all.push(place),
            }
        }
    }
}

/// Splits a path at the slashes outside groups such as `!(a|b)`.
pub(super) fn parts(pattern: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    let slash = move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == '/' && depth == 0
    };
    pattern.split(slash).filter(|part| !part.is_empty())
}

pub(super) fn is_pattern(part: &str) -> bool {
    let has_set = part.find('[').is_some_and(|at| part.get(at..).is_some_and(|rest| rest.contains(']')));
    part.contains(['*', '?']) || has_set || part.contains("@(") || part.contains("!(") || part.contains("+(")
}

pub(super) fn beside(base: &str, name: &str) -> String {
    match base {
        "" => name.to_string(),
        base if base.ends_with('/') => format!("{base}{name}"),
        base => format!("{base}/{name}"),
    }
}
