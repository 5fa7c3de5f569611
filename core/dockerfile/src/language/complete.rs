//! What could be typed next.

use super::{SourceFiles, Surroundings, is_name, node_at, symbols, word_around};
use crate::path;
use crate::syntax::{self, File};
use crate::text::Span;
use crate::{FlagValue, Keyword};

/// What is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum CompletionKind {
    Instruction,
    Flag,
    Value,
    Stage,
    Image,
    Variable,
    Path,
}

/// One thing that could stand here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// What it is.
    pub kind: CompletionKind,
    /// What is put in place of `span`.
    pub insert: String,
    /// The bytes it replaces: what of it is typed already.
    pub span: Span,
}

/// Most completions given at once.
const MAX: usize = 200;

/// Arguments that every build has; ARG brings them into a stage.
const PLATFORM_ARGS: [&str; 9] = [
    "TARGETPLATFORM",
    "TARGETOS",
    "TARGETARCH",
    "TARGETVARIANT",
    "BUILDPLATFORM",
    "BUILDOS",
    "BUILDARCH",
    "BUILDVARIANT",
    "TARGETSTAGE",
];

/// What could be typed at a byte, best first; at most 200.
pub fn complete(text: &str, at: usize, around: &Surroundings) -> Vec<Completion> {
    let file = syntax::parse(text);
    let line_start = text.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |newline| newline + 1);
    // An instruction of many lines is completed as one.
    let node = node_at(&file, at);
    let start = node.map_or(line_start, |node| node.span.start.min(at));
    let Some(before) = text.get(start..at) else {
        return Vec::new();
    };
    let typed = before.trim_start();
    if typed.starts_with('#') {
        return Vec::new();
    }
    let mut offer = Offer { text, at, found: Vec::new() };
    let Some((keyword, rest)) = typed.split_once(|c: char| c.is_ascii_whitespace()) else {
        offer.instructions(typed);
        return offer.found;
    };
    let Some(keyword) = Keyword::of(keyword) else {
        return Vec::new();
    };
    let word_start = rest.rfind(|c: char| c.is_ascii_whitespace()).map_or(0, |blank| blank + 1);
    let word = rest.get(word_start..).unwrap_or("");
    let variable = word_around(text, at, is_name);
    let sign = text.get(..variable.start).unwrap_or("");
    if sign.ends_with('$') || sign.ends_with("${") {
        offer.variables(&file, keyword);
    } else if word.starts_with("--") {
        offer.flag(&file, keyword, word, around);
    } else {
        let words_before = rest.get(..word_start).unwrap_or("").split_ascii_whitespace();
        let index = words_before.clone().filter(|word| !word.starts_with("--")).count();
        match keyword {
            Keyword::From if index == 0 => offer.images(&file, word, around),
            Keyword::From if index == 1 => offer.add(CompletionKind::Value, "AS", word),
            Keyword::Copy | Keyword::Add => {
                let from = words_before.filter_map(|word| word.strip_prefix("--from=")).next();
                if let Some(files) = around.source_files(&file, at, from) {
                    offer.paths(files, word, from.is_some());
                }
            }
            Keyword::Arg => {
                for name in PLATFORM_ARGS {
                    offer.add(CompletionKind::Variable, name, word);
                }
            }
            Keyword::Healthcheck if index == 0 => {
                offer.add(CompletionKind::Value, "CMD", word);
                offer.add(CompletionKind::Value, "NONE", word);
            }
            Keyword::Onbuild if index == 0 => offer.instructions(word),
            _ => {}
        }
    }
    offer.found
}

struct Offer<'t> {
    text: &'t str,
    at: usize,
    found: Vec<Completion>,
}

