//! Edits of instructions, as a person would make them.

use crate::dockerfile::{Command, Instruction, Kind};
use crate::text::{Span, TextEdit, whole_lines};

/// Takes an instruction away, with its lines.
pub(super) fn delete(text: &str, instruction: &Instruction) -> TextEdit {
    TextEdit { span: whole_lines(text, &instruction.span), insert: String::new() }
}

/// Puts a flag behind the keyword.
pub(super) fn add_flag(text: &str, instruction: &Instruction, flag: &str) -> Option<TextEdit> {
    let own = text.get(instruction.span.clone())?;
    let at = instruction.span.start + own.find(&instruction.keyword)? + instruction.keyword.len();
    Some(TextEdit { span: at..at, insert: format!(" {flag}") })
}

/// Puts a word behind a command's verb: behind `add` of the first `apk … add`.
pub(super) fn behind_words(
    text: &str,
    instruction: &Instruction,
    program: &str,
    verb: &str,
    word: &str,
) -> Option<TextEdit> {
    let own = text.get(instruction.span.clone())?;
    let whole = |from: usize, wanted: &str| {
        let is_word = |at: &usize| {
            let blank = |c: Option<char>| c.is_none_or(|c| c.is_whitespace());
            blank(own.get(..*at).and_then(|before| before.chars().last()))
                && blank(own.get(at + wanted.len()..).and_then(|behind| behind.chars().next()))
        };
        own.get(from..)?.match_indices(wanted).map(|(at, _)| from + at).find(is_word).map(|at| at + wanted.len())
    };
    let at = instruction.span.start + whole(whole(0, program)?, verb)?;
    Some(TextEdit { span: at..at, insert: format!(" {word}") })
}

/// The script of a RUN in shell form that stands in the instruction itself.
pub(super) fn script(instruction: &Instruction) -> Option<&str> {
    match &instruction.kind {
        Kind::Run(Command::Shell(text)) if instruction.heredocs.is_empty() => Some(text),
        _ => None,
    }
}

/// Whether more can be put behind a script with `&&`, and it still means what it did.
pub(super) fn can_go_on(script: &str) -> bool {
    let end = script.trim_end();
    !end.is_empty() && !end.ends_with([';', '&', '|', '\\']) && !script.contains('#')
}

/// Puts a command behind the others of a RUN.
pub(super) fn append(text: &str, instruction: &Instruction, escape: char, command: &str) -> Option<TextEdit> {
    let own = text.get(instruction.span.clone())?;
    if let [document] = instruction.heredocs.as_slice() {
        // The last line of the span is the one that ends the document.
        let end = own.trim_end();
        let at = instruction.span.start + end.rfind('\n')? + 1;
        end.ends_with(&*document.name).then_some(())?;
        return Some(TextEdit { span: at..at, insert: format!("{command}\n") });
    }
    script(instruction).filter(|script| can_go_on(script))?;
    let at = instruction.span.start + own.trim_end().len();
    let insert = match own.trim_end().contains('\n') {
        true => format!(" {escape}\n    && {command}"),
        false => format!(" && {command}"),
    };
    Some(TextEdit { span: at..at, insert })
}

/// Takes one command out of a RUN whose commands are joined by `&&`; the whole RUN if it is all.
///
/// `None` where the text is more than that.
pub(super) fn take_out(text: &str, instruction: &Instruction, escape: char, argv: &[String]) -> Option<TextEdit> {
    let own = text.get(instruction.span.clone())?;
    script(instruction)?;
    let plain = |part: &str| part.replace([escape, '\n', '\r'], " ");
    let keyword = own.find(&instruction.keyword)? + instruction.keyword.len();
    let body = own.get(keyword..)?;
    if body.contains(['"', '\'', ';', '|', '(', '{', '<', '>', '#', '`', '$']) {
        return None;
    }
    let mut start = keyword;
    let mut parts: Vec<Span> = Vec::new();
    for part in body.split("&&") {
        parts.push(start..start + part.len());
        start += part.len() + 2;
    }
    let index = parts.iter().position(|span| {
        let words = plain(own.get(span.clone()).unwrap_or(""));
        words.split_whitespace().eq(argv.iter().map(String::as_str))
    })?;
    let base = instruction.span.start;
    let part = parts.get(index)?;
    match (index, parts.get(index + 1)) {
        (0, None) => Some(delete(text, instruction)),
        (0, Some(next)) => {
            let behind = own.get(next.clone())?;
            let blanks = behind.len() - behind.trim_start_matches([' ', '\t', '\n', '\r', escape]).len();
            Some(TextEdit { span: base + part.start..base + next.start + blanks, insert: " ".into() })
        }
        _ => {
            let before = parts.get(index - 1)?;
            let kept = own.get(before.clone())?.trim_end_matches([' ', '\t', '\n', '\r', escape]).len();
            let own_end = own.get(part.clone())?.trim_end_matches([' ', '\t', '\n', '\r', escape]).len();
            Some(TextEdit { span: base + before.start + kept..base + part.start + own_end, insert: String::new() })
        }
    }
}
