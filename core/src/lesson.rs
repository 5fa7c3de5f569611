//! Lessons: Markdown whose code blocks are files, and commands with their expected output.
//!
//! A lesson is shown as a page and run as a test. Format: docs/formats/lesson.md.

use crate::base_images::Catalogue;
use crate::engine::{Builder, EngineProfile};
use crate::fs::Content;
use crate::host::Host;
use crate::text;
use pulldown_cmark::{CodeBlockKind, Event, Options, Parser, Tag, TagEnd};
use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

/// The largest lesson, in bytes.
pub(crate) const MAX_BYTES: usize = 1 << 18;
/// The most blocks of code in a lesson.
const MAX_BLOCKS: usize = 500;
/// The most commands in a lesson, and in its `setup`: each may take the effort of a whole script.
pub(crate) const MAX_COMMANDS: usize = 200;

/// The front matter of a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The heading.
    pub title: String,
    /// The engine profile's id.
    pub engine: String,
    /// The builder, if not the engine's default.
    pub builder: Option<String>,
    /// The Dockerfile that the page opens.
    pub dockerfile: String,
    /// Commands that run before the lesson and are not shown.
    pub setup: Vec<String>,
    /// What the reader is to do, in one or two sentences.
    pub task: Option<String>,
    /// What the image of the Dockerfile must do when the task is done: start or fail to start.
    pub goal: Option<Goal>,
}

/// What the image of a lesson's Dockerfile must do when the task is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// It starts.
    Starts,
    /// It is built and does not start.
    Fails,
}

impl Goal {
    /// The verdict on a start, as reports name it.
    pub fn verdict(self) -> &'static str {
        match self {
            Goal::Starts => "starts",
            Goal::Fails => "fails",
        }
    }
}

/// One part of a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// Prose, as Markdown.
    Prose(String),
    /// A file of the working directory.
    File {
        /// Its id.
        id: String,
        /// Its name.
        name: String,
        /// Its language, for colouring.
        language: String,
        /// Its content.
        text: String,
    },
    /// Commands and what they print.
    Console {
        /// Its id.
        id: String,
        /// Each with the output it must give.
        commands: Vec<Expected>,
    },
}

/// A command and its expected output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The command behind `$ `.
    pub command: String,
    /// The expected output; `[..]` matches any text in a line, `...` any lines.
    pub output: String,
    /// The exit code, if a line `? N` names one.
    pub status: Option<i32>,
    /// 1-based line in the lesson.
    pub line: usize,
}

/// A lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lesson {
    /// Its front matter.
    pub header: Header,
    /// Its parts in order.
    pub blocks: Vec<Block>,
}

/// Why a text is not a valid lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonError {
    /// 1-based line.
    pub line: usize,
    /// What is wrong, and what to do.
    pub message: String,
}

impl fmt::Display for LessonError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.message)
    }
}

impl std::error::Error for LessonError {}

/// Reads a lesson. A translation's empty blocks are filled from `original` by their ids.
///
/// # Errors
/// The first mistake, with its line.
pub fn parse(text: &str, original: Option<&Lesson>) -> Result<Lesson, LessonError> {
    let fail = |line, message: String| LessonError { line, message };
    if text.len() > MAX_BYTES {
        return Err(fail(1, format!("a lesson has at most {MAX_BYTES} bytes")));
    }
    let (front, body, body_line) = front_matter(text)?;
    parse_body(header(front, original)?, body, body_line, original)
}

