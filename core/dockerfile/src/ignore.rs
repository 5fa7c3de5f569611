//! `.dockerignore`: which files of a directory are left out of the build context.
//!
//! Follows moby/patternmatcher: patterns become the same kinds of matches there.
//! A path is read once for each pattern, its parents with it.

use crate::path;
use crate::text::automaton::{Automaton, Part, Reading};

/// Steps that the paths of one tree may take: one for each character that a pattern reads, one for each
/// [`BYTES_PER_STEP`] that are compared as a text, and [`PATTERN_STEPS`] for each pattern and part of a path. A pattern
/// without `**` takes few: most paths end it early.
const MAX_STEPS: usize = 1 << 29;
/// Steps for keeping the state of a pattern and for looking at it once. 2^29 of these steps take about half a second.
const PATTERN_STEPS: usize = 8;
/// Bytes that are compared in one step.
const BYTES_PER_STEP: usize = 8;
/// States of patterns that are kept for the folders above a path.
const MAX_KEPT: usize = 1 << 16;

/// Patterns of a `.dockerignore` file, in order; the last one that matches decides.
///
/// `**` stands for any number of directories, a leading `!` brings files back, and a pattern that
/// matches a directory matches everything below it.
#[derive(Clone, Debug, Default)]
pub struct Ignore {
    patterns: Vec<Pattern>,
}

#[derive(Clone, Debug)]
struct Pattern {
    /// Brings files back.
    exclusion: bool,
    cleaned: String,
    matcher: Matcher,
}

#[derive(Clone, Debug)]
enum Matcher {
    Exact,
    /// Ends in `**`: what stands before it.
    Prefix(String),
    /// Begins with `**`: what stands behind it.
    Suffix(String),
    Parts(Box<Automaton>),
    /// A class with a range the wrong way round: found out only when it is used.
    Bad,
}

/// Go's words for a pattern that is none.
const BAD_PATTERN: &str = "syntax error in pattern";

impl Ignore {
    /// Reads a `.dockerignore` file. Patterns that are none are left out.
    pub fn parse(text: &str) -> Self {
        let patterns = lines(text).iter().filter_map(|line| Pattern::parse(line).ok().flatten()).collect();
        Ignore { patterns }
    }

    /// Takes patterns as they are.
    ///
    /// # Errors
    /// moby/patternmatcher's words for a pattern that is none.
    pub fn of_patterns<'p>(patterns: impl IntoIterator<Item = &'p str>) -> Result<Self, String> {
        let read = patterns.into_iter().filter_map(|pattern| Pattern::parse(pattern).transpose());
        Ok(Ignore { patterns: read.collect::<Result<_, _>>()? })
    }

    /// Whether any pattern brings files back (`!`), so that left out folders must be looked into.
    pub fn brings_back(&self) -> bool {
        self.patterns.iter().any(|pattern| pattern.exclusion)
    }

    /// Whether the text of a `!` pattern begins with this folder. The classic client, and BuildKit's before Docker 23,
    /// look into an excluded folder only then (moby `pkg/archive`, fsutil `walker`), so a pattern that begins with a
    /// wildcard brings nothing back from it.
    pub fn names_below(&self, folder: &str) -> bool {
        let mut texts = self.patterns.iter().filter(|pattern| pattern.exclusion).map(|pattern| &pattern.cleaned);
        texts.any(|text| text.strip_prefix(folder).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
    }

    /// Whether the file at `path` (relative to the context, no leading slash) is left out.
    pub fn excludes(&self, path: &str) -> bool {
        self.decide(path).unwrap_or(false)
    }

    /// The same, where a pattern may turn out to be none.
    ///
    /// # Errors
    /// `syntax error in pattern`.
    pub fn decide(&self, path: &str) -> Result<bool, String> {
        let mut excluded = false;
        for pattern in &self.patterns {
            if pattern.exclusion != excluded {
                continue;
            }
            if matches!(pattern.matcher, Matcher::Bad) {
                return Err(BAD_PATTERN.into());
            }
            let matched = pattern.matches(path, true);
            if matched {
                excluded = !pattern.exclusion;
            }
        }
        Ok(excluded)
    }

    /// Begins to ask about many paths, as those of a tree in order.
    pub fn walk(&self) -> Walk<'_> {
        Walk { ignore: self, folders: Vec::new(), path: String::new(), steps: 0 }
    }

    /// Whether any pattern matches this path itself, its parents left aside.
    ///
    /// # Errors
    /// `syntax error in pattern`.
    pub fn one_matches(&self, path: &str) -> Result<bool, String> {
        if self.patterns.iter().any(|pattern| matches!(pattern.matcher, Matcher::Bad)) {
            return Err(BAD_PATTERN.into());
        }
        Ok(self.patterns.iter().any(|pattern| pattern.matches(path, false)))
    }

    /// Whether a source of COPY is left out for sure: no pattern brings anything back, and the root
    /// counts only where everything is left out.
    pub fn surely_excludes(&self, path: &str) -> bool {
        if self.patterns.iter().any(|pattern| pattern.exclusion) {
            return false;
        }
        let is_root = path == "." || path == "/";
        let all = |pattern: &Pattern| matches!(pattern.cleaned.as_str(), "*" | "**" | "**/*");
        (!is_root || self.patterns.iter().any(all)) && self.excludes(path)
    }
}

