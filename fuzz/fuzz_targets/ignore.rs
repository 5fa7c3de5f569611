//! Ignore rules: the fast matcher tells what a slow one tells that follows moby/patternmatcher word by word.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use stageplay_core::fs::Ignore;

#[derive(Arbitrary, Debug)]
struct Case<'a> {
    rules: &'a str,
    paths: [&'a str; 3],
}

fuzz_target!(|case: Case| {
    if case.rules.len() > 64 || case.paths.iter().any(|path| path.len() > 24) {
        return;
    }
    let ignore = Ignore::parse(case.rules);
    let mut walk = ignore.walk();
    for path in case.paths {
        let told = ignore.excludes(path);
        assert_eq!(walk.excludes(path), Ok(told), "a walk tells something else of {path:?}");
        assert_eq!(told, slow::excludes(case.rules, path), "{path:?}");
    }
});

mod slow {
    //! Everything is tried, and every parent anew.

    use stageplay_core::fs::{Ignore, ignore_lines};

    pub fn excludes(text: &str, path: &str) -> bool {
        let mut excluded = false;
        for line in ignore_lines(text) {
            let line = line.trim();
            // What is no pattern is left out; which ones are is not in question here.
            if line.is_empty() || Ignore::of_patterns([line]).is_err() {
                continue;
            }
            let cleaned = clean(line);
            let (exclusion, pattern) = match cleaned.strip_prefix('!') {
                Some(rest) => (true, rest),
                None => (false, cleaned.as_str()),
            };
            if exclusion != excluded {
                continue;
            }
            let chars: Vec<char> = pattern.chars().collect();
            let Some(parts) = parts(&chars) else { return false };
            let ends = path.char_indices().filter(|(at, c)| *c == '/' && *at > 0).map(|(at, _)| at);
            let is_plain = |text: &&str| !text.contains(['*', '?', '[', '\\']);
            let matched = ends.chain([path.len()]).any(|end| {
                let path = &path[..end];
                // patternmatcher compares the ends as texts where nothing else is a wildcard.
                if let Some(suffix) = pattern.strip_prefix("**").filter(is_plain) {
                    return path.ends_with(suffix) || suffix.strip_prefix('/') == Some(path);
                }
                if let Some(prefix) = pattern.strip_suffix("**").filter(is_plain) {
                    return path.starts_with(prefix);
                }
                fits(&parts, &path.chars().collect::<Vec<char>>())
            });
            if matched {
                excluded = !exclusion;
            }
        }
        excluded
    }

    /// Go's `filepath.Clean`.
    fn clean(path: &str) -> String {
        let rooted = path.starts_with('/');
        let mut kept: Vec<&str> = Vec::new();
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." if kept.last().is_some_and(|last| *last != "..") => drop(kept.pop()),
                ".." if rooted => {}
                name => kept.push(name),
            }
        }
        match (rooted, kept.join("/")) {
            (true, rest) => format!("/{rest}"),
            (false, rest) if rest.is_empty() => ".".into(),
            (false, rest) => rest,
        }
    }

    enum Part {
        Char(char),
        One,
        Name,
        All,
        Folders,
        Class(bool, Vec<(char, char)>),
    }

    /// The regular expression that patternmatcher writes; `None` where a range is backwards.
    fn parts(pattern: &[char]) -> Option<Vec<Part>> {
        let mut parts = Vec::new();
        let mut at = 0;
        while let Some(c) = pattern.get(at).copied() {
            at += 1;
            match c {
                '*' if pattern.get(at) == Some(&'*') => {
                    at += 1;
                    at += usize::from(pattern.get(at) == Some(&'/'));
                    parts.push(if at == pattern.len() { Part::All } else { Part::Folders });
                }
                '*' => parts.push(Part::Name),
                '?' => parts.push(Part::One),
                '\\' if at < pattern.len() => {
                    parts.push(Part::Char(pattern[at]));
                    at += 1;
                }
                '[' => {
                    let negated = pattern.get(at) == Some(&'^');
                    at += usize::from(negated);
                    let mut ranges = Vec::new();
                    while pattern.get(at) != Some(&']') || ranges.is_empty() {
                        let mut sides = Vec::new();
                        while sides.len() < 2 && (sides.is_empty() || pattern.get(at) == Some(&'-')) {
                            at += usize::from(!sides.is_empty());
                            at += usize::from(pattern.get(at) == Some(&'\\'));
                            sides.push(*pattern.get(at)?);
                            at += 1;
                        }
                        let (low, high) = (sides[0], sides[sides.len() - 1]);
                        if high < low {
                            return None;
                        }
                        ranges.push((low, high));
                    }
                    at += 1;
                    parts.push(Part::Class(negated, ranges));
                }
                c => parts.push(Part::Char(c)),
            }
        }
        Some(parts)
    }

    fn fits(parts: &[Part], text: &[char]) -> bool {
        let Some((part, behind)) = parts.split_first() else { return text.is_empty() };
        let one = |fit: bool| fit && text.get(1..).is_some_and(|rest| fits(behind, rest));
        let first = text.first().copied();
        let mut cuts = 0..=text.len();
        match part {
            Part::Char(c) => one(first == Some(*c)),
            Part::One => one(first.is_some_and(|c| c != '/')),
            Part::Class(negated, ranges) => {
                one(first.is_some_and(|c| ranges.iter().any(|(low, high)| (*low..=*high).contains(&c)) != *negated))
            }
            Part::Name => cuts.any(|cut| !text[..cut].contains(&'/') && fits(behind, &text[cut..])),
            Part::All => cuts.any(|cut| fits(behind, &text[cut..])),
            Part::Folders => cuts.any(|cut| (cut == 0 || text[cut - 1] == '/') && fits(behind, &text[cut..])),
        }
    }
}
