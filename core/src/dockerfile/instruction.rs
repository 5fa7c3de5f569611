//! One logical line to one typed instruction.

use super::ParseError;
use super::heredoc::Heredoc;
use super::line::Line;
use crate::text::{self, Span};

/// A flag such as `--from=builder`; without `=` the value is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Name without the dashes.
    pub name: String,
    /// What stands behind `=`.
    pub value: Option<String>,
}

/// The command of RUN, CMD, ENTRYPOINT and others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// A JSON array: started as it is.
    Exec(Vec<String>),
    /// Text for the stage's shell.
    Shell(String),
}

/// What a HEALTHCHECK asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HealthTest {
    /// `HEALTHCHECK NONE`.
    None,
    /// `HEALTHCHECK CMD …`.
    Cmd(Command),
}

/// An instruction's meaning. Words are as written: not expanded, quotes still in place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Docker's instructions; the reference documents them")]
pub enum Kind {
    From { image: String, name: Option<String> },
    Run(Command),
    Cmd(Command),
    Entrypoint(Command),
    Copy { sources: Vec<String>, destination: String },
    Add { sources: Vec<String>, destination: String },
    Env(Vec<(String, String)>),
    Arg(Vec<(String, Option<String>)>),
    Label(Vec<(String, String)>),
    Workdir(String),
    User(String),
    Expose(Vec<String>),
    Volume(Vec<String>),
    Stopsignal(String),
    Healthcheck(HealthTest),
    Shell(Vec<String>),
    Onbuild(String),
    Maintainer(String),
}

/// One instruction with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction {
    /// The keyword as written.
    pub keyword: String,
    /// What it means.
    pub kind: Kind,
    /// Its flags.
    pub flags: Vec<Flag>,
    /// Its here-documents.
    pub heredocs: Vec<Heredoc>,
    /// The whole text, continuations joined.
    pub original: String,
    /// 1-based first line.
    pub line: usize,
    /// Its bytes in the file.
    pub span: Span,
}

impl Instruction {
    /// The value of a flag; empty for one without a value.
    pub fn flag(&self, name: &str) -> Option<&str> {
        self.flags.iter().rev().find(|flag| flag.name == name).map(|flag| flag.value.as_deref().unwrap_or(""))
    }

    /// The text behind the keyword and the flags, continuations joined.
    pub fn arguments(&self) -> &str {
        let rest = self.original.get(self.keyword.len()..).unwrap_or("").trim_start();
        split_flags(rest).map_or(rest, |(_, rest)| rest)
    }
}

const KEYWORDS: [&str; 18] = [
    "ADD",
    "ARG",
    "CMD",
    "COPY",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "FROM",
    "HEALTHCHECK",
    "LABEL",
    "MAINTAINER",
    "ONBUILD",
    "RUN",
    "SHELL",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// The flags each instruction takes (Docker's Dockerfile reference, BuildKit 0.20).
fn known_flags(keyword: &str) -> &'static [&'static str] {
    match keyword {
        "FROM" => &["platform"],
        "RUN" => &["mount", "network", "security", "device"],
        "COPY" => &["from", "chown", "chmod", "link", "parents", "exclude"],
        "ADD" => &["chown", "chmod", "link", "keep-git-dir", "checksum", "exclude", "unpack"],
        "HEALTHCHECK" => &["interval", "timeout", "start-period", "start-interval", "retries"],
        _ => &[],
    }
}

pub(super) fn parse(line: &Line, escape: char) -> Result<Instruction, ParseError> {
    let fail = |message: String| ParseError { message, line: Some(line.number), span: line.span.clone() };
    let keyword = line.text.split(|c: char| c.is_whitespace()).next().unwrap_or("").to_string();
    let upper = keyword.to_ascii_uppercase();
    if !KEYWORDS.contains(&upper.as_str()) {
        let near = text::near(&upper, KEYWORDS);
        let hint = near.first().map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
        return Err(fail(format!("unknown instruction: {keyword}{hint}")));
    }
    let rest = line.text.get(keyword.len()..).unwrap_or("").trim();
    let (flags, rest) = split_flags(rest).map_err(&fail)?;
    for flag in &flags {
        let known = known_flags(&upper);
        if !known.contains(&flag.name.as_str()) {
            let near = text::near(&flag.name, known.iter().copied());
            let hint = near.first().map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
            return Err(fail(format!("unknown flag: --{}{hint}", flag.name)));
        }
    }
    let kind = kind(&upper, rest.trim(), &line.heredocs, escape).map_err(&fail)?;
    Ok(Instruction {
        keyword,
        kind,
        flags,
        heredocs: line.heredocs.clone(),
        original: line.text.clone(),
        line: line.number,
        span: line.span.clone(),
    })
}

