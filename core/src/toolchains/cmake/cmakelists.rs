//! The language of CMakeLists.txt: commands with arguments, variables, and conditions of `if`.

use std::collections::BTreeMap;

/// The number of commands of one project and its folders, at most.
const MAX_COMMANDS: usize = 5_000;

/// One command: its name in lower case, its arguments as written, its line.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Command {
    pub(crate) name: String,
    pub(crate) words: Vec<Word>,
    pub(crate) line: usize,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    pub(crate) text: String,
    pub(crate) quoted: bool,
}

/// Reads a file.
///
/// # Errors
/// The line of a command that does not end.
pub(crate) fn parse(text: &str) -> Result<Vec<Command>, usize> {
    let mut commands = Vec::new();
    let mut chars = text.chars().peekable();
    let mut line = 1;
    let mut name = String::new();
    while let Some(c) = chars.next() {
        match c {
            '\n' => line += 1,
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            '(' => {
                let start = line;
                let words = arguments(&mut chars, &mut line).ok_or(start)?;
                commands.push(Command { name: std::mem::take(&mut name).trim().to_lowercase(), words, line: start });
                if commands.len() >= MAX_COMMANDS {
                    break;
                }
            }
            c if c.is_whitespace() => {}
            c => name.push(c),
        }
    }
    if name.is_empty() { Ok(commands) } else { Err(line) }
}

fn arguments(chars: &mut std::iter::Peekable<std::str::Chars<'_>>, line: &mut usize) -> Option<Vec<Word>> {
    let mut words = Vec::new();
    let mut open: Option<String> = None;
    let mut depth = 0;
    loop {
        let c = chars.next()?;
        match c {
            '"' => {
                let mut text = open.take().unwrap_or_default();
                loop {
                    match chars.next()? {
                        '"' => break,
                        '\\' => match chars.next()? {
                            'n' => text.push('\n'),
                            't' => text.push('\t'),
                            '\n' => *line += 1,
                            other => text.push(other),
                        },
                        c => {
                            *line += usize::from(c == '\n');
                            text.push(c);
                        }
                    }
                }
                words.push(Word { text, quoted: true });
                continue;
            }
            '#' => while chars.next_if(|c| *c != '\n').is_some() {},
            '(' => {
                depth += 1;
                words.extend(open.take().map(|text| Word { text, quoted: false }));
                words.push(Word { text: "(".into(), quoted: false });
                continue;
            }
            ')' => {
                words.extend(open.take().map(|text| Word { text, quoted: false }));
                if depth == 0 {
                    return Some(words);
                }
                depth -= 1;
                words.push(Word { text: ")".into(), quoted: false });
                continue;
            }
            '\\' => {
                open.get_or_insert_default().push(chars.next()?);
                continue;
            }
            c if c.is_whitespace() => *line += usize::from(c == '\n'),
            c => {
                open.get_or_insert_default().push(c);
                continue;
            }
        }
        words.extend(open.take().map(|text| Word { text, quoted: false }));
    }
}

/// Expands `${NAME}` and `$ENV{NAME}`. Unset variables are empty.
pub(crate) fn expand(text: &str, variables: &BTreeMap<String, String>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((name, tail)) = after.split_once('}') else { break };
        out.push_str(before);
        out.push_str(variables.get(name).map_or("", String::as_str));
        rest = tail;
    }
    out.push_str(rest);
    out
}

/// Whether a condition holds; `None` if it is not modelled.
pub(crate) fn holds(words: &[Word], variables: &BTreeMap<String, String>) -> Option<bool> {
    let value = |word: &Word| {
        let text = expand(&word.text, variables);
        variables.get(&text).filter(|_| !word.quoted).cloned().unwrap_or(text)
    };
    let truth = |word: &Word| {
        let text = value(word).to_uppercase();
        let is_name = !word.quoted && !variables.contains_key(&word.text) && !word.text.contains("${");
        match text.as_str() {
            "" | "0" | "OFF" | "NO" | "FALSE" | "N" | "IGNORE" | "NOTFOUND" => false,
            "1" | "ON" | "YES" | "TRUE" | "Y" => true,
            text if text.ends_with("-NOTFOUND") => false,
            _ => !is_name,
        }
    };
    match words {
        [one] => Some(truth(one)),
        [not, rest @ ..] if not.text == "NOT" => holds(rest, variables).map(|holds| !holds),
        [defined, one] if defined.text == "DEFINED" => Some(variables.contains_key(&one.text)),
        [left, test, right] => match test.text.as_str() {
            "STREQUAL" => Some(value(left) == value(right)),
            "AND" => Some(truth(left) && truth(right)),
            "OR" => Some(truth(left) || truth(right)),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_have_words_and_lines() {
        let all = parse("# x\nproject( Hello CXX )\nset(A \"b;c\" # no\n  d\\ e)\n").unwrap();
        let words = |at: usize| all[at].words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>();
        assert_eq!((all[0].name.as_str(), all[0].line, words(0)), ("project", 2, vec!["Hello", "CXX"]));
        assert_eq!((words(1), all[1].line), (vec!["A", "b;c", "d e"], 3));
        assert_eq!(parse("project(x"), Err(1));
        assert_eq!(parse("what"), Err(1));
    }

    #[test]
    fn conditions_are_followed_or_not_known() {
        let variables =
            BTreeMap::from([("UNIX".to_string(), "1".to_string()), ("T".to_string(), "Release".to_string())]);
        let holds = |text: &str| holds(&parse(&format!("if({text})")).unwrap()[0].words, &variables);
        assert_eq!(
            [holds("UNIX"), holds("NOT WIN32"), holds("T STREQUAL Release"), holds("DEFINED X")],
            [Some(true), Some(true), Some(true), Some(false)]
        );
        assert_eq!(holds("A VERSION_LESS 3"), None);
    }
}
