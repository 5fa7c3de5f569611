//! A database of installed packages: a stanza of fields for each package, with an empty line after each stanza.

use crate::fs::Content;
use crate::packages::index::Row;
use std::collections::BTreeSet;

/// How a package manager writes its database.
#[derive(Debug)]
pub struct DatabaseFormat {
    /// The path of the database file.
    pub path: &'static str,
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    /// Bytes of one package's record: the mean over a base image's packages.
    pub(super) record: u64,
    pub(super) basis: &'static str,
    /// Further fields of a new stanza.
    pub(super) rest: &'static str,
}

/// One package's stanza.
#[derive(Clone, Debug)]
pub struct Stanza {
    /// The package's name.
    pub name: String,
    /// The whole stanza.
    pub text: String,
}

/// The packages that are installed.
#[derive(Debug)]
pub struct Database {
    pub(super) format: &'static DatabaseFormat,
    /// A stanza for each package.
    pub stanzas: Vec<Stanza>,
    /// The length of the file in bytes, or the length that it would have.
    pub(super) len: u64,
}

/// The longest database that is written, in bytes. A larger size that an image claims is cut to this.
const MAX_BYTES: usize = 16 << 20;

impl Database {
    /// Reads the text of a database file.
    pub fn read(text: &str, format: &'static DatabaseFormat) -> Database {
        let stanzas = text.split("\n\n").filter_map(|stanza| Stanza::read(stanza, format)).collect();
        Database { format, stanzas, len: text.len() as u64 }
    }

    /// The database of a system that has exactly these packages.
    pub fn of<'a>(rows: impl Iterator<Item = Row<'a>>, format: &'static DatabaseFormat) -> Database {
        let mut database = Database { format, stanzas: Vec::new(), len: 0 };
        rows.for_each(|row| database.add(row.name, row.version));
        database
    }

    /// The names of the installed packages.
    pub fn names(&self) -> BTreeSet<String> {
        self.stanzas.iter().map(|stanza| stanza.name.clone()).collect()
    }

    /// A package's stanza.
    pub fn find(&self, name: &str) -> Option<&Stanza> {
        self.stanzas.iter().find(|stanza| stanza.name == name)
    }

    /// Adds a package.
    pub fn add(&mut self, name: &str, version: &str) {
        self.stanzas.push(Stanza::new(name, version, self.format));
        self.len += self.format.record;
    }

    /// Removes packages.
    pub fn remove(&mut self, names: &BTreeSet<String>) {
        let before = self.stanzas.len();
        self.stanzas.retain(|stanza| !names.contains(&stanza.name));
        self.len = self.len.saturating_sub(self.format.record * (before - self.stanzas.len()) as u64);
    }

    /// The content of the file. It is as long as the real one would be, by the mean size of a record.
    pub fn content(&self) -> Content {
        let mut stanzas: Vec<&Stanza> = self.stanzas.iter().collect();
        stanzas.sort_by(|one, two| one.name.cmp(&two.name));
        let mut bytes = Vec::with_capacity(usize::try_from(self.len).unwrap_or(0).min(MAX_BYTES));
        for stanza in stanzas {
            bytes.extend_from_slice(stanza.text.as_bytes());
            bytes.extend_from_slice(b"\n\n");
        }
        let len = usize::try_from(self.len).unwrap_or(0).min(MAX_BYTES);
        bytes.resize(bytes.len().max(len), b'\n');
        Content::modelled(bytes, 0, self.format.basis)
    }
}

impl Stanza {
    pub(super) fn new(name: &str, version: &str, format: &DatabaseFormat) -> Stanza {
        let text = format!("{}{name}\n{}\n{}{version}", format.name, format.rest, format.version);
        Stanza { name: name.into(), text }
    }

    /// The first line of a field's value.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// Reads a stanza; `None` if it names no package, or one of which only the configuration files are left.
    fn read(text: &str, format: &DatabaseFormat) -> Option<Stanza> {
        let text = text.trim_matches('\n');
        let field = |mark: &str| text.lines().find_map(|line| line.strip_prefix(mark)).map(str::trim);
        let is_gone = field("Status: ").is_some_and(|status| !status.ends_with(" installed"));
        let name = field(format.name).filter(|_| !is_gone)?;
        Some(Stanza { name: name.into(), text: text.into() })
    }
}
