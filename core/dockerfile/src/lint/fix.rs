//! Rewrites for checks that have one safe answer: the image stays the same.

use super::{Options, Refusal, Warning, check, rules};
use crate::syntax::{self, File, Node};
use crate::text::{Edits, Span, TextEdit, whole_lines};
use crate::{Budget, Keyword, Lex, NoVariables};

/// Most rounds of fixing; one fix can make room for another, but not for ever.
const MAX_ROUNDS: usize = 20;

/// The edits that answer one warning; none if the answer is a matter of choice.
pub fn fix(file: &File, warning: &Warning) -> Vec<TextEdit> {
    let at = file.nodes.binary_search_by_key(&warning.span.start, |node| node.span.start);
    let node = at.ok().and_then(|at| file.nodes.get(at)).filter(|node| node.span == warning.span);
    node.and_then(|node| edits(file, node, warning)).unwrap_or_default()
}

/// The rewrite that a refusal's "did you mean" asks for, if the word stands in its line just once.
///
/// It is a guess, though BuildKit's own: [`fix_all`] leaves it to people.
pub fn fix_refusal(text: &str, refusal: &Refusal) -> Option<TextEdit> {
    let (before, hint) = refusal.message.rsplit_once(" (did you mean ")?;
    let near = hint.strip_suffix("?)")?;
    let is_end = |c: char| c.is_whitespace() || matches!(c, '"' | ':' | '=' | ',');
    let wrong = before.trim_end_matches(is_end).rsplit(is_end).next().filter(|word| !word.is_empty())?;
    let near = if wrong.starts_with("--") && !near.starts_with("--") { format!("--{near}") } else { near.to_string() };
    // The line alone: what follows in a long instruction may hold the same word.
    let line = refusal.line.checked_sub(1)?;
    let start: usize = text.split_inclusive('\n').take(line).map(str::len).sum();
    let own = text.get(start..)?.split('\n').next()?;
    let is_word = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    let whole = |at: &usize| {
        let before = own.get(..*at).and_then(|head| head.chars().last());
        let behind = own.get(at + wrong.len()..).and_then(|rest| rest.chars().next());
        !before.is_some_and(is_word) && !behind.is_some_and(is_word)
    };
    let mut places = own.match_indices(wrong).map(|(at, _)| at).filter(whole);
    let at = start + places.next()?;
    places.next().is_none().then(|| TextEdit { span: at..at + wrong.len(), insert: near })
}

/// Applies all fixes, again and again, until none is left.
pub fn fix_all(text: &str, options: &Options) -> String {
    let mut text = text.to_string();
    for _ in 0..MAX_ROUNDS {
        let file = syntax::parse(&text);
        let mut chosen = Edits::default();
        for warning in check(&text, options).warnings {
            chosen.add(fix(&file, &warning));
        }
        match chosen.apply(&text) {
            Some(next) if next != text => text = next,
            _ => break,
        }
    }
    text
}

fn replace(span: Span, insert: impl Into<String>) -> Option<Vec<TextEdit>> {
    Some(vec![TextEdit { span, insert: insert.into() }])
}

