//! Translates POSIX regular expressions into the syntax of the library that runs them.

/// Translates an expression. Returns it in the library's syntax, and whether it has back references such as `\\1`.
pub(crate) fn translate(pattern: &str, extended: bool) -> Option<(String, bool)> {
    let mut out = String::new();
    let mut refers = false;
    let mut chars = pattern.chars().peekable();
    // At the start of an expression or group a star stands for itself.
    let mut start = true;
    while let Some(c) = chars.next() {
        let at_start = std::mem::replace(&mut start, false);
        match c {
            '\\' => match chars.next()? {
                digit @ '1'..='9' => {
                    refers = true;
                    out.extend(['\\', digit]);
                }
                '{' if !extended => interval(&mut chars, &mut out),
                c @ ('(' | ')' | '}' | '|' | '+' | '?') if !extended => {
                    start = matches!(c, '(' | '|');
                    out.push(c);
                }
                '<' | '>' => out.push_str("\\b"),
                c @ ('w' | 'W' | 's' | 'S' | 'b' | 'B') => out.extend(['\\', c]),
                'n' => out.push_str("\\n"),
                c @ ('t' | 'r' | 'f' | 'v' | 'a') => out.extend(['\\', c]),
                c => escape(c, &mut out),
            },
            '(' | ')' | '{' | '}' | '|' | '+' | '?' if !extended => escape(c, &mut out),
            '(' | '|' => {
                start = true;
                out.push(c);
            }
            '*' if at_start && !extended => out.push_str("\\*"),
            '^' if !at_start && !extended => out.push_str("\\^"),
            '^' => {
                start = true;
                out.push('^');
            }
            '$' if !extended && chars.peek().is_some_and(|next| *next != '\\') => out.push_str("\\$"),
            '[' => bracket(&mut chars, &mut out)?,
            '{' => interval(&mut chars, &mut out),
            ')' | '}' | '+' | '?' | '*' | '.' | '$' => out.push(c),
            c => escape(c, &mut out),
        }
    }
    Some((out, refers))
}

/// The counts of `{2,3}`, after the opening brace.
fn interval(chars: &mut std::iter::Peekable<std::str::Chars>, out: &mut String) {
    out.push('{');
    while let Some(c) = chars.next_if(|c| c.is_ascii_digit() || *c == ',') {
        out.push(c);
    }
}

fn escape(c: char, out: &mut String) {
    if c.is_ascii_punctuation() && c != '<' && c != '>' && c != '_' && c != '/' {
        out.push('\\');
    }
    out.push(c);
}

/// A bracket expression `[…]`, in which a backslash is a literal.
fn bracket(chars: &mut std::iter::Peekable<std::str::Chars>, out: &mut String) -> Option<()> {
    out.push('[');
    if chars.next_if_eq(&'^').is_some() {
        out.push('^');
    }
    let mut first = true;
    loop {
        match chars.next()? {
            ']' if !first => break,
            '[' if chars.peek() == Some(&':') => {
                let name: String = chars.by_ref().take_while(|c| *c != ']').collect();
                out.push_str(&format!("[{name}]"));
            }
            '-' => out.push('-'),
            c @ ('[' | ']' | '\\' | '&' | '~' | '^') => out.extend(['\\', c]),
            c => out.push(c),
        }
        first = false;
    }
    out.push(']');
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::shell::Effort;
    use crate::shell::regex::compile;

    #[test]
    fn basic_and_extended_expressions_mean_what_posix_says() {
        for (pattern, extended, text, expected) in [
            ("a+", false, "a+", true),
            ("a\\+b", false, "aab", true),
            ("a+b", true, "aab", true),
            ("^\\(a\\|b\\)$", false, "b", true),
            ("*x", false, "*x", true),
            ("[^[:digit:]]", false, "12", false),
            ("[]x]", false, "]", true),
            ("a{2}", false, "aa", false),
            ("a{2}", true, "aa", true),
            ("ba{1,2}b|c", true, "baab", true),
            ("ba\\{1,2\\}b", false, "baaab", false),
            ("^#", false, "# comment", true),
            ("x$y", false, "x$y", true),
            ("a.c", false, "abc", true),
            ("a/b", false, "a/b", true),
        ] {
            let regex = compile(&Effort::default(), pattern, extended, false).unwrap_or_else(|| panic!("{pattern}"));
            assert_eq!(regex.is_match(text), expected, "{pattern} on {text}");
        }
    }

    #[test]
    fn back_references_are_tried_out() {
        for (pattern, extended, text, expected) in [
            ("\\(a\\)\\1", false, "baa", Some("aa")),
            ("(.)(.)\\2\\1", true, "xabbay", Some("abba")),
            ("^(.*)-\\1$", true, "ab-ab", Some("ab-ab")),
            ("^(.*)-\\1$", true, "ab-ac", None),
            ("([a-c]+)x\\1", true, "abcxbc", Some("bcxbc")),
            ("(a|b){2}\\1", true, "abb", Some("abb")),
            ("\\b([a-z]+) \\1\\b", true, "of the the cat", Some("the the")),
            ("(a*)*\\1b", true, "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaac", None),
        ] {
            let regex = compile(&Effort::default(), pattern, extended, false).unwrap_or_else(|| panic!("{pattern}"));
            assert_eq!(regex.find_iter(text).next().map(|found| found.as_str()), expected, "{pattern} on {text}");
        }
    }
}
