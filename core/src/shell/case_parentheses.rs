//! Adds the optional parenthesis before the patterns of a `case` within `$(…)`. brush-parser takes the parenthesis
//! that ends a pattern for the end of the substitution. With the opening parenthesis that POSIX allows before a
//! pattern (2.9.4.3) it does not.

/// The state of reading a `case` command.
#[derive(Clone, Copy, PartialEq)]
enum Case {
    /// `case`
    Subject,
    /// `case word`
    In,
    /// After `in` or `;;`: a pattern or `esac` comes.
    Pattern,
    /// In a pattern.
    Brackets,
    /// Between a pattern and its `;;`.
    Body,
}

/// The script with an opening parenthesis before every pattern. Its lines and its meaning stay the same.
pub(crate) fn with_brackets(script: &str) -> String {
    let mut out = String::with_capacity(script.len() + 16);
    // Each bracket that is open, with the cases in it; none for a quote.
    let mut open: Vec<Option<Vec<Case>>> = vec![Some(Vec::new())];
    let mut chars = script.chars().peekable();
    let mut word = String::new();
    while let Some(c) = chars.next() {
        let quoted = open.last().is_some_and(Option::is_none);
        if c == '\\' {
            out.push(c);
            out.extend(chars.next());
            word.push('\\');
            continue;
        }
        if c == '"' {
            if quoted {
                open.pop();
            } else {
                before_word(&mut open, &mut out);
                open.push(None);
            }
            word.push(c);
            out.push(c);
            continue;
        }
        if c == '$' && chars.peek() == Some(&'(') {
            before_word(&mut open, &mut out);
            word.push(c);
            out.push(c);
            out.extend(chars.next());
            open.push(Some(Vec::new()));
            word.clear();
            continue;
        }
        if quoted {
            out.push(c);
            continue;
        }
        match c {
            '\'' => {
                before_word(&mut open, &mut out);
                word.push(c);
                out.push(c);
                for c in chars.by_ref() {
                    out.push(c);
                    if c == '\'' {
                        break;
                    }
                }
            }
            '#' if word.is_empty() => {
                out.push(c);
                while let Some(c) = chars.next_if(|c| *c != '\n') {
                    out.push(c);
                }
            }
            '(' => {
                end_of_word(&mut open, &mut word);
                out.push(c);
                match innermost(&mut open) {
                    Some(case) if *case == Case::Pattern => *case = Case::Brackets,
                    _ => open.push(Some(Vec::new())),
                }
            }
            ')' => {
                end_of_word(&mut open, &mut word);
                out.push(c);
                if let Some(case) = innermost(&mut open).filter(|case| **case == Case::Brackets) {
                    *case = Case::Body;
                } else if open.len() > 1 {
                    open.pop();
                    // A substitution is part of a word.
                    word.push(c);
                }
            }
            ';' | '&' | '|' => {
                end_of_word(&mut open, &mut word);
                out.push(c);
                if c == ';'
                    && let Some(next) = chars.next_if(|c| ";&".contains(*c))
                {
                    out.push(next);
                    out.extend(chars.next_if(|c| *c == '&'));
                    if let Some(case) = innermost(&mut open) {
                        *case = Case::Pattern;
                    }
                }
            }
            ' ' | '\t' | '\n' => {
                end_of_word(&mut open, &mut word);
                out.push(c);
            }
            c => {
                if word.is_empty() {
                    let rest: String = std::iter::once(c).chain(chars.clone().take(4)).collect();
                    let ends = rest.strip_prefix("esac").is_some_and(|after| !after.starts_with(char::is_alphanumeric));
                    if !ends {
                        before_word(&mut open, &mut out);
                    }
                }
                word.push(c);
                out.push(c);
            }
        }
    }
    out
}

fn innermost(open: &mut [Option<Vec<Case>>]) -> Option<&mut Case> {
    open.last_mut()?.as_mut()?.last_mut()
}

/// Called at the start of a word. Writes the parenthesis if the word begins a pattern.
fn before_word(open: &mut [Option<Vec<Case>>], out: &mut String) {
    if let Some(case) = innermost(open).filter(|case| **case == Case::Pattern) {
        *case = Case::Brackets;
        out.push('(');
    }
}

fn end_of_word(open: &mut [Option<Vec<Case>>], word: &mut String) {
    let word = std::mem::take(word);
    let Some(cases) = open.last_mut().and_then(Option::as_mut) else { return };
    match (word.as_str(), cases.last().copied()) {
        ("", _) => {}
        (_, Some(Case::Subject)) => {
            cases.pop();
            cases.push(Case::In);
        }
        (word, Some(Case::In)) => {
            cases.pop();
            if word == "in" {
                cases.push(Case::Pattern);
            }
        }
        ("case", None | Some(Case::Body)) => cases.push(Case::Subject),
        ("esac", Some(Case::Pattern | Case::Body)) => {
            cases.pop();
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bracket_stands_before_every_pattern() {
        for (script, with) in [
            ("x=$(case a in a) echo in;; esac)", "x=$(case a in (a) echo in;; esac)"),
            (
                "case $(f) in a|b) x ;; \"c d\") y;; *) z; esac; echo )",
                "case $(f) in (a|b) x ;; (\"c d\") y;; (*) z; esac; echo )",
            ),
            (
                "case x in\n  (a) (b; c) ;;\n  'q)') # a) comment\n  ;;\nesac",
                "case x in\n  (a) (b; c) ;;\n  ('q)') # a) comment\n  ;;\nesac",
            ),
            (
                "echo \"$(case $x in $(y)) case z in z) ;; esac;; esac)\"",
                "echo \"$(case $x in ($(y)) case z in (z) ;; esac;; esac)\"",
            ),
            ("echo in case esac \\( ) '(' \"(\"", "echo in case esac \\( ) '(' \"(\""),
        ] {
            assert_eq!(with_brackets(script), with);
        }
    }
}