/// Paths that are asked about one behind the other: what was found for a folder is kept for what is in it.
#[derive(Debug)]
pub struct Walk<'i> {
    ignore: &'i Ignore,
    /// The folders above the path, each with how far every pattern came in it.
    folders: Vec<(usize, Vec<Progress<'i>>)>,
    /// The path that was asked about last.
    path: String,
    steps: usize,
}

/// How far a pattern came.
#[derive(Clone, Debug)]
enum Progress<'i> {
    /// It matched a folder, and so all in it.
    Matched,
    Reading(Reading<'i>),
    /// It is compared as a text, and matched no folder so far.
    Text,
    /// It can match nothing below.
    Over,
}

impl<'i> Walk<'i> {
    /// Whether a file is left out, as [`Ignore::excludes`] tells it.
    ///
    /// # Errors
    /// When all paths together take too many steps. Nothing more is read then.
    pub fn excludes(&mut self, path: &str) -> Result<bool, String> {
        while let Some((length, _)) = self.folders.last()
            && path.get(..*length).is_none_or(|folder| self.path.get(..*length) != Some(folder))
        {
            self.folders.pop();
        }
        let mut from = self.folders.last().map_or(0, |(length, _)| *length);
        self.spend(self.ignore.patterns.len() * PATTERN_STEPS)?;
        let mut now = self.folders.last().map_or_else(|| self.begin(), |(_, states)| states.clone());
        while let Some(length) = path.get(from..).and_then(|rest| rest.find('/')) {
            let end = from + length;
            self.read(&mut now, path.get(from..end).unwrap_or(""))?;
            // What begins with a slash has no parent before it.
            let folder = path.get(..end).filter(|folder| !folder.is_empty());
            for (progress, pattern) in now.iter_mut().zip(&self.ignore.patterns) {
                let matched = match progress {
                    Progress::Matched | Progress::Over => continue,
                    Progress::Reading(reading) => {
                        let matched = folder.is_some() && reading.fits();
                        if !matched {
                            reading.read('/');
                        }
                        matched
                    }
                    Progress::Text => folder.is_some_and(|folder| pattern.is_text_of(folder, &mut self.steps)),
                };
                if matched {
                    *progress = Progress::Matched;
                }
            }
            from = end + 1;
            if self.folders.len() * now.len() < MAX_KEPT {
                self.folders.push((from, now.clone()));
            }
        }
        self.read(&mut now, path.get(from..).unwrap_or(""))?;
        self.path.clear();
        self.path.push_str(path);
        let mut excluded = false;
        for (pattern, progress) in self.ignore.patterns.iter().zip(&now) {
            if pattern.exclusion != excluded {
                continue;
            }
            let matched = match (&pattern.matcher, progress) {
                // As in [`Ignore::excludes`]: nothing is left out by what is no pattern.
                (Matcher::Bad, _) => return Ok(false),
                (_, Progress::Matched) => true,
                (_, Progress::Reading(reading)) => reading.fits(),
                (_, Progress::Over) => false,
                (_, Progress::Text) => pattern.is_text_of(path, &mut self.steps),
            };
            if matched {
                excluded = !pattern.exclusion;
            }
        }
        Ok(excluded)
    }

    /// Takes steps.
    ///
    /// # Errors
    /// When none are left.
    fn spend(&mut self, steps: usize) -> Result<(), String> {
        self.steps = self.steps.saturating_add(steps);
        if self.steps <= MAX_STEPS {
            return Ok(());
        }
        Err(format!(
            "{} patterns that leave files out take more than {MAX_STEPS} steps on so many files; use fewer or simpler ones",
            self.ignore.patterns.len()
        ))
    }

