//! The Markdown of a pack: the task, the explanation behind it, and files of the solution and of other states.

use super::files::MAX_FILES;
use crate::lesson::{self, Block, Header, Lesson, LessonError, MAX_BYTES};
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::ops::Range;

/// The line that divides the task from the explanation that is shown after success.
const DIVIDER: &str = "<!-- explanation -->";

/// What a language's Markdown file says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The task.
    pub task: Lesson,
    /// The explanation, shown once the goals are reached. Its console blocks run with the files of the solution.
    pub explanation: Option<Lesson>,
}

/// A file in a fenced block that is not shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct HiddenFile {
    /// The name of a state; `None` for the solution.
    pub(super) state: Option<String>,
    pub(super) path: String,
    pub(super) text: String,
    /// 1-based line of the file.
    pub(super) line: usize,
}

impl Page {
    /// Reads a body whose first line has the number `first_line`, without its hidden files.
    pub(super) fn read(
        header: &Header,
        body: &str,
        first_line: usize,
        original: Option<&Page>,
    ) -> Result<Self, LessonError> {
        let (task, explanation) = divide(body);
        let read = |text: &str, line: usize, original: Option<&Lesson>| {
            lesson::parse_body(header.clone(), text, first_line + line, original)
        };
        let lines = task.matches('\n').count();
        let original_explanation = original.and_then(|page| page.explanation.as_ref());
        Ok(Page {
            task: read(task, 0, original.map(|page| &page.task))?,
            explanation: explanation.map(|text| read(text, lines + 1, original_explanation)).transpose()?,
        })
    }

    /// The number of its steps: the task is divided by headings of the second level.
    pub fn steps(&self) -> usize {
        let prose = self.task.blocks.iter().map(|block| match block {
            Block::Prose(text) => text.as_str(),
            _ => "",
        });
        1 + prose.flat_map(str::lines).filter(|line| line.starts_with("## ")).count()
    }
}

/// The task, and what follows the dividing line.
fn divide(body: &str) -> (&str, Option<&str>) {
    let mut at = 0;
    for line in body.split_inclusive('\n') {
        if line.trim() == DIVIDER {
            let (task, rest) = body.split_at_checked(at).unwrap_or((body, ""));
            return (task, Some(rest.strip_prefix(line).unwrap_or(rest)));
        }
        at += line.len();
    }
    (body, None)
}

/// Takes the blocks with `solution=PATH`, and with `state=NAME file=PATH`, out of a body. Empty lines stay for them.
pub(super) fn take_hidden_files(body: &str, first_line: usize) -> (String, Vec<HiddenFile>) {
    let mut files = Vec::new();
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut open: Option<(HiddenFile, usize)> = None;
    // A text that is too long is refused when it is read as a lesson.
    let parsed = if body.len() > MAX_BYTES { "" } else { body };
    for (event, range) in Parser::new_ext(parsed, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) if files.len() <= MAX_FILES => {
                let value = |name: &str| {
                    let mut pairs = info.split_whitespace().filter_map(|word| word.split_once('='));
                    pairs.find(|(key, _)| *key == name).map(|(_, value)| value.to_string())
                };
                let line = || first_line + body.get(..range.start).unwrap_or("").matches('\n').count();
                let hidden = match (value("solution"), value("state"), value("file")) {
                    (Some(path), ..) => Some((None, path)),
                    (None, Some(state), Some(path)) => Some((Some(state), path)),
                    _ => None,
                };
                let file = |(state, path)| HiddenFile { state, path, text: String::new(), line: line() };
                open = hidden.map(|hidden| (file(hidden), range.start));
            }
            Event::Text(part) => {
                if let Some((file, _)) = &mut open {
                    file.text.push_str(&part);
                }
            }
            Event::End(TagEnd::CodeBlock) => {
                if let Some((file, start)) = open.take() {
                    files.push(file);
                    ranges.push(start..range.end);
                }
            }
            _ => {}
        }
    }
    let mut left = String::with_capacity(body.len());
    let mut at = 0;
    for range in ranges {
        left.push_str(body.get(at..range.start).unwrap_or(""));
        left.extend(body.get(range.clone()).unwrap_or("").chars().filter(|c| *c == '\n'));
        at = range.end;
    }
    left.push_str(body.get(at..).unwrap_or(""));
    (left, files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_the_solution_are_not_shown() {
        let body =
            "Task.\n\n```dockerfile solution=Dockerfile\nFROM alpine\n```\n\n```sh state=bad file=a.sh\nx\n```\nEnd.\n";
        let (left, files) = take_hidden_files(body, 10);
        assert_eq!(left.matches('\n').count(), body.matches('\n').count());
        assert!(!left.contains("alpine") && left.ends_with("End.\n"), "{left}");
        let told: Vec<_> = files.iter().map(|file| (file.state.as_deref(), file.path.as_str(), file.line)).collect();
        assert_eq!(told, [(None, "Dockerfile", 12), (Some("bad"), "a.sh", 16)]);
        assert_eq!(files[0].text, "FROM alpine\n");
    }

    #[test]
    fn the_explanation_stands_behind_a_line() {
        assert_eq!(divide("a\n<!-- explanation -->\nb\n"), ("a\n", Some("b\n")));
        assert_eq!(divide("a\n"), ("a\n", None));
    }
}
