//! `.dockerignore`: which files of a directory are left out of the build context.
//!
//! Follows moby/patternmatcher: patterns become the same kinds of matches there.

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
    Parts(Vec<Part>),
    /// A class with a range the wrong way round: found out only when it is used.
    Bad,
}

#[derive(Clone, Debug)]
enum Part {
    Char(char),
    /// `?`: one character of a name.
    One,
    /// `*`: any part of a name.
    Name,
    /// `**` at the end: anything.
    Any,
    /// `**` before more: any directories.
    Directories,
    Class {
        negated: bool,
        ranges: Vec<(char, char)>,
    },
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
            let parents = path.char_indices().filter(|(at, c)| *c == '/' && *at > 0).map(|(at, _)| at);
            let matched = pattern.matches(path)
                || parents.into_iter().any(|end| path.get(..end).is_some_and(|parent| pattern.matches(parent)));
            if matched {
                excluded = !pattern.exclusion;
            }
        }
        Ok(excluded)
    }

    /// Whether any pattern matches this path itself, its parents left aside.
    ///
    /// # Errors
    /// `syntax error in pattern`.
    pub fn one_matches(&self, path: &str) -> Result<bool, String> {
        if self.patterns.iter().any(|pattern| matches!(pattern.matcher, Matcher::Bad)) {
            return Err(BAD_PATTERN.into());
        }
        Ok(self.patterns.iter().any(|pattern| pattern.matches(path)))
    }

    /// Whether a source of COPY is left out for sure: no pattern brings anything back, and the root
    /// counts only where everything is left out.
    pub(crate) fn surely_excludes(&self, path: &str) -> bool {
        if self.patterns.iter().any(|pattern| pattern.exclusion) {
            return false;
        }
        let is_root = path == "." || path == "/";
        let all = |pattern: &Pattern| matches!(pattern.cleaned.as_str(), "*" | "**" | "**/*");
        (!is_root || self.patterns.iter().any(all)) && self.excludes(path)
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
        let cleaned = if line.is_empty() { String::new() } else { super::path::clean(line) };
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
        let cleaned = super::path::clean(text);
        let (exclusion, cleaned) = match cleaned.strip_prefix('!') {
            Some("") => return Err("illegal exclusion pattern: \"!\"".into()),
            Some(rest) => (true, rest.to_string()),
            None => (false, cleaned),
        };
        check(&cleaned)?;
        let matcher = Matcher::of(&cleaned);
        Ok(Some(Pattern { exclusion, cleaned, matcher }))
    }

    fn matches(&self, path: &str) -> bool {
        match &self.matcher {
            Matcher::Exact => path == self.cleaned,
            Matcher::Prefix(prefix) => path.starts_with(prefix.as_str()),
            Matcher::Suffix(suffix) => path.ends_with(suffix.as_str()) || suffix.strip_prefix('/') == Some(path),
            Matcher::Parts(parts) => fits(parts, path),
            Matcher::Bad => false,
        }
    }
}

fn fits(parts: &[Part], path: &str) -> bool {
    let chars: Vec<char> = path.chars().collect();
    // reach[i]: the parts so far can have used i characters.
    let mut reach: Vec<bool> = (0..=chars.len()).map(|at| at == 0).collect();
    for part in parts {
        let mut open = false;
        let mut next = Vec::with_capacity(reach.len());
        for at in 0..reach.len() {
            let here = reach.get(at).copied().unwrap_or(false);
            let before = at.checked_sub(1).and_then(|last| chars.get(last)).copied();
            let from_before = at > 0 && reach.get(at - 1).copied().unwrap_or(false);
            next.push(match part {
                Part::Char(wanted) => from_before && before == Some(*wanted),
                Part::One => from_before && before != Some('/'),
                Part::Class { negated, ranges } => {
                    let found = |c: char| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
                    from_before && before.is_some_and(|c| found(c) != *negated)
                }
                Part::Name => {
                    open = here || (open && before != Some('/'));
                    open
                }
                Part::Any => {
                    open |= here;
                    open
                }
                Part::Directories => {
                    let passed = open && before == Some('/');
                    open |= here;
                    here || passed
                }
            });
        }
        reach = next;
    }
    reach.last().copied().unwrap_or(false)
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
                    parts.push(if last { Part::Any } else { Part::Directories });
                    exact = false;
                    starts_any |= first;
                }
                '*' | '?' => {
                    parts.push(if c == '*' { Part::Name } else { Part::One });
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
            (_, true) => Matcher::Parts(parts),
            _ if starts_any => Matcher::Suffix(pattern.get(2..).unwrap_or("").to_string()),
            _ if plain_prefix => Matcher::Prefix(pattern.strip_suffix("**").unwrap_or(pattern).to_string()),
            _ => Matcher::Parts(parts),
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
    use super::Ignore;

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
}
