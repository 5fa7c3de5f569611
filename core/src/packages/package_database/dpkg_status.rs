//! The dpkg status database, /var/lib/dpkg/status, and packages on hold in it.

use super::database::{Database, DatabaseFormat};

/// dpkg's.
pub static DPKG_STATUS: DatabaseFormat = DatabaseFormat {
    path: "/var/lib/dpkg/status",
    name: "Package: ",
    version: "Version: ",
    record: 950,
    basis: "0.95 kB a package",
    rest: "Status: install ok installed\nArchitecture: amd64",
};

/// What dpkg wants of a package that is to be kept as it is, and of others.
const STATUS_HOLD: &str = "Status: hold ";
const STATUS_INSTALL: &str = "Status: install ";

impl Database {
    /// Whether dpkg keeps a package at its version.
    pub fn is_held(&self, name: &str) -> bool {
        self.find(name).is_some_and(|stanza| stanza.text.lines().any(|line| line.starts_with(STATUS_HOLD)))
    }

    /// Keeps a package at its version, or no more; says whether that changed something.
    pub fn hold(&mut self, name: &str, hold: bool) -> bool {
        let (from, to) = if hold { (STATUS_INSTALL, STATUS_HOLD) } else { (STATUS_HOLD, STATUS_INSTALL) };
        let stanza = self.stanzas.iter_mut().find(|stanza| stanza.name == name);
        let Some(stanza) = stanza.filter(|stanza| stanza.text.contains(from)) else { return false };
        stanza.text = stanza.text.replacen(from, to, 1);
        self.len = (self.len + to.len() as u64).saturating_sub(from.len() as u64);
        true
    }
}