/// Reads a text without front matter, of which the header is known. Its first line has the number `body_line`.
///
/// # Errors
/// As [`parse`].
pub fn parse_body(
    header: Header,
    body: &str,
    body_line: usize,
    original: Option<&Lesson>,
) -> Result<Lesson, LessonError> {
    let fail = |line, message: String| LessonError { line, message };
    if body.len() > MAX_BYTES {
        return Err(fail(1, format!("a lesson has at most {MAX_BYTES} bytes")));
    }
    let mut blocks = Vec::new();
    let (mut prose_from, mut count, mut commands) = (0, 0, 0);
    let mut open: Option<(String, usize, usize)> = None;
    let mut code = String::new();
    for (event, range) in Parser::new_ext(body, Options::ENABLE_TABLES).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let line = body_line + body.get(..range.start).unwrap_or("").matches('\n').count();
                count += 1;
                if count > MAX_BLOCKS {
                    return Err(fail(line, format!("a lesson has at most {MAX_BLOCKS} blocks of code")));
                }
                open = Some((info.to_string(), range.start, line));
                code.clear();
            }
            Event::Text(part) if open.is_some() => code.push_str(&part),
            Event::End(TagEnd::CodeBlock) => {
                let Some((info, start, line)) = open.take() else {
                    continue;
                };
                let Some(block) = block(&info, &code, line, original)? else {
                    continue;
                };
                if let Block::Console { commands: found, .. } = &block {
                    commands += found.len();
                }
                if commands > MAX_COMMANDS {
                    return Err(fail(line, format!("a lesson has at most {MAX_COMMANDS} commands")));
                }
                push_prose(&mut blocks, body.get(prose_from..start).unwrap_or(""));
                blocks.push(block);
                prose_from = range.end;
            }
            _ => {}
        }
    }
    push_prose(&mut blocks, body.get(prose_from..).unwrap_or(""));
    let lesson = Lesson { header, blocks };
    if let Some(original) = original
        && lesson.ids() != original.ids()
    {
        let message = format!("the blocks are {:?} and must be {:?}", lesson.ids(), original.ids());
        return Err(fail(body_line, message));
    }
    Ok(lesson)
}

fn push_prose(blocks: &mut Vec<Block>, text: &str) {
    let text = text.trim();
    if !text.is_empty() {
        blocks.push(Block::Prose(text.to_string()));
    }
}

/// Splits `---` front matter off; also the 1-based line on which the body starts.
fn front_matter(text: &str) -> Result<(&str, &str, usize), LessonError> {
    let missing =
        LessonError { line: 1, message: "a lesson starts with front matter between two lines of `---`".into() };
    let rest = text.trim_start_matches('\u{feff}').strip_prefix("---\n").ok_or(missing.clone())?;
    let (front, body) = rest.split_once("\n---\n").ok_or(missing)?;
    Ok((front, body, front.matches('\n').count() + 4))
}

fn header(front: &str, original: Option<&Lesson>) -> Result<Header, LessonError> {
    let mut values: BTreeMap<&str, &str> = BTreeMap::new();
    let mut setup = Vec::new();
    let mut goal = original.and_then(|lesson| lesson.header.goal);
    for (index, line) in front.lines().enumerate() {
        let line_number = index + 2;
        if line.trim().is_empty() {
            continue;
        }
        let Some((key, value)) = line.split_once(':') else {
            return Err(LessonError { line: line_number, message: format!("expected `key: value`, found {line:?}") });
        };
        match key.trim() {
            "setup" if setup.len() == MAX_COMMANDS => {
                let message = format!("a lesson has at most {MAX_COMMANDS} commands in `setup`");
                return Err(LessonError { line: line_number, message });
            }
            "setup" => setup.push(value.trim().to_string()),
            "goal" => {
                goal = match value.trim() {
                    "starts" => Some(Goal::Starts),
                    "fails" => Some(Goal::Fails),
                    other => {
                        let message = format!("the goal is `starts` or `fails`, not {other:?}");
                        return Err(LessonError { line: line_number, message });
                    }
                }
            }
            key @ ("title" | "engine" | "builder" | "dockerfile" | "task") => {
                values.insert(key, value.trim());
            }
            other => {
                let message =
                    format!("unknown key {other:?}; known are title, engine, builder, dockerfile, setup, task, goal");
                return Err(LessonError { line: line_number, message });
            }
        }
    }
    let of_original = |get: fn(&Header) -> String| original.map(|lesson| get(&lesson.header));
    let need = |key: &str, fallback: Option<String>| {
        values
            .get(key)
            .map(|value| value.to_string())
            .or(fallback)
            .ok_or_else(|| LessonError { line: 2, message: format!("the front matter lacks `{key}`") })
    };
    let engine = need("engine", of_original(|header| header.engine.clone()))?;
    if EngineProfile::find(&engine).is_none() {
        return Err(LessonError { line: 2, message: format!("unknown engine {engine:?}") });
    }
    Ok(Header {
        title: need("title", None)?,
        engine,
        builder: values
            .get("builder")
            .map(|v| v.to_string())
            .or(original.and_then(|lesson| lesson.header.builder.clone())),
        dockerfile: need("dockerfile", of_original(|header| header.dockerfile.clone()).or(Some("Dockerfile".into())))?,
        setup: match original {
            Some(original) if setup.is_empty() => original.header.setup.clone(),
            _ => setup,
        },
        task: values.get("task").map(|value| value.to_string()),
        goal,
    })
}