    /// How many steps were taken so far.
    pub fn steps(&self) -> usize {
        self.steps
    }

    fn begin(&self) -> Vec<Progress<'i>> {
        let begin = |pattern: &'i Pattern| match &pattern.matcher {
            Matcher::Parts(automaton) => Progress::Reading(automaton.begin()),
            Matcher::Bad => Progress::Over,
            Matcher::Exact | Matcher::Prefix(_) | Matcher::Suffix(_) => Progress::Text,
        };
        self.ignore.patterns.iter().map(begin).collect()
    }

    /// Reads a part of a path that no slash is in.
    ///
    /// # Errors
    /// As [`Walk::excludes`].
    fn read(&mut self, now: &mut [Progress<'i>], name: &str) -> Result<(), String> {
        self.spend(now.len() * PATTERN_STEPS)?;
        for (progress, pattern) in now.iter_mut().zip(&self.ignore.patterns) {
            let Progress::Reading(reading) = progress else { continue };
            for c in name.chars() {
                reading.read(c);
                self.steps += pattern.cost();
            }
            if reading.is_over() {
                *progress = Progress::Over;
            }
        }
        Ok(())
    }
}

/// The patterns of a file (moby/patternmatcher, `ignorefile.ReadAll`).
pub fn lines(text: &str) -> Vec<String> {
    let mut patterns = Vec::new();
    for line in text.strip_prefix('\u{feff}').unwrap_or(text).lines() {
        if line.starts_with('#') {
            continue;
        }
        let line = line.trim();
        if line.is_empty() {
            continue;
        }
        let (sign, line) = match line.strip_prefix('!') {
            Some(rest) => ("!", rest.trim()),
            None => ("", line),
        };
        let cleaned = if line.is_empty() { String::new() } else { path::clean(line) };
        let cleaned = if cleaned.len() > 1 { cleaned.strip_prefix('/').unwrap_or(&cleaned) } else { &cleaned };
        patterns.push(format!("{sign}{cleaned}"));
    }
    patterns
}

impl Pattern {
    /// `None` for an empty one.
    fn parse(text: &str) -> Result<Option<Self>, String> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let cleaned = path::clean(text);
        let (exclusion, cleaned) = match cleaned.strip_prefix('!') {
            Some("") => return Err("illegal exclusion pattern: \"!\"".into()),
            Some(rest) => (true, rest.to_string()),
            None => (false, cleaned),
        };
        check(&cleaned)?;
        let matcher = Matcher::of(&cleaned);
        Ok(Some(Pattern { exclusion, cleaned, matcher }))
    }

    /// Whether the pattern matches a path, or one of the folders that it is in.
    fn matches(&self, path: &str, or_parent: bool) -> bool {
        let is_below = |folder: &str| {
            let rest = path.strip_prefix(folder);
            rest.is_some_and(|rest| rest.is_empty() || or_parent && !folder.is_empty() && rest.starts_with('/'))
        };
        match &self.matcher {
            Matcher::Exact => is_below(&self.cleaned),
            Matcher::Prefix(prefix) => path.starts_with(prefix.as_str()),
            Matcher::Suffix(suffix) => {
                path.ends_with(suffix.as_str())
                    || suffix.strip_prefix('/').is_some_and(is_below)
                    || or_parent && path.contains(&format!("{suffix}/"))
            }
            Matcher::Parts(automaton) => fits(automaton, path, or_parent),
            Matcher::Bad => false,
        }
    }

    /// Whether a pattern that is compared as a text matches this path itself, without its parents. Adds the steps that
    /// this takes.
    fn is_text_of(&self, path: &str, steps: &mut usize) -> bool {
        let text = match &self.matcher {
            Matcher::Exact => &self.cleaned,
            Matcher::Prefix(text) | Matcher::Suffix(text) => text,
            Matcher::Parts(_) | Matcher::Bad => return false,
        };
        *steps += text.len().min(path.len()) / BYTES_PER_STEP;
        match &self.matcher {
            Matcher::Prefix(prefix) => path.starts_with(prefix.as_str()),
            Matcher::Suffix(suffix) => path.ends_with(suffix.as_str()) || suffix.strip_prefix('/') == Some(path),
            _ => path == self.cleaned,
        }
    }

    /// How many steps it takes for each character of a path.
    fn cost(&self) -> usize {
        match &self.matcher {
            Matcher::Parts(automaton) => automaton.cost(),
            _ => 1,
        }
    }
}

