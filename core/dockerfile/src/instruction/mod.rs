//! Nodes to typed instructions.
//!
//! Follows BuildKit's `frontend/dockerfile/instructions` (moby/buildkit 73ed682).

mod csv;
mod flags;
mod from;
mod healthcheck;
mod run_mount;

pub use healthcheck::go_duration;
pub(crate) use healthcheck::go_int;
pub use run_mount::{Expander, Mount, MountType};

use super::keyword::Keyword;
use super::syntax::{self, Heredoc, Node};
use crate::text::{Span, suggestion};

/// A flag such as `--from=builder`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag<S = String> {
    /// Name without the dashes.
    pub name: S,
    /// What stands behind `=`.
    pub value: Option<S>,
}

/// The command of RUN, CMD, ENTRYPOINT and others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command<S = String> {
    /// A JSON array: started as it is.
    Exec(Vec<S>),
    /// Text for the stage's shell.
    Shell(S),
}

/// What a HEALTHCHECK asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HealthTest<S = String> {
    /// `HEALTHCHECK NONE`.
    None,
    /// `HEALTHCHECK CMD …`.
    Cmd(Command<S>),
}

/// An instruction's meaning. Words are as written: not expanded, quotes still in place.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names are Docker's instructions; the reference documents them")]
pub enum Kind<S = String> {
    From { image: S, name: Option<S> },
    Run(Command<S>),
    Cmd(Command<S>),
    Entrypoint(Command<S>),
    Copy { sources: Vec<S>, destination: S },
    Add { sources: Vec<S>, destination: S },
    Env(Vec<(S, S)>),
    Arg(Vec<(S, Option<S>)>),
    Label(Vec<(S, S)>),
    Workdir(S),
    User(S),
    Expose(Vec<S>),
    Volume(Vec<S>),
    Stopsignal(S),
    Healthcheck(HealthTest<S>),
    Shell(Vec<S>),
    Onbuild(S),
    Maintainer(S),
}

/// One instruction with its place. Borrowed from a text (`Instruction<&str>`) or with texts of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instruction<S = String> {
    /// The keyword as written.
    pub keyword: S,
    /// What it means.
    pub kind: Kind<S>,
    /// Its flags.
    pub flags: Vec<Flag<S>>,
    /// Its here-documents; for COPY and ADD those that are sources.
    pub heredocs: Vec<Heredoc<'static>>,
    /// The whole text, continuations joined.
    pub original: S,
    /// The text behind keyword and flags.
    pub arguments: S,
    /// ENV or LABEL in the old form, `name value`.
    pub legacy: bool,
    /// 1-based first line.
    pub line: usize,
    /// 1-based last line.
    pub end_line: usize,
    /// Its bytes in the file.
    pub span: Span,
}

impl<S: AsRef<str>> Instruction<S> {
    /// The value of a flag; empty for one without a value.
    pub fn flag(&self, name: &str) -> Option<&str> {
        let found = self.flags.iter().rev().find(|flag| flag.name.as_ref() == name);
        found.map(|flag| flag.value.as_ref().map_or("", AsRef::as_ref))
    }

    /// Whether a flag that is true or false is there and true.
    pub fn is_set(&self, name: &str) -> bool {
        self.flag(name).is_some_and(|value| value.is_empty() || value.eq_ignore_ascii_case("true"))
    }

    /// The values of a flag that may come more than once.
    pub fn flag_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let of_name = self.flags.iter().filter(move |flag| flag.name.as_ref() == name);
        of_name.map(|flag| flag.value.as_ref().map_or("", AsRef::as_ref))
    }

    /// The same with texts of its own.
    pub fn to_owned(&self) -> Instruction {
        let own = |text: &S| text.as_ref().to_string();
        let flag = |flag: &Flag<S>| Flag { name: own(&flag.name), value: flag.value.as_ref().map(own) };
        Instruction {
            keyword: own(&self.keyword),
            kind: self.kind.to_owned(),
            flags: self.flags.iter().map(flag).collect(),
            heredocs: self.heredocs.clone(),
            original: own(&self.original),
            arguments: own(&self.arguments),
            legacy: self.legacy,
            line: self.line,
            end_line: self.end_line,
            span: self.span.clone(),
        }
    }
}

impl<S: AsRef<str>> Command<S> {
    fn to_owned(&self) -> Command {
        match self {
            Command::Exec(words) => Command::Exec(list(words)),
            Command::Shell(text) => Command::Shell(text.as_ref().to_string()),
        }
    }
}

fn list<S: AsRef<str>>(texts: &[S]) -> Vec<String> {
    texts.iter().map(|text| text.as_ref().to_string()).collect()
}

