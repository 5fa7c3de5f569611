//! The dpkg status database, /var/lib/dpkg/status, and packages on hold in it.

use super::database::{Database, DatabaseFormat};

/// The format of dpkg's database.
pub static DPKG_STATUS: DatabaseFormat = DatabaseFormat {
    path: "/var/lib/dpkg/status",
    name: "Package: ",
    version: "Version: ",
    record: 950,
    basis: "0.95 kB a package",
    rest: "Status: install ok installed\nArchitecture: amd64",
};

/// The beginning of the status field of a package on hold, and of other packages.
const STATUS_HOLD: &str = "Status: hold ";
const STATUS_INSTALL: &str = "Status: install ";

impl Database {
    /// Whether a package is on hold.
    pub fn is_held(&self, name: &str) -> bool {
        self.find(name).is_some_and(|stanza| stanza.text.lines().any(|line| line.starts_with(STATUS_HOLD)))
    }

    /// Puts a package on hold, or takes it off hold. Returns whether that changed anything.
    pub fn hold(&mut self, name: &str, hold: bool) -> bool {
        let (from, to) = if hold { (STATUS_INSTALL, STATUS_HOLD) } else { (STATUS_HOLD, STATUS_INSTALL) };
        let stanza = self.stanzas.iter_mut().find(|stanza| stanza.name == name);
        let Some(stanza) = stanza.filter(|stanza| stanza.text.contains(from)) else { return false };
        stanza.text = stanza.text.replacen(from, to, 1);
        self.len = (self.len + to.len() as u64).saturating_sub(from.len() as u64);
        true
    }
}
