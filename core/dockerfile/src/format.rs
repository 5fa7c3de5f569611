//! The formatter: one way to write a Dockerfile, the same meaning.
//!
//! It changes keywords to capitals, blanks between words, blank lines and line ends. It leaves alone
//! what could carry meaning: the text of commands, lines behind a continuation sign, here-documents.

use super::keyword::Keyword;
use super::syntax::{self, File, Node, PieceKind};
use super::{ParseError, typed};

/// Formats a Dockerfile. What is formatted stays as it is.
///
/// # Errors
/// The first mistake: a file that BuildKit does not read is not touched.
///
/// ```
/// use stageplay_dockerfile::format;
/// assert_eq!(format("from  alpine as  a\ncmd [\"a\",\"b\"]").unwrap(), "FROM alpine AS a\nCMD [\"a\", \"b\"]\n");
/// ```
pub fn format(text: &str) -> Result<String, ParseError> {
    super::parse(text)?;
    let file = syntax::parse(text);
    let mut out = String::with_capacity(text.len() + 64);
    let mut blank = false;
    let mut comments: Vec<String> = Vec::new();
    let (mut seen_instruction, mut seen_stage) = (false, false);
    for piece in file.pieces() {
        let raw = text.get(piece.span.clone()).unwrap_or("");
        let raw = if piece.span.start == 0 { raw.strip_prefix('\u{feff}').unwrap_or(raw) } else { raw };
        match piece.kind {
            PieceKind::Blank => {
                // Comments that a blank line parts from an instruction stand for themselves.
                flush(&mut out, &mut comments, &mut blank);
                blank = true;
            }
            PieceKind::Comment | PieceKind::Directive(_) | PieceKind::Refused => {
                comments.push(comment(raw, !seen_instruction));
            }
            PieceKind::Instruction(index) => {
                let Some(node) = file.nodes.get(index) else {
                    continue;
                };
                // Stages stand apart.
                let opens = node.head.kind == Some(Keyword::From);
                blank |= seen_stage && opens;
                seen_stage |= opens;
                flush(&mut out, &mut comments, &mut blank);
                if std::mem::take(&mut blank) && !out.is_empty() {
                    out.push('\n');
                }
                instruction(&file, node, raw, &mut out);
                seen_instruction = true;
            }
        }
    }
    flush(&mut out, &mut comments, &mut blank);
    Ok(out)
}

fn flush(out: &mut String, comments: &mut Vec<String>, blank: &mut bool) {
    if comments.is_empty() {
        return;
    }
    // A blank first line can keep a comment from being a directive.
    if std::mem::take(blank) && (!out.is_empty() || comments.first().is_some_and(|first| first.contains('='))) {
        out.push('\n');
    }
    for comment in comments.drain(..) {
        out.push_str(&comment);
        out.push('\n');
    }
}

fn comment(raw: &str, at_top: bool) -> String {
    let trimmed = raw.trim();
    // Moved to the start of the line, an indented comment could say something to the checks.
    if !at_top && trimmed.contains('=') { raw.trim_end().to_string() } else { trimmed.to_string() }
}

fn instruction(file: &File, node: &Node, raw: &str, out: &mut String) {
    let documents: usize =
        node.heredocs.iter().map(|document| document.content.split_inclusive('\n').count() + 1).sum();
    let lines: Vec<&str> = raw.split_inclusive('\n').collect();
    let own = lines.len().saturating_sub(documents);
    let (own, documents) = lines.split_at(own);
    match own {
        [] => {}
        [only] => {
            let line = one_line(file, node);
            // With the escape sign at its end the line would go on in the next one.
            match line.trim_end_matches([' ', '\t']).ends_with(file.escape) {
                true => out.push_str(only.trim_end_matches(['\r', '\n'])),
                false => out.push_str(&line),
            }
        }
        // Only blank lines follow the continuation sign, so that it means nothing.
        [first, rest @ ..] if rest.iter().all(|line| line.trim().is_empty()) => {
            let line = trim(first, file.escape).trim_end_matches([' ', '\t']);
            let bare = line.strip_suffix(file.escape).unwrap_or(line).trim_end_matches([' ', '\t']);
            match bare.ends_with(file.escape) {
                true => out.push_str(raw.trim_end_matches(['\r', '\n'])),
                false => {
                    out.push_str(&single_line(bare, file.escape).unwrap_or_else(|| first_line(node, bare, file.escape)))
                }
            }
        }
        [first, rest @ ..] => {
            let escape = file.escape;
            out.push_str(&first_line(node, trim(first, escape), escape));
            for line in rest {
                let content = line.trim_end_matches(['\r', '\n']);
                if content.trim().is_empty() {
                    continue;
                }
                out.push('\n');
                // Blanks behind the continuation sign mean nothing.
                let bare = content.trim_end_matches([' ', '\t']);
                out.push_str(if bare.ends_with(escape) { bare } else { content });
            }
            let kept = out.trim_end_matches([' ', '\t', '\r']).len();
            // The end of the last line is not part of the instruction, unless a sign escapes it.
            if !out.get(..kept).is_some_and(|text| text.ends_with(escape)) {
                out.truncate(kept);
            }
        }
    }
    out.push('\n');
    for line in documents {
        out.push_str(line);
        if !line.ends_with('\n') {
            out.push('\n');
        }
    }
}

