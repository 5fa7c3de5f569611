//! What is installed, as dpkg and apk keep it: stanzas of fields, an empty line behind each.

use super::Row;
use crate::fs::Content;
use std::collections::BTreeSet;

/// How a package manager writes its database.
#[derive(Debug)]
pub struct Format {
    /// The file.
    pub place: &'static str,
    name: &'static str,
    version: &'static str,
    /// What a package takes in it, in bytes: the mean of a base image's.
    record: u64,
    basis: &'static str,
    /// Further fields of a new stanza.
    rest: &'static str,
}

/// dpkg's.
pub static DPKG: Format = Format {
    place: "/var/lib/dpkg/status",
    name: "Package: ",
    version: "Version: ",
    record: 950,
    basis: "0.95 kB a package",
    rest: "Status: install ok installed\nArchitecture: amd64",
};

/// apk's.
pub static APK: Format = Format {
    place: "/lib/apk/db/installed",
    name: "P:",
    version: "V:",
    record: 2_200,
    basis: "2.2 kB a package",
    rest: "A:x86_64",
};

/// The field of apk's database that tells what a package needs.
const NEEDS: &str = "D:";

/// What dpkg wants of a package that is to be kept as it is, and of others.
const HELD: &str = "Status: hold ";
const WANTED: &str = "Status: install ";

/// One package's stanza.
#[derive(Clone, Debug)]
pub struct Stanza {
    /// The package.
    pub name: String,
    /// The whole stanza.
    pub text: String,
}

/// The packages that are installed.
#[derive(Debug)]
pub struct Database {
    format: &'static Format,
    /// A stanza for each package.
    pub stanzas: Vec<Stanza>,
    /// As long as it is, or would be, in bytes.
    len: u64,
}

/// Longest database that is written, in bytes: what an image claims is not believed beyond.
const MOST: usize = 16 << 20;

impl Database {
    /// Reads it.
    pub fn read(text: &str, format: &'static Format) -> Database {
        let stanzas = text.split("\n\n").filter_map(|stanza| Stanza::read(stanza, format)).collect();
        Database { format, stanzas, len: text.len() as u64 }
    }

    /// What it is where just these packages are installed.
    pub fn of<'a>(rows: impl Iterator<Item = Row<'a>>, format: &'static Format) -> Database {
        let mut database = Database { format, stanzas: Vec::new(), len: 0 };
        rows.for_each(|row| database.add(row.name, row.version));
        database
    }

    /// The names of what is installed.
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

    /// Adds a package that is nothing but a need for others, as apk has them.
    pub fn add_group(&mut self, name: &str, needs: &[String]) {
        self.add(name, "0");
        if let Some(stanza) = self.stanzas.last_mut() {
            stanza.text.push_str(&format!("\n{NEEDS}{}", needs.join(" ")));
        }
    }

    /// Whether dpkg keeps a package at its version.
    pub fn is_held(&self, name: &str) -> bool {
        self.find(name).is_some_and(|stanza| stanza.text.lines().any(|line| line.starts_with(HELD)))
    }

    /// Keeps a package at its version, or no more; says whether that changed something.
    pub fn hold(&mut self, name: &str, hold: bool) -> bool {
        let (from, to) = if hold { (WANTED, HELD) } else { (HELD, WANTED) };
        let stanza = self.stanzas.iter_mut().find(|stanza| stanza.name == name);
        let Some(stanza) = stanza.filter(|stanza| stanza.text.contains(from)) else { return false };
        stanza.text = stanza.text.replacen(from, to, 1);
        self.len = (self.len + to.len() as u64).saturating_sub(from.len() as u64);
        true
    }

    /// Takes packages out.
    pub fn remove(&mut self, names: &BTreeSet<String>) {
        let before = self.stanzas.len();
        self.stanzas.retain(|stanza| !names.contains(&stanza.name));
        self.len = self.len.saturating_sub(self.format.record * (before - self.stanzas.len()) as u64);
    }

    /// The file: as long as the real one would be, by a mean a package.
    pub fn content(&self) -> Content {
        let mut stanzas: Vec<&Stanza> = self.stanzas.iter().collect();
        stanzas.sort_by(|one, two| one.name.cmp(&two.name));
        let mut bytes = Vec::with_capacity(usize::try_from(self.len).unwrap_or(0).min(MOST));
        for stanza in stanzas {
            bytes.extend_from_slice(stanza.text.as_bytes());
            bytes.extend_from_slice(b"\n\n");
        }
        let len = usize::try_from(self.len).unwrap_or(0).min(MOST);
        bytes.resize(bytes.len().max(len), b'\n');
        Content::modelled(bytes, 0, self.format.basis)
    }
}

impl Stanza {
    fn new(name: &str, version: &str, format: &Format) -> Stanza {
        let text = format!("{}{name}\n{}\n{}{version}", format.name, format.rest, format.version);
        Stanza { name: name.into(), text }
    }

    /// A field's first line.
    pub fn field(&self, name: &str) -> Option<&str> {
        self.text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    /// The packages that it names as needed, in apk's database.
    pub fn needs(&self) -> impl Iterator<Item = &str> {
        let needs = self.text.lines().find_map(|line| line.strip_prefix(NEEDS)).unwrap_or("");
        let plain = |word: &'_ str| !word.starts_with('!') && !word.contains(':');
        needs
            .split_whitespace()
            .filter(move |word| plain(word))
            .filter_map(|word| word.split(['=', '<', '>', '~']).next())
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
