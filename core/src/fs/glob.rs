//! Patterns of Go's `filepath.Match`: `*`, `?`, `[a-z]`, `\` escapes; `*` does not match a slash. And patterns of shells:
//! with `[[:alpha:]]`, and an unclosed bracket is a literal.

/// Whether one path component `name` matches `pattern`.
pub(crate) fn matches(pattern: &str, name: &str) -> bool {
    walk(pattern, name, class)
}

/// Whether a text matches a shell's pattern.
pub(crate) fn shell_matches(pattern: &str, text: &str) -> bool {
    walk(pattern, text, shell_class)
}

/// Matches a character against the class that starts at an index; the index behind it.
type Class = fn(&[char], usize, char) -> Option<usize>;

fn walk(pattern: &str, name: &str, class: Class) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    // Backtracks only to the last `*`: quadratic time at worst.
    let (mut p, mut n) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    loop {
        if n == name.len() && pattern.get(p..).is_some_and(|rest| rest.iter().all(|c| *c == '*')) {
            return true;
        }
        let step = match (pattern.get(p), name.get(n)) {
            (Some('*'), _) => {
                star = Some((p + 1, n));
                p += 1;
                continue;
            }
            (Some('?'), Some(_)) => Some(p + 1),
            (Some('['), Some(c)) => class(&pattern, p, *c),
            (Some('\\'), Some(c)) if pattern.get(p + 1) == Some(c) => Some(p + 2),
            (Some(x), Some(c)) if x == c && *x != '\\' => Some(p + 1),
            _ => None,
        };
        match (step, star) {
            (Some(next), _) => {
                p = next;
                n += 1;
            }
            (None, Some((after, from))) if from < name.len() => {
                star = Some((after, from + 1));
                p = after;
                n = from + 1;
            }
            _ => return false,
        }
    }
}

/// Matches `c` against the bracket expression that starts at `[`. Returns the index behind it. An unclosed one matches
/// nothing.
fn class(pattern: &[char], start: usize, c: char) -> Option<usize> {
    bracket(pattern, start, c, false).flatten()
}

/// As [`class`], for a shell: with named classes, and an unclosed bracket is a literal.
fn shell_class(pattern: &[char], start: usize, c: char) -> Option<usize> {
    bracket(pattern, start, c, true).unwrap_or_else(|| (c == '[').then_some(start + 1))
}

/// The index behind a bracket expression if `c` matches it; `None` if it is not closed.
fn bracket(pattern: &[char], start: usize, c: char, named: bool) -> Option<Option<usize>> {
    let mut at = start + 1;
    // Go's `filepath.Match` negates by `^` alone.
    let negated = matches!(pattern.get(at), Some('^')) || named && pattern.get(at) == Some(&'!');
    if negated {
        at += 1;
    }
    let (mut found, mut first) = (false, true);
    loop {
        let low = *pattern.get(at)?;
        if low == ']' && !first {
            break;
        }
        first = false;
        if named && low == '[' && pattern.get(at + 1) == Some(&':') {
            let rest = pattern.get(at + 2..).unwrap_or(&[]);
            if let Some(len) = rest.windows(2).position(|two| two == [':', ']']) {
                let name: String = rest.iter().take(len).collect();
                found |= in_named_class(&name, c);
                at += len + 4;
                continue;
            }
        }
        let (low, next) = if low == '\\' { (*pattern.get(at + 1)?, at + 2) } else { (low, at + 1) };
        at = next;
        let mut high = low;
        if pattern.get(at) == Some(&'-') && pattern.get(at + 1).is_some_and(|c| *c != ']') {
            high = *pattern.get(at + 1)?;
            at += 2;
        }
        found |= (low..=high).contains(&c);
    }
    Some((found != negated).then_some(at + 1))
}

/// POSIX's classes, in the C locale.
fn in_named_class(name: &str, c: char) -> bool {
    match name {
        "alnum" => c.is_ascii_alphanumeric(),
        "alpha" => c.is_ascii_alphabetic(),
        "blank" => matches!(c, ' ' | '\t'),
        "cntrl" => c.is_ascii_control(),
        "digit" => c.is_ascii_digit(),
        "graph" => c.is_ascii_graphic(),
        "lower" => c.is_ascii_lowercase(),
        "print" => c.is_ascii_graphic() || c == ' ',
        "punct" => c.is_ascii_punctuation(),
        "space" => c.is_ascii_whitespace() || c == '\u{b}',
        "upper" => c.is_ascii_uppercase(),
        "xdigit" => c.is_ascii_hexdigit(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{matches, shell_matches};

    #[test]
    fn patterns_match_as_in_a_shell() {
        for (pattern, text, expected) in [
            ("[", "[", true),
            ("[a", "[a", true),
            ("x[[:digit:]]", "x7", true),
            ("[![:space:]]", " ", false),
            ("[[:upper:]a-c]", "b", true),
            ("[]x]", "]", true),
            ("a/*", "a/b/c", true),
        ] {
            assert_eq!(shell_matches(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn patterns_match_as_in_go() {
        for (pattern, name, expected) in [
            ("*.go", "main.go", true),
            ("*", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a?c", "abc", true),
            ("[a-c]x", "bx", true),
            ("[^a-c]x", "bx", false),
            ("\\*", "*", true),
            ("\\*", "x", false),
            ("*.go", "main.rs", false),
            ("[a", "a", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_do_not_blow_up() {
        assert!(!matches(&format!("{}c", "a*".repeat(200)), &"a".repeat(5_000)));
    }
}
