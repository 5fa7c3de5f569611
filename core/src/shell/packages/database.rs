//! What is installed, as dpkg and apk keep it: stanzas of fields, an empty line behind each.

use crate::fs::Content;
use crate::packages::Release;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// How a package manager writes its database.
pub(super) struct Format {
    /// The file.
    pub(super) place: &'static str,
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// What a package takes in it, in bytes: the mean of a base image's.
    pub(super) record: u64,
    pub(super) basis: &'static str,
    /// Further fields of a new stanza.
    pub(super) rest: &'static str,
}

/// One package's stanza.
#[derive(Clone, Debug)]
pub(super) struct Stanza {
    pub(super) name: String,
    pub(super) text: String,
}

/// The database, read.
pub(super) struct Database {
    format: &'static Format,
    pub(super) stanzas: Vec<Stanza>,
    /// As long as it is, or would be.
    len: u64,
    /// It was read from the image, rather than taken from the release's base image.
    pub(super) is_read: bool,
}

impl Database {
    /// Reads it from the image; where the image does not show it, what the release's base image has stands in.
    pub(super) fn read(shell: &Shell, release: Option<&Release>, format: &'static Format) -> Database {
        let text = shell.read(format.place).ok().flatten();
        let is_read = text.is_some();
        let text = text.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let stanzas: Vec<Stanza> = match &text {
            Some(text) => text.split("\n\n").filter_map(|stanza| Stanza::read(stanza, format)).collect(),
            None => {
                let base = release.into_iter().flat_map(Release::base);
                base.map(|row| Stanza::new(row.name, row.version, format)).collect()
            }
        };
        let len = text.map_or(format.record * stanzas.len() as u64, |text| text.len() as u64);
        Database { format, stanzas, len, is_read }
    }

    pub(super) fn names(&self) -> BTreeSet<String> {
        self.stanzas.iter().map(|stanza| stanza.name.clone()).collect()
    }

    pub(super) fn find(&self, name: &str) -> Option<&Stanza> {
        self.stanzas.iter().find(|stanza| stanza.name == name)
    }

    pub(super) fn add(&mut self, name: &str, version: &str) {
        self.stanzas.push(Stanza::new(name, version, self.format));
        self.len += self.format.record;
    }

    pub(super) fn remove(&mut self, names: &BTreeSet<String>) {
        let before = self.stanzas.len();
        self.stanzas.retain(|stanza| !names.contains(&stanza.name));
        self.len = self.len.saturating_sub(self.format.record * (before - self.stanzas.len()) as u64);
    }

    /// Writes it: as long as the real one would be, by a mean a package.
    pub(super) fn write(&self, shell: &mut Shell, places: &[&str]) {
        let mut stanzas: Vec<&Stanza> = self.stanzas.iter().collect();
        stanzas.sort_by(|one, two| one.name.cmp(&two.name));
        let mut bytes: Vec<u8> = stanzas.iter().flat_map(|one| format!("{}\n\n", one.text).into_bytes()).collect();
        let len = usize::try_from(self.len).unwrap_or(0).min(MOST);
        bytes.resize(bytes.len().max(len), b'\n');
        let content = Content::modelled(bytes, 0, self.format.basis);
        for place in places {
            if shell.fs.mkdir_all(crate::fs::path::parent(place), 0o755, 0, 0).is_ok() {
                let _ = shell.fs.remove(place);
                let _ = shell.fs.write(place, content.clone(), 0o644, 0, 0);
            }
        }
    }
}

/// Longest database that is written, in bytes: what an image claims is not believed beyond.
const MOST: usize = 16 << 20;

impl Stanza {
    fn new(name: &str, version: &str, format: &Format) -> Stanza {
        let text = format!("{}{name}\n{}\n{}{version}", format.name, format.rest, format.version);
        Stanza { name: name.into(), text }
    }

    /// `None` for what holds no package, or one of which only the settings are left.
    fn read(text: &str, format: &Format) -> Option<Stanza> {
        let text = text.trim_matches('\n');
        let field = |mark: &str| text.lines().find_map(|line| line.strip_prefix(mark)).map(str::trim);
        let is_gone = field("Status: ").is_some_and(|status| !status.ends_with(" installed"));
        let name = field(format.name).filter(|_| !is_gone)?;
        Some(Stanza { name: name.into(), text: text.into() })
    }
}