/// Parses a fenced block; `None` for a block that is only shown.
fn block(info: &str, code: &str, line: usize, original: Option<&Lesson>) -> Result<Option<Block>, LessonError> {
    let mut words = info.split_whitespace();
    let language = words.next().unwrap_or("").to_string();
    let attributes: BTreeMap<&str, &str> = words.filter_map(|word| word.split_once('=')).collect();
    let Some(id) = attributes.get("id").map(|id| id.to_string()) else {
        if attributes.contains_key("file") || language == "console" {
            return Err(LessonError { line, message: "a block with a file or with commands needs `id=…`".into() });
        }
        return Ok(None);
    };
    if code.trim().is_empty()
        && let Some(original) = original
    {
        return match original.blocks.iter().find(|block| block.id() == Some(&id)) {
            Some(found) => Ok(Some(found.clone())),
            None => Err(LessonError { line, message: format!("the original has no block {id:?}") }),
        };
    }
    if language == "console" {
        return Ok(Some(Block::Console { id, commands: commands(code, line)? }));
    }
    let Some(name) = attributes.get("file") else {
        return Err(LessonError { line, message: "a block with an id is a `console` or names a `file=…`".into() });
    };
    Ok(Some(Block::File { id, name: name.to_string(), language, text: code.to_string() }))
}

fn commands(code: &str, line: usize) -> Result<Vec<Expected>, LessonError> {
    let mut all: Vec<Expected> = Vec::new();
    let mut continues = false;
    for (index, row) in code.lines().enumerate() {
        if let Some(command) = row.strip_prefix("$ ") {
            all.push(Expected {
                command: command.to_string(),
                output: String::new(),
                status: None,
                line: line + index + 1,
            });
            continues = command.ends_with('\\');
            continue;
        }
        let Some(last) = all.last_mut() else {
            return Err(LessonError {
                line: line + index + 1,
                message: "a console block starts with `$ command`".into(),
            });
        };
        if let Some(more) = row.strip_prefix("> ").filter(|_| continues) {
            last.command.push('\n');
            last.command.push_str(more);
            continues = more.ends_with('\\');
            continue;
        }
        if let Some(status) = row.strip_prefix("? ").filter(|_| last.output.is_empty()) {
            last.status = status.trim().parse().ok();
            continue;
        }
        last.output.push_str(row);
        last.output.push('\n');
    }
    Ok(all)
}

impl Block {
    fn id(&self) -> Option<&String> {
        match self {
            Block::Prose(_) => None,
            Block::File { id, .. } | Block::Console { id, .. } => Some(id),
        }
    }
}

impl Lesson {
    /// The ids of its files and console blocks, in order.
    pub fn ids(&self) -> Vec<&str> {
        self.blocks.iter().filter_map(Block::id).map(String::as_str).collect()
    }

    /// The builder on which it runs.
    pub fn builder(&self, engine: &EngineProfile) -> Builder {
        self.header.builder.as_deref().and_then(Builder::parse).unwrap_or(engine.default_builder())
    }

    /// A host for the lesson, after its setup commands and with its files.
    ///
    /// # Errors
    /// A setup command that failed, with what it printed.
    pub fn host(&self, catalogue: Arc<Catalogue>) -> Result<Host, String> {
        let engine =
            EngineProfile::find(&self.header.engine).ok_or_else(|| format!("unknown engine {}", self.header.engine))?;
        let builder = self.builder(&engine);
        let mut host = Host::new(catalogue, engine, builder);
        self.set_up(&mut host)?;
        Ok(host)
    }

    /// Writes its files into a host and runs its setup commands.
    ///
    /// # Errors
    /// As [`Lesson::host`].
    pub fn set_up(&self, host: &mut Host) -> Result<(), String> {
        for block in &self.blocks {
            self.write(host, block)?;
        }
        for command in &self.header.setup {
            let answer = host.run(command);
            if answer.status != 0 {
                return Err(format!("setup: {command}: exit code {}\n{}", answer.status, answer.text));
            }
        }
        Ok(())
    }

    fn write(&self, host: &mut Host, block: &Block) -> Result<(), String> {
        if let Block::File { name, text, .. } = block {
            host.write(name, Content::inline(text.as_bytes()), 0o644).map_err(|error| error.to_string())?;
        }
        Ok(())
    }