fn fits(automaton: &Automaton, path: &str, or_parent: bool) -> bool {
    if !automaton.may_fit(path.len()) {
        return false;
    }
    let mut reading = automaton.begin();
    for (at, c) in path.char_indices() {
        if or_parent && c == '/' && at > 0 && reading.fits() {
            return true;
        }
        reading.read(c);
        if reading.is_over() {
            return false;
        }
    }
    reading.fits()
}

impl Matcher {
    fn of(pattern: &str) -> Self {
        let chars: Vec<char> = pattern.chars().collect();
        let mut parts = Vec::new();
        let (mut exact, mut plain_prefix, mut starts_any, mut special) = (true, false, false, false);
        let mut at = 0;
        while let Some(c) = chars.get(at).copied() {
            let first = at == 0;
            at += 1;
            match c {
                '*' if chars.get(at) == Some(&'*') => {
                    at += 1;
                    at += usize::from(chars.get(at) == Some(&'/'));
                    let last = at >= chars.len();
                    plain_prefix = last && exact;
                    special |= !plain_prefix && !first;
                    parts.push(if last { Part::All } else { Part::Folders });
                    exact = false;
                    starts_any |= first;
                }
                '*' | '?' => {
                    parts.push(if c == '*' { Part::Many } else { Part::One });
                    (exact, special) = (false, true);
                }
                '\\' if at < chars.len() => {
                    parts.extend(chars.get(at).map(|c| Part::Char(*c)));
                    at += 1;
                    (exact, special) = (false, true);
                }
                '[' => {
                    let Some((class, end)) = class(&chars, at) else {
                        return Matcher::Bad;
                    };
                    parts.push(class);
                    at = end;
                    (exact, special) = (false, true);
                }
                c => parts.push(Part::Char(c)),
            }
        }
        match (exact, special) {
            (true, _) => Matcher::Exact,
            (_, true) => Matcher::Parts(Box::new(Automaton::new(&parts, '/'))),
            _ if starts_any => Matcher::Suffix(pattern.get(2..).unwrap_or("").to_string()),
            _ if plain_prefix => Matcher::Prefix(pattern.strip_suffix("**").unwrap_or(pattern).to_string()),
            _ => Matcher::Parts(Box::new(Automaton::new(&parts, '/'))),
        }
    }
}

/// The class that begins behind `[`, and the index behind its `]`; `None` if a range is backwards.
fn class(chars: &[char], start: usize) -> Option<(Part, usize)> {
    let mut at = start;
    let negated = chars.get(at) == Some(&'^');
    at += usize::from(negated);
    let mut ranges = Vec::new();
    let one = |at: &mut usize| -> Option<char> {
        *at += usize::from(chars.get(*at) == Some(&'\\'));
        let c = chars.get(*at).copied();
        *at += 1;
        c
    };
    while chars.get(at) != Some(&']') || ranges.is_empty() {
        let low = one(&mut at)?;
        let mut high = low;
        if chars.get(at) == Some(&'-') {
            at += 1;
            high = one(&mut at)?;
        }
        if high < low {
            return None;
        }
        ranges.push((low, high));
    }
    Some((Part::Class { negated, ranges }, at + 1))
}

