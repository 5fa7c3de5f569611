//! Hints about an image that starts: files that the program may still lack, and pitfalls of its configuration.
//!
//! A hint is given only if the program and the image's files make it relevant, and if the files that it is about are
//! known.

mod ca_certificates;
mod dns_resolver;
mod locale;
mod pid_1_signals;
mod time_zone;
mod unnamed_user;

use crate::elf::Elf;
use crate::exec::{Outcome, Verdict};
use crate::fs::{Change, Content, Doubt, LayerEntry, path};
use crate::image::Image;
use crate::image_start::Run;
use crate::shell::Behaviour;
use std::sync::Arc;

/// A hint. Its messages are `hint.CODE` and `hint.CODE.why`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// A stable id.
    pub code: &'static str,
    /// Values for the placeholders of the messages.
    pub params: Vec<(&'static str, String)>,
}

impl Hint {
    fn new(code: &'static str, params: &[(&'static str, &str)]) -> Self {
        Hint { code, params: params.iter().map(|(name, value)| (*name, (*value).to_string())).collect() }
    }
}

/// The ids of all hints.
pub const CODES: [&str; 8] = [
    "no-certificates",
    "no-zoneinfo",
    "musl-resolver",
    "static-nss",
    "no-locale",
    "user-without-name",
    "pid-1-shell",
    "pid-1-script",
];

/// All checks, in the order in which their hints are shown.
const CHECKS: [fn(&StartedImage) -> Option<Hint>; 6] =
    [ca_certificates::hint, time_zone::hint, dns_resolver::hint, locale::hint, unnamed_user::hint, pid_1_signals::hint];

/// The hints about an image that started; none if the start failed.
pub fn hints(image: &Image, run: &Run) -> Vec<Hint> {
    let Some(started) = run.started.as_ref().filter(|_| run.verdict == Verdict::Starts) else {
        return Vec::new();
    };
    let content = image.tree.get(&started.program).and_then(|node| node.content());
    let start = StartedImage { image, run, started, content, behaviour: Behaviour::of(started) };
    CHECKS.iter().filter_map(|ask| ask(&start)).collect()
}

/// An image and its start.
struct StartedImage<'a> {
    image: &'a Image,
    run: &'a Run,
    started: &'a Outcome,
    /// The program's file.
    content: Option<&'a Content>,
    /// The program's behaviour, if a modelled compiler made it.
    behaviour: Option<Behaviour>,
}

/// The most bytes of a program that are searched for a text.
const MAX_SEARCHED_BYTES: u64 = 16 << 20;
/// Bytes that are read at a time.
const CHUNK: usize = 1 << 20;

impl StartedImage<'_> {
    /// A variable of the image's environment, if it is not empty.
    fn variable(&self, name: &str) -> Option<&str> {
        let mut pairs = self.image.config.env.iter().filter_map(|pair| pair.split_once('='));
        pairs.find(|(known, _)| *known == name).map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    fn elf(&self) -> Option<&Arc<Elf>> {
        self.started.elf.as_ref()
    }

    /// Whether the program needs a library (DT_NEEDED) whose name starts with the prefix.
    fn needs_library(&self, prefix: &str) -> bool {
        self.elf().is_some_and(|elf| elf.needed.iter().any(|name| name.starts_with(prefix)))
    }

    /// Whether the program's bytes contain a text.
    fn contains_text(&self, text: &str) -> bool {
        let Some(content) = self.content else { return false };
        let finder = memchr::memmem::Finder::new(text);
        let end = content.len.min(MAX_SEARCHED_BYTES);
        let mut at = 0u64;
        while at < end {
            let chunk = content.read_at(at, CHUNK);
            if finder.find(&chunk).is_some() {
                return true;
            }
            if chunk.len() < CHUNK {
                return false;
            }
            // A text may extend over two chunks.
            at += (CHUNK - text.len()) as u64;
        }
        false
    }

    fn has_file(&self, path: &str) -> bool {
        self.image.tree.stat("/", path).is_ok()
    }

    /// Whether it is known that none of these files exist. `package`: the package that has them.
    fn lacks_files(&self, paths: &[&str], package: &str) -> bool {
        let tree = &self.image.tree;
        if paths.iter().any(|path| self.has_file(path)) {
            return false;
        }
        if !paths.iter().any(|path| tree.may_hide("/", path)) {
            return true;
        }
        if paths.iter().any(|path| self.may_be_copied(path)) {
            return false;
        }
        let of_base = self.image.base.as_ref().is_some_and(|base| base.lacks(package));
        match tree.doubt() {
            Doubt::None => of_base,
            Doubt::PackageData | Doubt::Packages => of_base && !self.has_package(package),
            Doubt::Anything => false,
        }
    }

    /// Whether the build made the directory in which an unlisted file may be at a path, such as by a COPY from an image
    /// whose files are not all known.
    fn may_be_copied(&self, path: &str) -> bool {
        let tree = &self.image.tree;
        let mut directory = path;
        while directory != "/" && tree.stat("/", directory).is_err() {
            if tree.is_unknown_type(directory) {
                return true;
            }
            directory = path::parent(directory);
        }
        let entries = self.image.layers.iter().flat_map(|layer| &layer.entries);
        let is_new = |entry: &LayerEntry| entry.change == Change::Added && &*entry.path == directory;
        tree.may_hide("/", path) && entries.into_iter().any(is_new)
    }

    /// Whether the database of dpkg or apk lists a package.
    fn has_package(&self, package: &str) -> bool {
        ["/var/lib/dpkg/status", "/lib/apk/db/installed"].iter().any(|file| {
            let bytes = self.image.tree.stat("/", file).ok().and_then(|(_, node)| node.content()?.bytes());
            let text = bytes.map(String::from_utf8_lossy).unwrap_or_default();
            text.lines().filter_map(|line| line.split_once(':')).any(|(_, name)| name.trim() == package)
        })
    }
}