fn kind(keyword: &str, rest: &str, heredocs: &[Heredoc], escape: char) -> Result<Kind, String> {
    let words = || -> Vec<String> { rest.split_whitespace().map(str::to_string).collect() };
    let needs_one = || format!("{keyword} requires at least one argument");
    let exactly_one = || format!("{keyword} requires exactly one argument");
    Ok(match keyword {
        "FROM" => from(&words())?,
        "RUN" | "CMD" | "ENTRYPOINT" => {
            let command = command(rest);
            if keyword == "RUN" && matches!(&command, Command::Shell(text) if text.is_empty()) {
                return Err(needs_one());
            }
            match keyword {
                "RUN" => Kind::Run(command),
                "CMD" => Kind::Cmd(command),
                _ => Kind::Entrypoint(command),
            }
        }
        "COPY" | "ADD" => {
            let mut list = json_strings(rest).unwrap_or_else(words);
            if list.is_empty() {
                return Err(format!("{keyword} requires at least two arguments"));
            }
            if list.len() < 2 {
                return Err(format!(
                    "{keyword} requires at least two arguments, but only one was provided. Destination could not be determined"
                ));
            }
            let destination = list.pop().unwrap_or_default();
            // Words such as `<<EOF` stand for the documents, which are kept apart.
            list.retain(|source| heredocs.is_empty() || !source.starts_with("<<"));
            let sources = list;
            if keyword == "COPY" { Kind::Copy { sources, destination } } else { Kind::Add { sources, destination } }
        }
        "ENV" | "LABEL" => {
            let pairs = pairs(keyword, rest, escape)?;
            if keyword == "ENV" { Kind::Env(pairs) } else { Kind::Label(pairs) }
        }
        "ARG" => {
            let list = quoted_words(rest, escape);
            if list.is_empty() {
                return Err(needs_one());
            }
            let mut args = Vec::new();
            for word in list {
                match word.split_once('=') {
                    Some(("", _)) => return Err("ARG names can not be blank".into()),
                    Some((name, value)) => args.push((name.to_string(), Some(value.to_string()))),
                    None => args.push((word, None)),
                }
            }
            Kind::Arg(args)
        }
        "WORKDIR" | "USER" | "STOPSIGNAL" | "MAINTAINER" => {
            if rest.is_empty() {
                return Err(exactly_one());
            }
            let text = rest.to_string();
            match keyword {
                "WORKDIR" => Kind::Workdir(text),
                "USER" => Kind::User(text),
                "STOPSIGNAL" => Kind::Stopsignal(text),
                _ => Kind::Maintainer(text),
            }
        }
        "EXPOSE" => {
            let ports = words();
            if ports.is_empty() {
                return Err(needs_one());
            }
            Kind::Expose(ports)
        }
        "VOLUME" => {
            let volumes = json_strings(rest).unwrap_or_else(words);
            if volumes.is_empty() {
                return Err(needs_one());
            }
            if volumes.iter().any(|volume| volume.trim().is_empty()) {
                return Err("VOLUME specified can not be an empty string".into());
            }
            Kind::Volume(volumes)
        }
        "HEALTHCHECK" => {
            let (test, command_text) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            match test.to_ascii_uppercase().as_str() {
                "" => return Err(needs_one()),
                "NONE" if command_text.trim().is_empty() => Kind::Healthcheck(HealthTest::None),
                "NONE" => return Err("HEALTHCHECK NONE takes no arguments".into()),
                "CMD" if command_text.trim().is_empty() => {
                    return Err("Missing command after HEALTHCHECK CMD".into());
                }
                "CMD" => Kind::Healthcheck(HealthTest::Cmd(command(command_text.trim()))),
                other => return Err(format!("Unknown type {other:?} in HEALTHCHECK (try CMD)")),
            }
        }
        "SHELL" => match json_strings(rest) {
            Some(shell) if !shell.is_empty() => Kind::Shell(shell),
            Some(_) => return Err(needs_one()),
            None => return Err("SHELL requires the arguments to be in JSON form".into()),
        },
        "ONBUILD" => {
            let trigger = rest.split_whitespace().next().unwrap_or("").to_ascii_uppercase();
            match trigger.as_str() {
                "" => return Err(needs_one()),
                "ONBUILD" => {
                    return Err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".into());
                }
                "MAINTAINER" | "FROM" => {
                    return Err(format!("{trigger} isn't allowed as an ONBUILD trigger"));
                }
                _ => Kind::Onbuild(rest.to_string()),
            }
        }
        _ => return Err(format!("unknown instruction: {keyword}")),
    })
}