    /// Runs all commands and compares their output.
    pub fn test(&self, catalogue: Arc<Catalogue>) -> Vec<Played> {
        let mut host = match self.host(catalogue) {
            Ok(host) => host,
            Err(error) => {
                let expected = Expected { command: "setup".into(), output: String::new(), status: None, line: 1 };
                return vec![Played { expected, text: error, status: 1, fits: false }];
            }
        };
        self.play(&mut host)
    }

    /// Runs all commands on a host and compares their output.
    pub fn play(&self, host: &mut Host) -> Vec<Played> {
        let mut all = Vec::new();
        for block in &self.blocks {
            let Block::Console { commands, .. } = block else {
                continue;
            };
            for expected in commands {
                let answer = host.run(&expected.command);
                let fits =
                    fits(&expected.output, &answer.text) && expected.status.unwrap_or(answer.status) == answer.status;
                all.push(Played { expected: expected.clone(), text: answer.text, status: answer.status, fits });
            }
        }
        all
    }
}

/// A command that was run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// The expectation.
    pub expected: Expected,
    /// The actual output.
    pub text: String,
    /// Its exit code.
    pub status: i32,
    /// Whether output and exit code match.
    pub fits: bool,
}

/// Compares output with an expectation in the conventions of snapbox: `[..]` stands for anything
/// within a line, a line `...` for any number of lines. Blanks at the ends of lines do not count.
pub fn fits(expected: &str, actual: &str) -> bool {
    let expected: Vec<&str> = expected.trim_end().lines().map(str::trim_end).collect();
    let actual: Vec<&str> = actual.trim_end().lines().map(str::trim_end).collect();
    text::sequence_fits(
        &expected,
        &actual,
        |line| *line == "...",
        |line, actual| text::wildcard_fits(line, "[..]", actual),
    )
}

/// Where output and expectation differ.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// The lines of the output that are not expected, counted from 0.
    pub unexpected: Vec<usize>,
    /// The expected lines that the output lacks.
    pub missing: Vec<String>,
}

/// The most pairs of lines that [`differences`] compares.
const MAX_PAIRS: usize = 1 << 18;

