//! Word expansion as BuildKit's `shell.Lex` does it: quotes, escapes, `$name` and `${name…}`.

use crate::fs::glob_matches;

/// A word after expansion.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Expansion {
    /// The text with variables replaced and quotes removed.
    pub(crate) text: String,
    /// The names it asked for that are not set.
    pub(crate) unset: Vec<String>,
}

/// Longest text that one word may expand to, in bytes: `ENV A=$A$A` doubles at each step.
const MAX_WORD: usize = 1 << 16;
/// Longest value that a pattern is tried on, in bytes.
const MAX_PATTERN_VALUE: usize = 1 << 12;
/// Deepest nesting of `${a:-${b:-…}}` that is followed.
const MAX_DEPTH: usize = 32;

/// Expands one word. `lookup` gives a variable's value.
///
/// # Errors
/// BuildKit's message, for example `syntax error: missing '}'`.
pub(crate) fn expand(word: &str, escape: char, lookup: &dyn Fn(&str) -> Option<String>) -> Result<Expansion, String> {
    let mut lex = Lex { chars: word.chars().collect(), at: 0, escape, lookup, out: Expansion::default(), depth: 0 };
    let text = lex.until(None)?;
    lex.out.text = text;
    Ok(lex.out)
}

struct Lex<'a> {
    chars: Vec<char>,
    at: usize,
    escape: char,
    lookup: &'a dyn Fn(&str) -> Option<String>,
    out: Expansion,
    depth: usize,
}

impl Lex<'_> {
    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek();
        self.at += usize::from(c.is_some());
        c
    }

    /// Reads to the end, or up to and including `stop`.
    fn until(&mut self, stop: Option<char>) -> Result<String, String> {
        let mut text = String::new();
        loop {
            if text.len() > MAX_WORD {
                return Err(format!("a word expands to more than {MAX_WORD} bytes"));
            }
            match self.next() {
                None if stop.is_some() => {
                    return Err(format!(
                        "unexpected end of statement while looking for matching {}",
                        stop.unwrap_or('}')
                    ));
                }
                None => return Ok(text),
                Some(c) if Some(c) == stop => return Ok(text),
                Some('\'') => loop {
                    match self.next() {
                        None => {
                            return Err("unexpected end of statement while looking for matching single-quote".into());
                        }
                        Some('\'') => break,
                        Some(c) => text.push(c),
                    }
                },
                Some('"') => loop {
                    match self.next() {
                        None => {
                            return Err("unexpected end of statement while looking for matching double-quote".into());
                        }
                        Some('"') => break,
                        Some('$') => text.push_str(&self.dollar()?),
                        Some(c) if c == self.escape => match self.next() {
                            Some(next) if next == '"' || next == '$' || next == self.escape => text.push(next),
                            Some(next) => text.extend([c, next]),
                            None => text.push(c),
                        },
                        Some(c) => text.push(c),
                    }
                },
                Some('$') => text.push_str(&self.dollar()?),
                Some(c) if c == self.escape => match self.next() {
                    Some(next) => text.push(next),
                    None => text.push(c),
                },
                Some(c) => text.push(c),
            }
        }
    }

    fn value(&mut self, name: &str) -> Option<String> {
        let value = (self.lookup)(name);
        if value.is_none() {
            self.out.unset.push(name.to_string());
        }
        value
    }

    /// A value to try patterns on; they take time that grows with its length.
    fn short_value(&mut self, name: &str) -> Result<String, String> {
        let value = self.value(name).unwrap_or_default();
        if value.len() > MAX_PATTERN_VALUE {
            return Err(format!("{name} is too long for a pattern: more than {MAX_PATTERN_VALUE} bytes"));
        }
        Ok(value)
    }

    fn name(&mut self) -> String {
        let mut name = String::new();
        while let Some(c) = self.peek() {
            let fits = if name.is_empty() {
                c.is_ascii_alphabetic() || c == '_'
            } else {
                c.is_ascii_alphanumeric() || c == '_'
            };
            if !fits {
                // `$1` and the like: one digit or special character is a name.
                if name.is_empty() && (c.is_ascii_digit() || "@*#?-$!".contains(c)) {
                    self.at += 1;
                    name.push(c);
                }
                break;
            }
            name.push(c);
            self.at += 1;
        }
        name
    }

    fn dollar(&mut self) -> Result<String, String> {
        if self.peek() != Some('{') {
            let name = self.name();
            if name.is_empty() {
                return Ok("$".into());
            }
            return Ok(self.value(&name).unwrap_or_default());
        }
        self.at += 1;
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err("unsupported: substitutions are nested too deeply".into());
        }
        let result = self.braces();
        self.depth -= 1;
        result
    }

    fn braces(&mut self) -> Result<String, String> {
        let name = self.name();
        if name.is_empty() {
            return Err("syntax error: bad substitution".into());
        }
        let mut operator = String::new();
        match self.next() {
            None => return Err("syntax error: missing '}'".into()),
            Some('}') => return Ok(self.value(&name).unwrap_or_default()),
            Some(':') => {
                operator.push(':');
                match self.next() {
                    Some(c @ ('-' | '+' | '?')) => operator.push(c),
                    Some(c) => return Err(format!("unsupported modifier ({c}) in substitution")),
                    None => return Err("syntax error: missing ':' in substitution".into()),
                }
            }
            Some(c @ ('-' | '+' | '?')) => operator.push(c),
            Some(c @ ('#' | '%' | '/')) => {
                operator.push(c);
                if self.peek() == Some(c) {
                    self.at += 1;
                    operator.push(c);
                }
            }
            Some(c) => return Err(format!("unsupported modifier ({c}) in substitution")),
        }
        if operator.starts_with('/') {
            let pattern = self.until(Some('/'))?;
            let replacement = self.until(Some('}'))?;
            let value = self.short_value(&name)?;
            return Ok(replace(&value, &pattern, &replacement, operator == "//"));
        }
        let word = self.until(Some('}'))?;
        let value = (self.lookup)(&name);
        let usable = value.clone().filter(|text| !(operator.starts_with(':') && text.is_empty()));
        Ok(match operator.trim_start_matches(':') {
            "-" => usable.unwrap_or(word),
            "+" => usable.map(|_| word).unwrap_or_default(),
            "?" => match usable {
                Some(text) => text,
                None if word.is_empty() => return Err(format!("{name}: not allowed to be unset")),
                None => return Err(format!("{name}: {word}")),
            },
            operator => {
                let value = self.short_value(&name)?;
                trim(&value, &word, operator)
            }
        })
    }
}