fn from(words: &[String]) -> Result<Kind, String> {
    match words {
        [image] => Ok(Kind::From { image: image.clone(), name: None }),
        [image, keyword, name] if keyword.eq_ignore_ascii_case("as") => {
            let lower = name.to_lowercase();
            let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c);
            let is_name = lower.starts_with(|c: char| c.is_ascii_lowercase()) && lower.chars().all(fits);
            // A name may come from an argument; then it is checked once it is known.
            if !is_name && !lower.contains('$') {
                return Err(format!(
                    "invalid name for build stage: {name:?}, name can't start with a number or contain symbols"
                ));
            }
            Ok(Kind::From { image: image.clone(), name: Some(name.clone()) })
        }
        _ => Err("FROM requires either one or three arguments".into()),
    }
}

/// Exec form if the text is a JSON array of strings, else shell form.
pub(super) fn command(text: &str) -> Command {
    match json_strings(text) {
        Some(words) => Command::Exec(words),
        None => Command::Shell(text.to_string()),
    }
}

fn json_strings(text: &str) -> Option<Vec<String>> {
    if !text.trim_start().starts_with('[') {
        return None;
    }
    serde_json::from_str::<Vec<String>>(text).ok()
}

/// Splits leading `--name=value` words off; quotes and escapes inside a value are kept together.
fn split_flags(rest: &str) -> Result<(Vec<Flag>, &str), String> {
    let mut flags = Vec::new();
    let mut rest = rest.trim_start();
    while rest.starts_with("--") {
        let mut quote: Option<char> = None;
        let mut end = rest.len();
        let mut value = String::new();
        let mut chars = rest.char_indices();
        while let Some((at, c)) = chars.next() {
            match (quote, c) {
                (None, c) if c.is_whitespace() => {
                    end = at;
                    break;
                }
                (None, '\'' | '"') => quote = Some(c),
                (Some(open), c) if c == open => quote = None,
                (_, '\\') => {
                    if let Some((_, next)) = chars.next() {
                        value.push(next);
                    }
                }
                _ => value.push(c),
            }
        }
        rest = rest.get(end..).unwrap_or("").trim_start();
        let word = value.get(2..).unwrap_or("");
        if word.is_empty() {
            break;
        }
        let (name, value) = match word.split_once('=') {
            Some((name, value)) => (name, Some(value.to_string())),
            None => (word, None),
        };
        flags.push(Flag { name: name.to_string(), value });
    }
    Ok((flags, rest))
}

/// Splits at blanks outside quotes; quotes and escapes stay in the words.
fn quoted_words(rest: &str, escape: char) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut quote: Option<char> = None;
    let mut chars = rest.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                continue;
            }
            (None, '\'' | '"') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), c) if c == escape => {
                word.push(c);
                if let Some(next) = chars.next() {
                    word.push(next);
                }
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

fn pairs(keyword: &str, rest: &str, escape: char) -> Result<Vec<(String, String)>, String> {
    let words = quoted_words(rest, escape);
    let Some(first) = words.first() else {
        return Err(format!("{keyword} requires at least one argument"));
    };
    if !first.contains('=') {
        // The old form: a name, then the whole rest of the line as the value.
        let (name, value) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
        if value.trim().is_empty() {
            return Err(format!("{keyword} must have two arguments"));
        }
        return Ok(vec![(name.to_string(), value.trim_start().to_string())]);
    }
    words
        .into_iter()
        .map(|word| match word.split_once('=') {
            Some(("", _)) => Err(format!("{keyword} names can not be blank")),
            Some((name, value)) => Ok((name.to_string(), value.to_string())),
            None => Err(format!("Syntax error - can't find = in {word:?}. Must be of the form: name=value")),
        })
        .collect()
}
