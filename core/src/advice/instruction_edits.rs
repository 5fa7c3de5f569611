//! Edits of instructions in the text of a Dockerfile.

use crate::dockerfile::{Command, Instruction, Kind};
use crate::text::{Span, TextEdit, whole_lines};

/// Deletes an instruction with its lines.
pub(super) fn delete(text: &str, instruction: &Instruction) -> TextEdit {
    TextEdit { span: whole_lines(text, &instruction.span), insert: String::new() }
}

/// Inserts a flag behind the keyword.
pub(super) fn add_flag(text: &str, instruction: &Instruction, flag: &str) -> Option<TextEdit> {
    let own = text.get(instruction.span.clone())?;
    let at = instruction.span.start + own.find(&instruction.keyword)? + instruction.keyword.len();
    Some(TextEdit { span: at..at, insert: format!(" {flag}") })
}

/// Inserts a word behind the verb of a command: behind `add` of the first `apk … add`.
pub(super) fn insert_behind_verb(
    text: &str,
    instruction: &Instruction,
    program: &str,
    verb: &str,
    word: &str,
) -> Option<TextEdit> {
    let own = text.get(instruction.span.clone())?;
    let end_of_word = |from: usize, word: &str| {
        let is_word = |at: &usize| {
            let blank = |c: Option<char>| c.is_none_or(|c| c.is_whitespace());
            blank(own.get(..*at).and_then(|before| before.chars().last()))
                && blank(own.get(at + word.len()..).and_then(|behind| behind.chars().next()))
        };
        own.get(from..)?.match_indices(word).map(|(at, _)| from + at).find(is_word).map(|at| at + word.len())
    };
    let at = instruction.span.start + end_of_word(end_of_word(0, program)?, verb)?;
    Some(TextEdit { span: at..at, insert: format!(" {word}") })
}

/// The script of a RUN in shell form without here-documents.
pub(super) fn script(instruction: &Instruction) -> Option<&str> {
    match &instruction.kind {
        Kind::Run(Command::Shell(text)) if instruction.heredocs.is_empty() => Some(text),
        _ => None,
    }
}

/// Whether a command can be appended to a script with `&&` without a change of the script's meaning.
pub(super) fn can_append(script: &str) -> bool {
    let end = script.trim_end();
    !end.is_empty() && !end.ends_with([';', '&', '|', '\\']) && !script.contains('#')
}

/// Appends a command to a RUN.
pub(super) fn append(text: &str, instruction: &Instruction, escape: char, command: &str) -> Option<TextEdit> {
    let own = text.get(instruction.span.clone())?;
    if let [document] = instruction.heredocs.as_slice() {
        // The last line of the span is the here-document's delimiter.
        let end = own.trim_end();
        let at = instruction.span.start + end.rfind('\n')? + 1;
        end.ends_with(&*document.name).then_some(())?;
        return Some(TextEdit { span: at..at, insert: format!("{command}\n") });
    }
    script(instruction).filter(|script| can_append(script))?;
    let at = instruction.span.start + own.trim_end().len();
    let insert = match own.trim_end().contains('\n') {
        true => format!(" {escape}\n    && {command}"),
        false => format!(" && {command}"),
    };
    Some(TextEdit { span: at..at, insert })
}

/// Removes one command from a RUN whose commands are joined by `&&`, or the whole RUN if it has no other command.
///
/// `None` if the script has any other syntax.
pub(super) fn remove_command(text: &str, instruction: &Instruction, escape: char, argv: &[String]) -> Option<TextEdit> {
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