/// Keyword in capitals and one blank, the rest as it is.
fn first_line(node: &Node, line: &str, escape: char) -> String {
    let keyword = node.keyword();
    let Some(rest) = line.strip_prefix(keyword).filter(|_| !keyword.contains(escape)) else {
        return line.to_string();
    };
    let gap = rest.len() - rest.trim_start().len();
    // A no-break space keeps `--name` from being a flag.
    let is_plain = rest.get(..gap).is_some_and(str::is_ascii);
    let rest = if is_plain { rest.trim_start() } else { rest.trim_start_matches([' ', '\t']) };
    if rest.trim_start().is_empty() { keyword.to_uppercase() } else { format!("{} {rest}", keyword.to_uppercase()) }
}

/// A line without the blanks around it. A form feed behind an escape stays: without it the line
/// would go on in the next.
fn trim(line: &str, escape: char) -> &str {
    let line = line.trim_start();
    let all = line.trim_end();
    let blanks = line.trim_end_matches([' ', '\t', '\r', '\n']);
    if all.ends_with(escape) { blanks } else { all }
}

/// An instruction on one line, its words one blank apart where that means the same.
fn one_line(file: &File, node: &Node) -> String {
    let plain = first_line(node, trim(&node.text, file.escape), file.escape);
    // Quotes and escapes in flags do not survive reading: leave such lines alone.
    let arguments = node.arguments();
    let head = node.text.trim();
    let flags_text = head.strip_suffix(arguments).unwrap_or(head);
    if !flags_text.is_ascii() || flags_text.contains(['"', '\'', '\\', '`']) || arguments.ends_with(file.escape) {
        return plain;
    }
    let keyword = node.keyword().to_uppercase();
    let flags = node.head.flags.iter().map(String::as_str);
    let words: Vec<&str> = file.words(node).collect();
    let rest = match node.head.kind {
        Some(Keyword::From) => match words.as_slice() {
            [image, word, name] if word.eq_ignore_ascii_case("as") => format!("{image} AS {name}"),
            _ => words.join(" "),
        },
        Some(Keyword::Onbuild | Keyword::Healthcheck) | None => arguments.to_string(),
        Some(_) if node.head.json => {
            // What was decoded is left as it is written.
            if arguments.contains('\\') {
                arguments.to_string()
            } else {
                let items: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
                format!("[{}]", items.join(", "))
            }
        }
        Some(Keyword::Copy | Keyword::Add | Keyword::Expose | Keyword::Volume) => words.join(" "),
        Some(Keyword::Arg) => words.join(" "),
        Some(Keyword::Env | Keyword::Label) => match words.as_slice() {
            [name, value, ""] => format!("{name} {value}"),
            triples => {
                let pairs = triples.chunks(3).map(|three| match three {
                    [name, value, _] => format!("{name}={value}"),
                    _ => String::new(),
                });
                pairs.collect::<Vec<_>>().join(" ")
            }
        },
        Some(_) => arguments.to_string(),
    };
    let line: Vec<&str> =
        std::iter::once(keyword.as_str()).chain(flags).chain([rest.as_str()]).filter(|part| !part.is_empty()).collect();
    let line = line.join(" ");
    // The proof: it must read the same.
    if same_meaning(&node.text, &line, file.escape) { line } else { plain }
}

/// Formats a line that is an instruction by itself; `None` if it declares a here-document or would end in the escape sign.
fn single_line(line: &str, escape: char) -> Option<String> {
    let text = with_escape(line, escape);
    let file = syntax::parse(&text);
    let node = file.nodes.first().filter(|node| node.heredocs.is_empty())?;
    let formatted = one_line(&file, node);
    (!formatted.trim_end_matches([' ', '\t']).ends_with(escape)).then_some(formatted)
}

/// A text behind the directive that its escape sign needs.
fn with_escape(text: &str, escape: char) -> String {
    let directive = if escape == '`' { "# escape=`\n" } else { "" };
    format!("{directive}{text}")
}

/// Whether two instructions are typed alike.
fn same_meaning(one: &str, other: &str, escape: char) -> bool {
    let (one, other) = (with_escape(one, escape), with_escape(other, escape));
    let (one, other) = (syntax::parse(&one), syntax::parse(&other));
    let read = |file: &File| {
        let node = file.nodes.first()?;
        typed(file, node).ok().map(|typed| typed.to_owned()).map(|typed| (typed.kind, typed.flags, typed.legacy))
    };
    read(&one) == read(&other)
}

#[cfg(test)]
mod tests {
    use super::format;

    #[test]
    fn what_is_formatted_stays() {
        for text in [
            "FROM n\\\t\\",
            "FROM n\\\t\\\n",
            "from a\nrun  x \\\n",
            "FROM a\\ \n",
            "FROM <\u{1}'\\\n\n\r \u{b}\n",
            "FROM a\\ \\\n\n",
            "run x \\\n\n\nrun y\n",
            "FROM n\nADD\u{b}a\t\tb\tc\\\n\u{b}",
            "FROM n\nADD a\t\tb\\\n\n",
            "FROM <$=\\\n\n]\r \n",
        ] {
            let Ok(once) = format(text) else { continue };
            assert_eq!(format(&once).as_ref(), Ok(&once), "{text:?}");
        }
    }
}
