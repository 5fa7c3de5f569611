//! apk's database of installed packages, /lib/apk/db/installed, and the dependencies that it lists.

use super::database::{Database, DatabaseFormat, Stanza};

/// The format of apk's database.
pub static APK_INSTALLED: DatabaseFormat = DatabaseFormat {
    path: "/lib/apk/db/installed",
    name: "P:",
    version: "V:",
    record: 2_200,
    basis: "2.2 kB a package",
    rest: "A:x86_64",
};

/// The field of apk's database that lists a package's dependencies.
const DEPENDS_FIELD: &str = "D:";

impl Database {
    /// Adds a virtual package (`apk add --virtual`): it has dependencies and no files.
    pub fn add_virtual(&mut self, name: &str, needs: &[String]) {
        self.add(name, "0");
        if let Some(stanza) = self.stanzas.last_mut() {
            stanza.text.push_str(&format!("\n{DEPENDS_FIELD}{}", needs.join(" ")));
        }
    }
}

impl Stanza {
    /// The names of the packages that this one depends on, in apk's database.
    pub fn dependencies(&self) -> impl Iterator<Item = &str> {
        let needs = self.text.lines().find_map(|line| line.strip_prefix(DEPENDS_FIELD)).unwrap_or("");
        let plain = |word: &'_ str| !word.starts_with('!') && !word.contains(':');
        needs
            .split_whitespace()
            .filter(move |word| plain(word))
            .filter_map(|word| word.split(['=', '<', '>', '~']).next())
    }
}