/// `${v#p}`, `${v##p}`, `${v%p}`, `${v%%p}`: removes the shortest or longest match at one end.
fn trim(value: &str, pattern: &str, operator: &str) -> String {
    let mut cuts: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
    let prefix = operator.starts_with('#');
    // Shortest match first for one sign, longest first for two.
    if prefix == (operator.len() == 2) {
        cuts.reverse();
    }
    for cut in cuts {
        let (head, tail) = value.split_at(cut);
        let (part, kept) = if prefix { (head, tail) } else { (tail, head) };
        if glob_matches(pattern, part) {
            return kept.to_string();
        }
    }
    value.to_string()
}

/// `${v/p/r}` and `${v//p/r}`: replaces the longest match, once or everywhere.
fn replace(value: &str, pattern: &str, replacement: &str, all: bool) -> String {
    let mut out = String::new();
    let mut rest = value;
    'scan: while !rest.is_empty() {
        let ends: Vec<usize> = rest.char_indices().map(|(at, c)| at + c.len_utf8()).collect();
        for end in ends.iter().rev() {
            let (head, tail) = rest.split_at(*end);
            if glob_matches(pattern, head) {
                out.push_str(replacement);
                rest = tail;
                if !all {
                    break 'scan;
                }
                continue 'scan;
            }
        }
        let (head, tail) = rest.split_at(ends.first().copied().unwrap_or(rest.len()));
        out.push_str(head);
        rest = tail;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn words_expand_as_buildkit_expands_them() {
        let lookup = |name: &str| match name {
            "A" => Some("x.tar.gz".to_string()),
            "E" => Some(String::new()),
            "P" => Some("a/b/a".to_string()),
            _ => None,
        };
        for (word, expected) in [
            ("$A", "x.tar.gz"),
            ("${A}y", "x.tar.gzy"),
            ("'$A'", "$A"),
            ("\"$A b\"", "x.tar.gz b"),
            ("\\$A", "$A"),
            ("${U:-d}", "d"),
            ("${E:-d}", "d"),
            ("${E-d}", ""),
            ("${A:+yes}", "yes"),
            ("${U:+yes}", ""),
            ("${U:-${A}}", "x.tar.gz"),
            ("${A%.*}", "x.tar"),
            ("${A%%.*}", "x"),
            ("${A#*.}", "tar.gz"),
            ("${A##*.}", "gz"),
            ("a$", "a$"),
        ] {
            assert_eq!(expand(word, '\\', &lookup).unwrap().text, expected, "{word}");
        }
        assert_eq!(expand("${P/a/z}", '\\', &lookup).unwrap().text, "z/b/a");
        assert_eq!(expand("${P//a/z}", '\\', &lookup).unwrap().text, "z/b/z");
        assert_eq!(expand("$U-$U", '\\', &lookup).unwrap().unset, ["U", "U"]);
        for bad in ["${", "${A", "${A:", "${A:x}", "'", "\"", "${U:?gone}", "${}"] {
            assert!(expand(bad, '\\', &lookup).is_err(), "{bad}");
        }
    }
}
