//! apk's database of installed packages, /lib/apk/db/installed, and the dependencies that it lists.

use super::database::{Database, DatabaseFormat, Stanza};

/// apk's.
pub static APK_INSTALLED: DatabaseFormat = DatabaseFormat {
    path: "/lib/apk/db/installed",
    name: "P:",
    version: "V:",
    record: 2_200,
    basis: "2.2 kB a package",
    rest: "A:x86_64",
};

/// The field of apk's database that tells what a package needs.
const DEPENDS_FIELD: &str = "D:";

impl Database {
    /// Adds a package that is nothing but a need for others, as apk has them.
    pub fn add_virtual(&mut self, name: &str, needs: &[String]) {
        self.add(name, "0");
        if let Some(stanza) = self.stanzas.last_mut() {
            stanza.text.push_str(&format!("\n{DEPENDS_FIELD}{}", needs.join(" ")));
        }
    }
}

impl Stanza {
    /// The packages that it names as needed, in apk's database.
    pub fn dependencies(&self) -> impl Iterator<Item = &str> {
        let needs = self.text.lines().find_map(|line| line.strip_prefix(DEPENDS_FIELD)).unwrap_or("");
        let plain = |word: &'_ str| !word.starts_with('!') && !word.contains(':');
        needs
            .split_whitespace()
            .filter(move |word| plain(word))
            .filter_map(|word| word.split(['=', '<', '>', '~']).next())
    }
}