fn edits(file: &File, node: &Node, warning: &Warning) -> Option<Vec<TextEdit>> {
    let word = |index: usize| file.placed_words(node).into_iter().nth(index);
    match warning.rule.name {
        name if name == rules::STAGE_NAME_CASING.name => {
            let (name, span) = word(2)?;
            replace(span?, name.to_lowercase())
        }
        name if name == rules::FROM_AS_CASING.name => {
            let (_, span) = word(1).filter(|(word, _)| word.eq_ignore_ascii_case("as"))?;
            let keyword = node.keyword();
            replace(span?, if keyword == keyword.to_lowercase() { "as" } else { "AS" })
        }
        name if name == rules::CONSISTENT_INSTRUCTION_CASING.name => {
            let lower = warning.message.ends_with("(lowercase)");
            let keyword = node.keyword();
            replace(file.keyword_span(node)?, if lower { keyword.to_lowercase() } else { keyword.to_uppercase() })
        }
        name if name == rules::NO_EMPTY_CONTINUATION.name => Some(empty_lines(file, node)),
        name if name == rules::MAINTAINER_DEPRECATED.name => maintainer(file, node),
        name if name == rules::LEGACY_KEY_VALUE_FORMAT.name => legacy(file, node),
        name if name == rules::MULTIPLE_INSTRUCTIONS_DISALLOWED.name => {
            // A trigger of an earlier stage counts for the line of FROM: nothing to remove there.
            let counts_once = matches!(node.head.kind, Some(Keyword::Cmd | Keyword::Entrypoint | Keyword::Healthcheck));
            counts_once.then(|| vec![TextEdit { span: whole_lines(file.text, &node.span), insert: String::new() }])
        }
        name if name == rules::REDUNDANT_TARGET_PLATFORM.name => {
            let [flag] = node.head.flags.as_slice() else {
                return None;
            };
            let start = node.text.find(flag.as_str())?;
            let rest = node.text.get(start + flag.len()..)?;
            let blanks = rest.len() - rest.trim_start_matches([' ', '\t']).len();
            replace(file.places(node).span(start..start + flag.len() + blanks)?, "")
        }
        name if name == rules::EXPOSE_PROTO_CASING.name || name == rules::EXPOSE_INVALID_FORMAT.name => {
            let raw = warning.message.split('\'').nth(1)?;
            let placed = file.placed_words(node);
            let (_, span) = placed.into_iter().find(|(word, _)| *word == raw)?;
            let container = raw.rsplit(':').next()?;
            let (port, protocol) = container.split_once('/').unwrap_or((container, ""));
            let protocol = if protocol.is_empty() { String::new() } else { format!("/{}", protocol.to_lowercase()) };
            replace(span?, format!("{port}{protocol}"))
        }
        _ => None,
    }
}

fn empty_lines(file: &File, node: &Node) -> Vec<TextEdit> {
    let documents: usize = node.heredocs.iter().map(|one| one.content.split_inclusive('\n').count() + 1).sum();
    let lines = whole_lines(file.text, &node.span);
    let text = file.text.get(lines.clone()).unwrap_or("");
    let own = text.split_inclusive('\n').count().saturating_sub(documents);
    let mut edits = Vec::new();
    let mut at = lines.start;
    for line in text.split_inclusive('\n').take(own) {
        if line.trim().is_empty() {
            edits.push(TextEdit { span: at..at + line.len(), insert: String::new() });
        }
        at += line.len();
    }
    // Lines behind the last one that counts are still part of a continuation that never ends.
    let mut rest = file.text.get(at..).unwrap_or("").split_inclusive('\n');
    if documents == 0 && text.trim_end().ends_with(file.escape) {
        for line in rest.by_ref().take_while(|line| line.trim().is_empty()) {
            edits.push(TextEdit { span: at..at + line.len(), insert: String::new() });
            at += line.len();
        }
    }
    edits
}

/// MAINTAINER to the label that Docker's documentation names.
fn maintainer(file: &File, node: &Node) -> Option<Vec<TextEdit>> {
    if file.has_inner_lines(node) || !node.head.flags.is_empty() || node.arguments().is_empty() {
        return None;
    }
    let keyword = if node.keyword() == node.keyword().to_lowercase() { "label" } else { "LABEL" };
    let mut value = String::new();
    for c in node.arguments().chars() {
        if matches!(c, '"' | '$') || c == file.escape {
            value.push(file.escape);
        }
        value.push(c);
    }
    replace(node.span.clone(), format!("{keyword} org.opencontainers.image.authors=\"{value}\""))
}