/// The lines in which output and expectation differ, as few as possible, in the conventions of [`fits`]. Nothing for
/// texts of which there are more than 262,144 pairs of lines.
pub fn differences(expected: &str, actual: &str) -> Differences {
    let expected: Vec<&str> = expected.trim_end().lines().map(str::trim_end).collect();
    let actual: Vec<&str> = actual.trim_end().lines().map(str::trim_end).collect();
    if (expected.len() + 1).saturating_mul(actual.len() + 1) > MAX_PAIRS {
        return Differences::default();
    }
    // costs[i][j]: how many lines differ between the expectation from line i on and the output from line j on.
    let at = |row: &[u32], j: usize| row.get(j).copied().unwrap_or(u32::MAX);
    let line = |j: usize| actual.get(j).copied().unwrap_or("");
    let mut costs: Vec<Vec<u32>> = vec![(0..=actual.len() as u32).rev().collect()];
    for wanted in expected.iter().rev() {
        let below = costs.last().cloned().unwrap_or_default();
        let mut row = vec![0; actual.len() + 1];
        for j in (0..=actual.len()).rev() {
            let right = if j < actual.len() { at(&row, j + 1) } else { u32::MAX };
            let cost = match *wanted {
                "..." => at(&below, j).min(right),
                wanted if j < actual.len() && text::wildcard_fits(wanted, "[..]", line(j)) => at(&below, j + 1),
                _ => at(&below, j).min(right).saturating_add(1),
            };
            if let Some(slot) = row.get_mut(j) {
                *slot = cost;
            }
        }
        costs.push(row);
    }
    costs.reverse();
    let cost = |i: usize, j: usize| costs.get(i).map_or(u32::MAX, |row| at(row, j));
    let (mut i, mut j) = (0, 0);
    let mut found = Differences::default();
    while let Some(wanted) = expected.get(i) {
        let here = cost(i, j);
        if *wanted == "..." {
            if here == cost(i + 1, j) {
                i += 1;
            } else {
                j += 1;
            }
        } else if j < actual.len() && text::wildcard_fits(wanted, "[..]", line(j)) {
            (i, j) = (i + 1, j + 1);
        } else if here == cost(i + 1, j).saturating_add(1) {
            found.missing.push(wanted.to_string());
            i += 1;
        } else {
            found.unexpected.push(j);
            j += 1;
        }
    }
    found.unexpected.extend(j..actual.len());
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    const LESSON: &str = "---\ntitle: One\nengine: docker-28\nsetup: echo ready > f\n---\n# Hi\n\nText.\n\n```dockerfile id=file file=Dockerfile\nFROM alpine\nCMD [\"echo\", \"hello\"]\n```\n\n```sh\nonly shown\n```\n\n```console id=run\n$ cat f\nready\n$ docker build -q -t x .\nsha256:[..]\n$ docker run x\nhello\n$ docker run nope\n? 125\n...\n```\n";

    #[test]
    fn a_lesson_is_played_and_compared() {
        let lesson = parse(LESSON, None).unwrap();
        assert_eq!(lesson.ids(), ["file", "run"]);
        let played = lesson.test(Arc::new(Catalogue::builtin()));
        for one in &played {
            assert!(one.fits, "{}: {}", one.expected.command, one.text);
        }
        assert_eq!(played.len(), 4);
        assert_eq!(played[0].expected.line, 20);
    }

    #[test]
    fn a_wrong_expectation_does_not_fit() {
        let lesson = parse(&LESSON.replace("\nhello\n$", "\ngoodbye\n$"), None).unwrap();
        assert!(lesson.test(Arc::new(Catalogue::builtin())).iter().any(|one| !one.fits));
    }

    #[test]
    fn a_translation_takes_the_blocks_by_id() {
        let original = parse(LESSON, None).unwrap();
        let text = "---\ntitle: 一\n---\n你好\n\n```dockerfile id=file\n```\n\n```console id=run\n```\n";
        let translated = parse(text, Some(&original)).unwrap();
        assert_eq!(translated.ids(), original.ids());
        assert_eq!(translated.header.setup, original.header.setup);
        let with_task = LESSON.replace("setup:", "task: Do it.\ngoal: fails\nsetup:");
        let original = parse(&with_task, None).unwrap();
        let translated = parse(&text.replace("title: 一", "title: 一\ntask: 做吧。"), Some(&original)).unwrap();
        assert_eq!(original.header.task.as_deref(), Some("Do it."));
        assert_eq!((translated.header.task.as_deref(), translated.header.goal), (Some("做吧。"), Some(Goal::Fails)));
        assert!(parse("---\ntitle: x\n---\n", Some(&original)).is_err());
    }

    #[test]
    fn output_fits_with_wildcards() {
        for (expected, actual, fitting) in [
            ("a\nb", "a\nb\n", true),
            ("a[..]c", "abc", true),
            ("a[..]c", "ab", false),
            ("a\n...\nd", "a\nb\nc\nd", true),
            ("...", "", true),
            ("a\n...\nd", "a\nb", false),
            ("[..]x[..]", "axb", true),
            ("", "x", false),
        ] {
            assert_eq!(fits(expected, actual), fitting, "{expected:?} {actual:?}");
        }
    }

    #[test]
    fn differences_are_the_fewest_lines() {
        for (expected, actual, unexpected, missing) in [
            ("a\nb\nc", "a\nb\nc\n", vec![], vec![]),
            ("a\nb\nc", "a\nx\nc", vec![1], vec!["b"]),
            ("a\n...\nd", "a\nb\nc\nd", vec![], vec![]),
            ("a\n...\nd", "a\nb\nc\n", vec![], vec!["d"]),
            ("one [..]", "one two\nmore", vec![1], vec![]),
            ("", "x", vec![0], vec![]),
            ("x", "", vec![], vec!["x"]),
        ] {
            let found = differences(expected, actual);
            assert_eq!(
                (found.unexpected, found.missing),
                (unexpected, missing.iter().map(|line| line.to_string()).collect())
            );
        }
        let long = "a\n".repeat(2_000);
        assert_eq!(differences(&long, &long), Differences::default());
    }

    #[test]
    fn mistakes_have_lines() {
        let bad_goal = "---\ntitle: x\nengine: docker-28\ngoal: wins\n---\n";
        assert_eq!(parse(bad_goal, None).unwrap_err().line, 4);
        for (text, line) in
            [("# no front", 1), ("---\ntitle x\n---\n", 2), ("---\ntitle: x\nengine: docker-1\n---\n", 2)]
        {
            assert_eq!(parse(text, None).unwrap_err().line, line);
        }
        assert!(parse("---\ntitle: x\nengine: docker-28\n---\n```console\n$ x\n```\n", None).is_err());
    }
}