/// Whether Go's `filepath.Match` takes a pattern.
fn check(pattern: &str) -> Result<(), String> {
    let bad = || Err(BAD_PATTERN.to_string());
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.next().is_none() => return bad(),
            '[' => {
                chars.next_if_eq(&'^');
                let mut count = 0;
                loop {
                    if count > 0 && chars.next_if_eq(&']').is_some() {
                        break;
                    }
                    for side in 0..2 {
                        if side == 1 && chars.next_if_eq(&'-').is_none() {
                            break;
                        }
                        match chars.next() {
                            None | Some('-' | ']') => return bad(),
                            Some('\\') if chars.next().is_none() => return bad(),
                            Some(_) => {}
                        }
                    }
                    if chars.peek().is_none() {
                        return bad();
                    }
                    count += 1;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Ignore, MAX_STEPS, Walk};

    #[test]
    fn the_last_matching_pattern_decides() {
        let ignore = Ignore::parse("# comment\n*.md\n!README.md\nnode_modules\n**/*.log\n/secret/\ndata/**\n**/tmp");
        for (path, excluded) in [
            ("a.md", true),
            ("README.md", false),
            ("sub/a.md", false),
            ("node_modules/x/y.js", true),
            ("a/b/c.log", true),
            ("c.log", true),
            ("secret/key", true),
            ("main.go", false),
            ("data/x/y", true),
            ("data", false),
            ("a/tmp/b", true),
            ("tmp", true),
        ] {
            assert_eq!(ignore.excludes(path), excluded, "{path}");
        }
    }

    #[test]
    fn patterns_that_are_none_are_refused() {
        for bad in ["[", "[]a]", "a[", "[x-]", "\\"] {
            assert_eq!(Ignore::of_patterns([bad]).unwrap_err(), "syntax error in pattern", "{bad}");
        }
        assert!(Ignore::of_patterns(["[z-a]"]).unwrap().decide("x").is_err());
    }

    #[test]
    fn many_stars_do_not_blow_up() {
        let ignore = Ignore::parse(&format!("{}c", "a*".repeat(200)));
        assert!(!ignore.excludes(&"a".repeat(5_000)));
    }

    /// The steps for a file so many folders deep and all folders above it.
    fn steps(ignore: &Ignore, depth: usize) -> usize {
        let path = "a/".repeat(depth);
        let mut walk = ignore.walk();
        for at in 1..depth {
            assert_eq!(walk.excludes(&path[..at * 2 - 1]), Ok(false));
        }
        walk.steps()
    }

    #[test]
    fn a_path_takes_steps_in_proportion_to_its_length_and_to_the_rules() {
        let rules = |count: usize| Ignore::parse(&format!("**/{}b\n", "*a".repeat(17)).repeat(count));
        let (one, deeper, more) = (steps(&rules(50), 100), steps(&rules(50), 200), steps(&rules(100), 100));
        assert!(deeper <= one * 21 / 10 && more <= one * 21 / 10, "{one} {deeper} {more}");
        assert!(deeper < 300_000, "{deeper}");
    }

    #[test]
    fn a_walk_through_a_tree_tells_what_each_path_tells() {
        let names = ["a", "b", "c", "d", "x", "y", "de", "f", "k", "l", "r.md"];
        for rules in [
            "a/*/c\n!a/b/c/d\n**/x\n!b/x\nd?\n[e-g]/**\n*/*/*.md\n/k/\n!k/l\n!**/y/*",
            "f**\n!**b/c\n**e/y\na/d\n!a/d/x\nk/**\n!**/l\n**md\nr.md/a",
            "**\n!a\n!b/**\n!**/k",
        ] {
            let ignore = Ignore::parse(rules);
            let mut walk = ignore.walk();
            for n in (0..names.len().pow(4)).step_by(3) {
                let part = |at: u32| names[n / names.len().pow(at) % names.len()];
                let path = [part(3), part(2), part(1), part(0)][..1 + n % 4].join("/");
                assert_eq!(walk.excludes(&path), Ok(ignore.excludes(&path)), "{path}");
            }
        }
    }

    #[test]
    fn rules_that_are_compared_as_texts_take_steps() {
        for rule in ["**aaa", "bbb**", "ccc", &format!("**{}", "d".repeat(200))] {
            let ignore = Ignore::parse(&format!("{rule}\n").repeat(20_000));
            let mut walk = Walk { steps: MAX_STEPS - (1 << 23), ..ignore.walk() };
            let refused = (0..2_900).position(|n| walk.excludes(&format!("{}{n:0250}", "x/".repeat(20))).is_err());
            assert!(refused.is_some_and(|asked| asked < 30), "{rule}: {refused:?}");
            // Steps are counted while one path is read.
            let mut walk = Walk { steps: MAX_STEPS - (1 << 23), ..ignore.walk() };
            assert!(walk.excludes(&"x/".repeat(500)).is_err() && walk.steps() < MAX_STEPS + (1 << 24), "{rule}");
        }
    }

    #[test]
    fn rules_that_take_too_many_steps_are_refused() {
        let ignore = Ignore::parse(&"**/*a*b\n".repeat(100));
        let mut walk = Walk { steps: MAX_STEPS - 100_000, ..ignore.walk() };
        let refused = (0..1_000).find_map(|n| walk.excludes(&format!("{n}/{}", "a".repeat(200))).err());
        assert!(refused.unwrap().contains("use fewer or simpler ones"));
    }
}