/// `ENV name value` to `ENV name=value`, with quotes or escapes where blanks need them.
fn legacy(file: &File, node: &Node) -> Option<Vec<TextEdit>> {
    let placed: Vec<&str> = file.words(node).collect();
    let [name, value, ""] = placed.as_slice() else {
        return None;
    };
    let special = |text: &str| text.contains(['"', '\'', file.escape]);
    if special(name) || name.contains('=') || file.has_inner_lines(node) || !node.head.flags.is_empty() {
        return None;
    }
    let value = value.trim_end();
    let new = if !value.contains(char::is_whitespace) && !value.is_empty() {
        value.to_string()
    } else if !special(value) {
        format!("\"{value}\"")
    } else {
        escape_blanks(value, file.escape)
    };
    // It must come to the same value, and to one word.
    let lex = Lex { skip_unset: true, ..Lex::new(file.escape) };
    let budget = Budget::default();
    let expand = |word: &str| lex.word(word, &NoVariables, &budget).ok().map(|expansion| expansion.text.into_owned());
    let line = format!("{} {name}={new}", node.keyword());
    let head = if file.escape == '`' { "# escape=`\n" } else { "" };
    let whole = format!("{head}{line}\n");
    let read = syntax::parse(&whole);
    let words: Vec<&str> = read.nodes.first().map(|node| read.words(node).collect())?;
    let same =
        matches!(words.as_slice(), [n, v, "="] if n == name && expand(v) == expand(value) && expand(v).is_some());
    same.then_some(())?;
    replace(node.span.clone(), line)
}

fn escape_blanks(value: &str, escape: char) -> String {
    let mut out = String::with_capacity(value.len() + 8);
    let mut quote = None;
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match quote {
            None if c.is_whitespace() => out.push(escape),
            None if c == '"' || c == '\'' => quote = Some(c),
            Some(open) if open == c => quote = None,
            _ => {}
        }
        out.push(c);
        if c == escape && quote != Some('\'') {
            out.extend(chars.next());
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::apply_edits;

    #[test]
    fn what_was_meant_is_offered_for_a_refusal() {
        let mended = |text: &str| {
            let refusal = check(text, &Options::default()).error.expect(text);
            fix_refusal(text, &refusal).and_then(|edit| apply_edits(text, &[edit]))
        };
        assert_eq!(mended("FORM a\n").as_deref(), Some("FROM a\n"));
        assert_eq!(mended("FROM a\nCOPY --form=b . /\n").as_deref(), Some("FROM a\nCOPY --from=b . /\n"));
        assert_eq!(
            mended("FROM a\nRUN --mount=type=cahce,target=/x y\n").as_deref(),
            Some("FROM a\nRUN --mount=type=cache,target=/x y\n")
        );
        assert_eq!(mended("FROM a\nNONSENSE x\n"), None);
    }

    fn fixed(text: &str) -> String {
        fix_all(text, &Options::default())
    }

    #[test]
    fn what_has_one_answer_is_rewritten() {
        for (text, expected) in [
            ("FROM a AS Build\n", "FROM a AS build\n"),
            ("FROM a as b\n", "FROM a AS b\n"),
            ("from a AS b\nrun x\n", "from a as b\nrun x\n"),
            ("FROM a\nrun x\nUSER y\n", "FROM a\nRUN x\nUSER y\n"),
            ("FROM a\nRUN x \\\n\n  y\n", "FROM a\nRUN x \\\n  y\n"),
            ("FROM a\nMAINTAINER \"Me\" $x\n", "FROM a\nLABEL org.opencontainers.image.authors=\"\\\"Me\\\" \\$x\"\n"),
            ("FROM a\nENV A b c\nLABEL x 'y' z\n", "FROM a\nENV A=\"b c\"\nLABEL x='y'\\ z\n"),
            ("FROM a\nCMD [\"x\"]\nCMD [\"y\"]\n", "FROM a\nCMD [\"y\"]\n"),
            ("FROM --platform=$TARGETPLATFORM a\n", "FROM a\n"),
            ("FROM a\nEXPOSE 80/TCP 127.0.0.1:1:2/Udp\n", "FROM a\nEXPOSE 80/tcp 2/udp\n"),
        ] {
            assert_eq!(fixed(text), expected);
            assert_eq!(check(&fixed(text), &Options::default()).warnings, [], "{text}");
        }
    }

    #[test]
    fn what_is_a_matter_of_choice_is_left() {
        for text in ["FROM a\nCMD x\n", "FROM a\nENV TOKEN=1\n", "FROM a AS scratch\n", "FROM a\nRUN $x\nUSER $y\n"] {
            assert_eq!(fixed(text), text);
        }
    }
}