impl Offer<'_> {
    /// Offers a text if it begins with what is typed.
    fn add(&mut self, kind: CompletionKind, insert: &str, typed: &str) {
        let fits = insert.get(..typed.len()).is_some_and(|head| head.eq_ignore_ascii_case(typed));
        if fits && self.found.len() < MAX && !self.found.iter().any(|known| known.insert == insert) {
            let span = self.at - typed.len()..self.at;
            self.found.push(Completion { kind, insert: insert.to_string(), span });
        }
    }

    fn instructions(&mut self, typed: &str) {
        let lower = typed.starts_with(|c: char| c.is_ascii_lowercase());
        for (name, keyword) in Keyword::ALL {
            if keyword == Keyword::Maintainer {
                continue; // Deprecated: not offered.
            }
            let name = if lower { name.to_lowercase() } else { name.to_string() };
            self.add(CompletionKind::Instruction, &format!("{name} "), typed);
        }
    }

    fn variables(&mut self, file: &File, keyword: Keyword) {
        let start = word_around(self.text, self.at, is_name).start;
        let typed = self.text.get(start..self.at).unwrap_or("").to_string();
        for name in symbols::variables_before(file, self.at) {
            self.add(CompletionKind::Variable, &name, &typed);
        }
        if keyword == Keyword::From {
            for name in PLATFORM_ARGS {
                self.add(CompletionKind::Variable, name, &typed);
            }
        } else {
            self.add(CompletionKind::Variable, "PATH", &typed);
        }
    }

    fn flag(&mut self, file: &File, keyword: Keyword, word: &str, around: &Surroundings) {
        let Some((name, value)) = word.split_once('=') else {
            for (flag, takes) in keyword.flags() {
                let end = if *takes == FlagValue::Bool { " " } else { "=" };
                self.add(CompletionKind::Flag, &format!("--{flag}{end}"), word);
            }
            return;
        };
        let values: &[&str] = match (keyword, name) {
            (Keyword::Copy, "--from") => {
                for stage in symbols::stages_before(file, self.at) {
                    self.add(CompletionKind::Stage, &stage, value);
                }
                return self.images_only(value, around);
            }
            (Keyword::From, "--platform") => &["$BUILDPLATFORM", "linux/amd64", "linux/arm64", "linux/arm/v7"],
            (Keyword::Run, "--network") => &["default", "none", "host"],
            (Keyword::Run, "--security") => &["sandbox", "insecure"],
            (_, "--chmod") => &["644", "755", "u=rwX,go=rX"],
            (Keyword::Run, "--mount") => return self.mount(file, value),
            _ => &[],
        };
        for offered in values {
            self.add(CompletionKind::Value, offered, value);
        }
    }

    /// The fields of a mount.
    fn mount(&mut self, file: &File, value: &str) {
        let field = value.rsplit(',').next().unwrap_or(value);
        if let Some(kind) = field.strip_prefix("type=") {
            for name in ["bind", "cache", "secret", "ssh", "tmpfs"] {
                self.add(CompletionKind::Value, name, kind);
            }
        } else if let Some(from) = field.strip_prefix("from=") {
            for stage in symbols::stages_before(file, self.at) {
                self.add(CompletionKind::Stage, &stage, from);
            }
        } else if let Some(sharing) = field.strip_prefix("sharing=") {
            for name in ["shared", "private", "locked"] {
                self.add(CompletionKind::Value, name, sharing);
            }
        } else {
            for key in [
                "type=", "target=", "source=", "from=", "id=", "sharing=", "mode=", "uid=", "gid=", "required",
                "readonly",
            ] {
                self.add(CompletionKind::Value, key, field);
            }
        }
    }

    fn images(&mut self, file: &File, typed: &str, around: &Surroundings) {
        for stage in symbols::stages_before(file, self.at) {
            self.add(CompletionKind::Stage, &stage, typed);
        }
        self.add(CompletionKind::Image, "scratch", typed);
        self.images_only(typed, around);
    }

    /// Repositories, and behind a colon the tags of one.
    fn images_only(&mut self, typed: &str, around: &Surroundings) {
        // A colon before a slash is that of a registry's port.
        let tagged = typed.rsplit_once(':').filter(|(_, tag)| !tag.contains('/'));
        let Some((repository, tag)) = tagged else {
            for repository in around.images.repositories() {
                self.add(CompletionKind::Image, repository, typed);
            }
            return;
        };
        for tag in around.images.tags(repository, tag, MAX) {
            self.add(CompletionKind::Image, &format!("{repository}:{tag}"), typed);
        }
    }

    fn paths(&mut self, files: &dyn SourceFiles, typed: &str, absolute: bool) {
        let (directory, _) = typed.rsplit_once('/').unwrap_or(("", typed));
        let prefix = if typed.contains('/') { format!("{directory}/") } else { String::new() };
        let root = if absolute && typed.is_empty() { "/" } else { "" };
        for entry in files.list(&path::join("/", directory)) {
            let end = if entry.is_dir { "/" } else { "" };
            self.add(CompletionKind::Path, &format!("{root}{prefix}{}{end}", entry.name), typed);
        }
    }
}
