//! What apt and dpkg leave beside the packages: dpkg's lists, debconf's database, logs, downloads.
//!
//! Figures: means over installations on Debian 12 made by debootstrap (380 packages, 2026-11-26).

use super::index::{Listed, Release};
use crate::fs::{Content, path};
use crate::packages::installation::Choice;
use crate::shell::Shell;

/// Beside lists and sums, of which the table tells: scripts and symbols of a package, in bytes.
const SCRIPTS: u64 = 15 << 10;
/// debconf's database in Debian 12 as debootstrap makes it, in bytes.
const DEBCONF: [(&str, u64); 2] =
    [("/var/cache/debconf/templates.dat", 753_157), ("/var/cache/debconf/config.dat", 4_401)];
/// Logs: what they begin with and grow by with each package, in bytes.
const LOGS: [(&str, u64, u64); 4] = [
    ("/var/log/dpkg.log", 0, 520),
    ("/var/log/apt/eipp.log.xz", 4_600, 34),
    ("/var/log/apt/history.log", 100, 45),
    ("/var/log/apt/term.log", 200, 150),
];
/// Debian's images for containers have it: apt keeps neither packages nor its cache of the lists then.
const CLEANS: &str = "/etc/apt/apt.conf.d/docker-clean";
const ARCHIVES: &str = "/var/cache/apt/archives";
const CACHES: [&str; 2] = ["/var/cache/apt/pkgcache.bin", "/var/cache/apt/srcpkgcache.bin"];

pub(crate) fn after_install(shell: &mut Shell, release: &Release, choice: &Choice) {
    let count = choice.new.len() as u64;
    if count == 0 {
        return;
    }
    let mut asks = false;
    for name in choice.new.keys() {
        let Some(row) = release.files(name) else { continue };
        asks |= row.files().any(|file| file == Listed::Partly("/var/cache/debconf"));
        let why = "dpkg's lists by the lengths of the paths, and 15 KiB for scripts and symbols";
        let content = Content::modelled([], row.records.saturating_add(SCRIPTS), why);
        put(shell, &format!("/var/lib/dpkg/info/{name}.list"), content);
    }
    // Each run opens debconf's database and writes it anew; questions make it keep the old one.
    for (place, usual) in DEBCONF {
        let known = shell.fs.stat("/", place).ok().and_then(|(_, node)| node.content().cloned());
        let content = known.unwrap_or_else(|| Content::modelled([], usual, "debconf's database as in Debian 12"));
        if asks {
            put(shell, &format!("{place}-old"), content.clone());
        }
        put(shell, place, content);
    }
    for (place, start, each) in LOGS {
        let before = shell.fs.stat("/", place).ok().and_then(|(_, node)| Some(node.content()?.len)).unwrap_or(start);
        put(shell, place, Content::modelled([], before.saturating_add(each * count), "logs: a mean a package"));
    }
    if keeps_downloads(shell) {
        for name in choice.new.keys() {
            let place =
                format!("{ARCHIVES}/{name}_{}_amd64.deb", release.find(name).map_or("", |(row, _)| row.version));
            put(shell, &place, Content::unknown("the package as it was downloaded"));
        }
        keep_caches(shell);
    }
}

/// Takes dpkg's lists of packages away.
pub(crate) fn after_removal<'a>(shell: &mut Shell, names: impl Iterator<Item = &'a String>) {
    for name in names {
        let _ = shell.fs.remove(&format!("/var/lib/dpkg/info/{name}.list"));
    }
}

/// apt's caches of the lists, which it makes whenever it reads them.
pub(crate) fn keep_caches(shell: &mut Shell) {
    if keeps_downloads(shell) {
        CACHES.iter().for_each(|place| put(shell, place, Content::unknown("apt's cache of the lists")));
    }
}

/// The files by which dpkg keeps others out, and the folder of what it has under way.
pub(crate) fn locks(shell: &mut Shell) {
    for (place, mode) in [("lock", 0o640), ("lock-frontend", 0o640), ("triggers/Lock", 0o600)] {
        let place = format!("/var/lib/dpkg/{place}");
        put(shell, &place, Content::inline([]));
        shell.fs.chmod(&place, mode);
    }
    shell.fs.touch("/var/lib/dpkg/updates");
}

/// `apt-get clean`.
pub(crate) fn clean(shell: &mut Shell) {
    for place in CACHES {
        let _ = shell.fs.remove(place);
    }
    let names: Vec<String> = shell.fs.children(ARCHIVES).iter().map(|(name, _)| (*name).to_string()).collect();
    for name in names.iter().filter(|name| name.ends_with(".deb")) {
        let _ = shell.fs.remove(&path::join(ARCHIVES, name));
    }
}

/// Whether nothing tells apt to throw its downloads away.
fn keeps_downloads(shell: &Shell) -> bool {
    shell.fs.stat("/", CLEANS).is_err() && !shell.fs.may_hide("/", CLEANS)
}

/// Writes a file, and the folders above it that are missing.
pub(crate) fn put(shell: &mut Shell, place: &str, content: Content) {
    if let Ok(folder) = shell.fs.mkdir_all(path::parent(place), 0o755, 0, 0) {
        let _ = shell.fs.write(&path::join(&folder, path::file_name(place)), content, 0o644, 0, 0);
    }
}