impl<S: AsRef<str>> Kind<S> {
    fn to_owned(&self) -> Kind {
        let own = |text: &S| text.as_ref().to_string();
        let pairs =
            |pairs: &[(S, S)]| -> Vec<_> { pairs.iter().map(|(name, value)| (own(name), own(value))).collect() };
        match self {
            Kind::From { image, name } => Kind::From { image: own(image), name: name.as_ref().map(own) },
            Kind::Run(command) => Kind::Run(command.to_owned()),
            Kind::Cmd(command) => Kind::Cmd(command.to_owned()),
            Kind::Entrypoint(command) => Kind::Entrypoint(command.to_owned()),
            Kind::Copy { sources, destination } => Kind::Copy { sources: list(sources), destination: own(destination) },
            Kind::Add { sources, destination } => Kind::Add { sources: list(sources), destination: own(destination) },
            Kind::Env(list) => Kind::Env(pairs(list)),
            Kind::Label(list) => Kind::Label(pairs(list)),
            Kind::Arg(args) => {
                Kind::Arg(args.iter().map(|(name, value)| (own(name), value.as_ref().map(own))).collect())
            }
            Kind::Workdir(text) => Kind::Workdir(own(text)),
            Kind::User(text) => Kind::User(own(text)),
            Kind::Expose(words) => Kind::Expose(list(words)),
            Kind::Volume(words) => Kind::Volume(list(words)),
            Kind::Stopsignal(text) => Kind::Stopsignal(own(text)),
            Kind::Healthcheck(HealthTest::None) => Kind::Healthcheck(HealthTest::None),
            Kind::Healthcheck(HealthTest::Cmd(command)) => Kind::Healthcheck(HealthTest::Cmd(command.to_owned())),
            Kind::Shell(words) => Kind::Shell(list(words)),
            Kind::Onbuild(text) => Kind::Onbuild(own(text)),
            Kind::Maintainer(text) => Kind::Maintainer(own(text)),
        }
    }
}

/// Types one node.
///
/// # Errors
/// BuildKit's message, without the "dockerfile parse error" in front.
pub fn typed<'a>(file: &'a syntax::File<'_>, node: &'a Node<'_>) -> Result<Instruction<&'a str>, String> {
    let keyword = node.keyword();
    let Some(kind) = node.head.kind else {
        let upper = keyword.to_uppercase();
        let hint = suggestion(&upper, Keyword::ALL.iter().map(|(name, _)| *name));
        // Written all in capitals, it is answered in capitals.
        let hint = hint.map(|name| match keyword == upper && keyword != keyword.to_lowercase() {
            true => format!(" (did you mean {name}?)"),
            false => format!(" (did you mean {}?)", name.to_lowercase()),
        });
        return Err(format!("unknown instruction: {keyword}{}", hint.unwrap_or_default()));
    };
    let mut instruction = Instruction {
        keyword,
        kind: Kind::Shell(Vec::new()),
        flags: Vec::new(),
        heredocs: Vec::new(),
        original: &node.text,
        arguments: node.arguments(),
        legacy: false,
        line: node.line as usize,
        end_line: node.end_line as usize,
        span: node.span.clone(),
    };
    fill(&mut instruction, kind, file, node)?;
    Ok(instruction)
}

fn at_least_one(keyword: Keyword) -> String {
    format!("{} requires at least one argument", keyword.name())
}

