//! Beyond loaders and libraries: what a program that starts may still miss in its image, or trip over.
//!
//! A hint is said only where the program and the image's files make it relevant, and where what it
//! says of the files is known.

mod certificates;
mod locale;
mod resolver;
mod signals;
mod user;
mod zoneinfo;

use crate::elf::Elf;
use crate::exec::{Outcome, Verdict};
use crate::fs::{Content, Doubt};
use crate::image::Image;
use crate::shell::Behaviour;
use crate::start::Run;
use std::sync::Arc;

/// Something to know about a start. Words are `hint.CODE` and `hint.CODE.why`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// A stable id.
    pub code: &'static str,
    /// Values for its words.
    pub params: Vec<(&'static str, String)>,
}

impl Hint {
    fn new(code: &'static str, params: &[(&'static str, &str)]) -> Self {
        Hint { code, params: params.iter().map(|(name, value)| (*name, (*value).to_string())).collect() }
    }
}

/// Each asks one question.
const ALL: [fn(&Scene) -> Option<Hint>; 6] =
    [certificates::hint, zoneinfo::hint, resolver::hint, locale::hint, user::hint, signals::hint];

/// What there is to know about how an image started.
pub fn hints(image: &Image, run: &Run) -> Vec<Hint> {
    let Some(started) = run.started.as_ref().filter(|_| run.verdict == Verdict::Starts) else {
        return Vec::new();
    };
    let content = image.tree.get(&started.program).and_then(|node| node.content());
    let scene = Scene { image, run, started, content, does: Behaviour::of(started) };
    ALL.iter().filter_map(|ask| ask(&scene)).collect()
}

/// One start.
struct Scene<'a> {
    image: &'a Image,
    run: &'a Run,
    started: &'a Outcome,
    /// The program's bytes.
    content: Option<&'a Content>,
    /// What a compiler modelled here knows of it.
    does: Option<Behaviour>,
}

/// Bytes of a program that are searched for a name.
const MOST_SEARCHED: u64 = 16 << 20;
/// Searched at a time.
const PIECE: usize = 1 << 20;

impl Scene<'_> {
    /// A variable of the image's environment, if it is not empty.
    fn variable(&self, name: &str) -> Option<&str> {
        let mut pairs = self.image.config.env.iter().filter_map(|pair| pair.split_once('='));
        pairs.find(|(known, _)| *known == name).map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    fn elf(&self) -> Option<&Arc<Elf>> {
        self.started.elf.as_ref()
    }

    /// Whether the program asks for a library whose name begins so.
    fn needs(&self, prefix: &str) -> bool {
        self.elf().is_some_and(|elf| elf.needed.iter().any(|name| name.starts_with(prefix)))
    }

    /// Whether a text is among the program's bytes.
    fn mentions(&self, text: &str) -> bool {
        let Some(content) = self.content else { return false };
        let finder = memchr::memmem::Finder::new(text);
        let end = content.len.min(MOST_SEARCHED);
        let mut at = 0u64;
        while at < end {
            let piece = content.read_at(at, PIECE);
            if finder.find(&piece).is_some() {
                return true;
            }
            if piece.len() < PIECE {
                return false;
            }
            // A text may lie across two pieces.
            at += (PIECE - text.len()) as u64;
        }
        false
    }

    fn has(&self, path: &str) -> bool {
        self.image.tree.stat("/", path).is_ok()
    }

    /// Whether it is known that none of these exist. `package`: what would bring them.
    fn lacks(&self, paths: &[&str], package: &str) -> bool {
        let tree = &self.image.tree;
        if paths.iter().any(|path| self.has(path)) {
            return false;
        }
        if !paths.iter().any(|path| tree.may_hide("/", path)) {
            return true;
        }
        let of_base = self.image.base.as_ref().is_some_and(|base| base.lacks(package));
        match tree.doubt() {
            Doubt::None => of_base,
            Doubt::Packages => of_base && !self.installed(package),
            Doubt::Anything => false,
        }
    }

    /// Whether a package is in the data base of a package manager.
    fn installed(&self, package: &str) -> bool {
        ["/var/lib/dpkg/status", "/lib/apk/db/installed"].iter().any(|file| {
            let bytes = self.image.tree.stat("/", file).ok().and_then(|(_, node)| node.content()?.bytes());
            let text = bytes.map(String::from_utf8_lossy).unwrap_or_default();
            text.lines().filter_map(|line| line.split_once(':')).any(|(_, name)| name.trim() == package)
        })
    }
}
