//! Patterns of `${name#…}`, `${name%…}` and `${name/…/…}`: `?` and `*`, no classes.
//!
//! BuildKit turns them into Go regular expressions, where neither sign matches the end of a line.

/// One part of a pattern.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Char(char),
    One,
    Any,
}

fn parse(pattern: &str) -> Result<Vec<Part>, String> {
    let invalid = |c: char| format!("invalid pattern ({pattern}) in substitution: invalid escape '\\{c}'");
    let mut parts = Vec::new();
    let mut chars = pattern.chars().peekable();
    while let Some(c) = chars.next() {
        parts.push(match c {
            '*' => Part::Any,
            '?' => Part::One,
            // These are escaped for the sake of the braces around; the sign is not part of the pattern.
            '\\' if matches!(chars.peek(), Some('}' | '/')) => continue,
            '\\' => match chars.next() {
                Some(c @ ('*' | '?' | '\\')) => Part::Char(c),
                Some(c) => return Err(invalid(c)),
                None => return Err(invalid('\u{fffd}')),
            },
            c => Part::Char(c),
        });
    }
    Ok(parts)
}

/// How many characters of `text` the pattern matches from its start: as many or as few as it can.
fn match_length(parts: &[Part], text: &[char], greedy: bool) -> Option<usize> {
    // reach[i]: the parts so far can have used i characters.
    let mut reach = vec![false; text.len() + 1];
    if let Some(first) = reach.first_mut() {
        *first = true;
    }
    for part in parts {
        let mut next = vec![false; text.len() + 1];
        let mut open = false;
        for at in 0..=text.len() {
            let here = reach.get(at).copied().unwrap_or(false);
            let fits = |c: char| match part {
                Part::Char(wanted) => *wanted == c,
                Part::One | Part::Any => c != '\n',
            };
            let before = at.checked_sub(1).and_then(|last| text.get(last)).is_some_and(|c| fits(*c));
            open = here || (open && before);
            if let Some(slot) = next.get_mut(at) {
                *slot = match part {
                    Part::Any => open,
                    _ => before && at > 0 && reach.get(at - 1).copied().unwrap_or(false),
                };
            }
        }
        reach = next;
    }
    if greedy { reach.iter().rposition(|fits| *fits) } else { reach.iter().position(|fits| *fits) }
}

/// `${v#p}` and `${v##p}`.
pub(super) fn trim_prefix(pattern: &str, value: &str, greedy: bool) -> Result<String, String> {
    let text: Vec<char> = value.chars().collect();
    let length = match_length(&parse(pattern)?, &text, greedy).unwrap_or(0);
    Ok(text.iter().skip(length).collect())
}

/// `${v%p}` and `${v%%p}`: the same from the other side.
pub(super) fn trim_suffix(pattern: &str, value: &str, greedy: bool) -> Result<String, String> {
    let backwards: String = value.chars().rev().collect();
    let kept = trim_prefix(&reverse(pattern), &backwards, greedy)?;
    Ok(kept.chars().rev().collect())
}

/// Reverses a pattern; an escape stays in front of what it escapes.
fn reverse(pattern: &str) -> String {
    let mut units: Vec<String> = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        let mut unit = c.to_string();
        if c == '\\' {
            unit.extend(chars.next());
        }
        units.push(unit);
    }
    units.into_iter().rev().collect()
}

/// `${v/p/r}` and `${v//p/r}`.
pub(super) fn replace(pattern: &str, value: &str, replacement: &str, all: bool) -> Result<String, String> {
    let parts = parse(pattern)?;
    let text: Vec<char> = value.chars().collect();
    let mut out = String::new();
    let (mut at, mut last_end) = (0, None);
    while let Some(rest) = text.get(at..) {
        match match_length(&parts, rest, true) {
            // Nothing is replaced right behind a replacement, except what has a length.
            Some(length) if length > 0 || last_end != Some(at) => {
                let matched: String = rest.iter().take(length).collect();
                if !all {
                    out.push_str(replacement);
                    out.extend(rest.iter().skip(length));
                    return Ok(out);
                }
                out.push_str(&expand_template(replacement, &matched));
                at += length;
                last_end = Some(at);
                if length == 0 {
                    out.extend(rest.first());
                    at += 1;
                }
            }
            _ => {
                out.extend(rest.first());
                at += 1;
            }
        }
        if at > text.len() {
            break;
        }
        if at == text.len() && last_end == Some(at) {
            break;
        }
    }
    Ok(out)
}

/// Go's `Regexp.Expand`: BuildKit hands the replacement of `//` to it, so `$0` is the match.
fn expand_template(template: &str, matched: &str) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        if let Some(tail) = after.strip_prefix('$') {
            out.push('$');
            rest = tail;
            continue;
        }
        let braced = after.strip_prefix('{');
        let body = braced.unwrap_or(after);
        let end = body.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(body.len());
        let (name, tail) = body.split_at(end);
        let tail = if braced.is_some() { tail.strip_prefix('}') } else { Some(tail) };
        match tail {
            Some(tail) if !name.is_empty() => {
                if name == "0" {
                    out.push_str(matched);
                }
                rest = tail;
            }
            _ => {
                out.push('$');
                rest = after;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_are_cut_short_or_long() {
        assert_eq!(trim_prefix("*a", "banana", false).unwrap(), "nana");
        assert_eq!(trim_prefix("*a", "banana", true).unwrap(), "");
        assert_eq!(trim_suffix("n*", "banana", false).unwrap(), "bana");
        assert_eq!(trim_suffix("n*", "banana", true).unwrap(), "ba");
        assert_eq!(trim_suffix("\\*", "a*", false).unwrap(), "a");
        assert!(trim_prefix("\\a", "x", false).is_err());
    }

    #[test]
    fn matches_are_replaced_once_or_everywhere() {
        assert_eq!(replace("a?", "banana", "-", false).unwrap(), "b-ana");
        assert_eq!(replace("a?", "banana", "-", true).unwrap(), "b--a");
        assert_eq!(replace("n", "banana", "<$0>", true).unwrap(), "ba<n>a<n>a");
        assert_eq!(replace("n", "banana", "<$0>", false).unwrap(), "ba<$0>ana");
        assert_eq!(replace("", "ab", "-", true).unwrap(), "-a-b-");
    }
}