fn fill<'a>(
    out: &mut Instruction<&'a str>,
    keyword: Keyword,
    file: &'a syntax::File<'_>,
    node: &'a Node<'_>,
) -> Result<(), String> {
    let mut words = file.words(node);
    let count = words.len();
    // Where BuildKit looks at the arguments first, the flags are read by the branch.
    let early = !matches!(
        keyword,
        Keyword::Maintainer
            | Keyword::Add
            | Keyword::Copy
            | Keyword::From
            | Keyword::Onbuild
            | Keyword::Workdir
            | Keyword::Healthcheck
            | Keyword::Expose
            | Keyword::User
            | Keyword::Volume
            | Keyword::Stopsignal
            | Keyword::Arg
    );
    if early {
        out.flags = flags::read(&node.head.flags, keyword)?;
    }
    let late = || flags::read(&node.head.flags, keyword);
    let first = words.clone().next().unwrap_or("");
    let command = |words: &mut dyn Iterator<Item = &'a str>| {
        if node.head.json { Command::Exec(words.collect()) } else { Command::Shell(words.next().unwrap_or("")) }
    };
    out.kind = match keyword {
        Keyword::From => from::from(out, words, node)?,
        Keyword::Run => {
            out.heredocs = own_heredocs(node);
            let kind = Kind::Run(command(&mut words));
            run_mount::check_run(&out.flags)?;
            kind
        }
        Keyword::Cmd => Kind::Cmd(command(&mut words)),
        Keyword::Entrypoint => Kind::Entrypoint(command(&mut words)),
        Keyword::Copy | Keyword::Add => {
            if count < 2 {
                return Err(format!(
                    "{} requires at least two arguments, but only one was provided. Destination could not be determined",
                    keyword.name()
                ));
            }
            out.flags = late()?;
            copy(out, keyword, words.collect(), node, file.reads_heredocs)?
        }
        Keyword::Env | Keyword::Label => {
            if count == 0 {
                return Err(at_least_one(keyword));
            }
            let mut pairs = Vec::with_capacity(count / 3);
            while let (Some(name), Some(value), Some(separator)) = (words.next(), words.next(), words.next()) {
                if name.is_empty() {
                    return Err(format!("{} names can not be blank", keyword.name()));
                }
                out.legacy = separator.is_empty();
                pairs.push((name, value));
            }
            if keyword == Keyword::Env { Kind::Env(pairs) } else { Kind::Label(pairs) }
        }
        Keyword::Arg => {
            if count == 0 {
                return Err(at_least_one(keyword));
            }
            let mut args = Vec::with_capacity(count);
            for word in words {
                args.push(match word.split_once('=') {
                    Some(("", _)) => return Err("ARG names can not be blank".into()),
                    Some((name, value)) => (name, Some(value)),
                    None => (word, None),
                });
            }
            Kind::Arg(args)
        }
        Keyword::Workdir | Keyword::User | Keyword::Stopsignal | Keyword::Maintainer => {
            if count != 1 {
                return Err(format!("{} requires exactly one argument", keyword.name()));
            }
            match keyword {
                // STOPSIGNAL never looks at flags.
                Keyword::Stopsignal => Kind::Stopsignal(first),
                _ => {
                    out.flags = late()?;
                    match keyword {
                        Keyword::Workdir => Kind::Workdir(first),
                        Keyword::User => Kind::User(first),
                        _ => Kind::Maintainer(first),
                    }
                }
            }
        }
        Keyword::Expose | Keyword::Volume => {
            if count == 0 {
                return Err(at_least_one(keyword));
            }
            out.flags = late()?;
            if keyword == Keyword::Expose {
                let mut ports: Vec<&str> = words.collect();
                ports.sort_unstable();
                Kind::Expose(ports)
            } else {
                let volumes: Vec<&str> = words.map(str::trim).collect();
                if volumes.contains(&"") {
                    return Err("VOLUME specified can not be an empty string".into());
                }
                Kind::Volume(volumes)
            }
        }
        Keyword::Healthcheck => healthcheck::health(out, words, node)?,
        Keyword::Shell => {
            if count == 0 {
                return Err(at_least_one(keyword));
            }
            if !node.head.json {
                return Err("SHELL requires the arguments to be in JSON form".into());
            }
            Kind::Shell(words.collect())
        }
        Keyword::Onbuild => {
            let Some(trigger) = node.triggers.first() else {
                return Err(at_least_one(keyword));
            };
            out.flags = late()?;
            let name = trigger.keyword(&node.text).trim().to_uppercase();
            match name.as_str() {
                "ONBUILD" => return Err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".into()),
                "MAINTAINER" | "FROM" => return Err(format!("{name} isn't allowed as an ONBUILD trigger")),
                _ => {}
            }
            out.heredocs = own_heredocs(node);
            let blank = ['\t', '\n', '\u{c}', '\r', ' '];
            let text = node.text.trim_start_matches(blank);
            Kind::Onbuild(text.get("ONBUILD".len()..).unwrap_or("").trim_start_matches(blank))
        }
    };
    Ok(())
}

fn own_heredocs(node: &Node<'_>) -> Vec<Heredoc<'static>> {
    node.heredocs.iter().map(|document| document.clone().into_owned()).collect()
}

fn copy<'a>(
    out: &mut Instruction<&'a str>,
    keyword: Keyword,
    mut words: Vec<&'a str>,
    node: &Node<'_>,
    reads_heredocs: bool,
) -> Result<Kind<&'a str>, String> {
    let destination = words.pop().unwrap_or("");
    let document = |word: &str| syntax::declared(word).ok().flatten().filter(|_| reads_heredocs);
    if destination.contains("<<") && document(destination).is_some() {
        return Err(format!("{} cannot accept a heredoc as a destination", keyword.name()));
    }
    if words.iter().any(|word| word.contains("<<")) {
        words.retain(|word| {
            let Some(mut declared) = document(word) else {
                return true;
            };
            if let Some(held) = node.heredocs.iter().rev().find(|held| held.name == declared.name) {
                declared.content = held.content.clone().into_owned().into();
            }
            out.heredocs.push(declared);
            false
        });
    }
    let sources = words;
    Ok(match keyword {
        Keyword::Copy => Kind::Copy { sources, destination },
        _ => Kind::Add { sources, destination },
    })
}
