//! debconf's database in /var/cache/debconf, as an installation of packages changes it.

use crate::fs::Content;
use crate::packages::index::{ListedFile, Release};
use crate::packages::installation::Resolution;
use crate::packages::root_file::write_root_file;
use crate::shell::Shell;

/// The files of debconf's database, with their sizes in bytes in a Debian 12 made by debootstrap.
const DEBCONF: [(&str, u64); 2] =
    [("/var/cache/debconf/templates.dat", 753_157), ("/var/cache/debconf/config.dat", 4_401)];

/// Writes the database anew, as each run does. If a new package asks questions, a copy of the old database stays
/// beside it.
pub(crate) fn update_debconf_database(shell: &mut Shell, release: &Release, resolution: &Resolution) {
    let uses_debconf = |name: &String| {
        release
            .files(name)
            .is_some_and(|row| row.files().any(|file| file == ListedFile::PartialFolder("/var/cache/debconf")))
    };
    let asks_questions = resolution.new.keys().any(uses_debconf);
    for (place, usual) in DEBCONF {
        let known = shell.fs.stat("/", place).ok().and_then(|(_, node)| node.content().cloned());
        let content = known.unwrap_or_else(|| Content::modelled([], usual, "debconf's database as in Debian 12"));
        if asks_questions {
            write_root_file(shell, &format!("{place}-old"), content.clone());
        }
        write_root_file(shell, place, content);
    }
}
