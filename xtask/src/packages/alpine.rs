//! Alpine's index: APKINDEX, a stanza for each package with one letter for each field.

use super::{Files, Package, Packages};
use crate::run::{Done, command, output};
use std::collections::BTreeMap;
use std::fs;

/// An index as the distribution offers it: APKINDEX.tar.gz.
pub(super) struct Repository {
    text: String,
    /// Which state of which release it is of.
    description: String,
    /// Its size in bytes: what `apk update` keeps.
    size: u64,
}

impl Repository {
    /// # Errors
    /// The archive cannot be read.
    pub(super) fn read(file: &str) -> Done<Repository> {
        let member = |name: &str| {
            output(command("tar").args(["-xzOf", file, name]))
                .ok_or_else(|| format!("{file}: there is no {name} in it"))
        };
        let size = fs::metadata(file).map_err(|error| format!("{file}: {error}"))?.len();
        Ok(Repository { text: member("APKINDEX")?, description: member("DESCRIPTION")?.trim().to_string(), size })
    }

    /// When its newest package was built, in seconds since 1970.
    fn newest(&self) -> u64 {
        self.text.lines().filter_map(|line| line.strip_prefix("t:")?.parse().ok()).max().unwrap_or(0)
    }

    /// Until 3.21 the sizes of packages count blocks of 4 KiB.
    fn counts_blocks(&self) -> bool {
        let mut sizes = self.text.lines().filter_map(|line| line.strip_prefix("I:")?.parse::<u64>().ok());
        sizes.all(|size| size % 4096 == 0)
    }
}

/// Where the figures are from, and what the indexes themselves weigh.
pub(super) fn source(repositories: &[Repository]) -> Done<String> {
    let names = ["main", "main and community"];
    let name =
        repositories.len().checked_sub(1).and_then(|more| names.get(more)).ok_or("main, and perhaps community")?;
    let newest = repositories.iter().map(Repository::newest).max().unwrap_or(0);
    let day = output(command("date").args(["-u", "+%Y-%m-%d", "-d", &format!("@{newest}")])).ok_or("date")?;
    let blocks = match repositories.iter().any(Repository::counts_blocks) {
        true => ", its blocks of 4 KiB made bytes by a later release's ratios to packed sizes",
        false => "",
    };
    let sizes: Vec<String> = repositories.iter().map(|one| one.size.to_string()).collect();
    let state = repositories.first().map_or("", |one| &one.description);
    Ok(format!(
        "the APKINDEX of Alpine {state}, {name}, x86_64, of {}, from a public copy{blocks}; indexes: {}",
        day.trim(),
        sizes.join(" ")
    ))
}

/// What the minimal root file system asks for, which the base image is made of.
const BASE: [&str; 7] = [
    "alpine-baselayout",
    "alpine-keys",
    "apk-tools",
    "busybox",
    "busybox-binsh",
    "ca-certificates-bundle",
    "musl-utils",
];

/// What it asks for besides in the release of a table, `alpine-3.N`.
fn of_release(name: &str) -> &'static str {
    let minor: u32 = name.rsplit('.').next().and_then(|minor| minor.parse().ok()).unwrap_or(0);
    match minor {
        0..20 => "libc-utils",
        20 => "",
        21.. => "alpine-release",
    }
}

/// A release's repositories, `main` before `community`. `debian` is a table of Debian's: it tells where programs are.
/// `later` is a repository that counts bytes.
pub(super) fn read(name: &str, repositories: &[Repository], later: Option<&Repository>, debian: &str) -> Packages {
    let later = later.filter(|_| repositories.iter().any(Repository::counts_blocks)).map(sizes).unwrap_or_default();
    let folders = folders(debian);
    let mut all = Packages::new();
    let stanzas = repositories.iter().flat_map(|one| one.text.split("\n\n"));
    for stanza in stanzas {
        let Some((name, mut package)) = package(stanza, &folders) else { continue };
        if let (Some(bytes), Some(compressed)) = (later.get(name.as_str()), number(stanza, "S:")) {
            package.installed = bytes.of(compressed).min(package.installed);
        }
        all.entry(name).or_insert(package);
    }
    for name in BASE.iter().copied().chain([of_release(name)]) {
        if let Some(package) = all.get_mut(name) {
            package.in_base = true;
        }
    }
    all
}

/// What a package weighs, packed and unpacked, in bytes.
struct Bytes {
    compressed: u64,
    installed: u64,
}

impl Bytes {
    /// What another version of it weighs that is so large when it is packed.
    fn of(&self, compressed: u64) -> u64 {
        let installed = u128::from(self.installed) * u128::from(compressed) / u128::from(self.compressed.max(1));
        u64::try_from(installed).unwrap_or(u64::MAX)
    }
}

fn sizes(repository: &Repository) -> BTreeMap<&str, Bytes> {
    let read = |stanza| {
        let name = field(stanza, "P:")?;
        Some((name, Bytes { compressed: number(stanza, "S:")?, installed: number(stanza, "I:")? }))
    };
    repository.text.split("\n\n").filter_map(read).collect()
}

fn field<'a>(stanza: &'a str, mark: &str) -> Option<&'a str> {
    stanza.lines().find_map(|line| line.strip_prefix(mark))
}

fn number(stanza: &str, mark: &str) -> Option<u64> {
    field(stanza, mark)?.parse().ok()
}

/// The folder in which a table has a program.
fn folders(table: &str) -> BTreeMap<&str, &str> {
    let mut found = BTreeMap::new();
    for files in table.lines().filter_map(|line| line.split('\t').nth(5)) {
        let mut folder = "";
        for word in files.split(' ') {
            if word.contains('/') {
                folder = word;
            } else if folder.ends_with("bin") {
                found.entry(word).or_insert(folder);
            }
        }
    }
    found
}

fn package(stanza: &str, folders: &BTreeMap<&str, &str>) -> Option<(String, Package)> {
    let list = |mark| words(field(stanza, mark).unwrap_or(""));
    let name = field(stanza, "P:")?.to_string();
    let provides = list("p:");
    let package = Package {
        version: field(stanza, "V:").unwrap_or("").to_string(),
        installed: number(stanza, "I:").unwrap_or(0),
        depends: list("D:").into_iter().map(|word| vec![word]).collect(),
        recommends: Vec::new(),
        install_if: conditions(field(stanza, "i:").unwrap_or("")),
        in_base: false,
        files: files(&provides, folders),
        starts: starts(&list("D:"), &provides),
        provides,
    };
    Some((name, package))
}

/// What has to be installed for a package to come by itself. A condition that something is not there has no
/// counterpart in a table: such a package is left to be asked for.
fn conditions(text: &str) -> Vec<String> {
    if text.contains('!') { Vec::new() } else { words(text) }
}

/// The names in a list, without versions and conflicts.
fn words(text: &str) -> Vec<String> {
    let plain = |word: &str| word.split(['=', '<', '>', '~']).next().unwrap_or(word).to_string();
    text.split_whitespace().filter(|word| !word.starts_with('!')).map(plain).collect()
}

/// A package that needs musl has ELF files; which of its libraries each needs, the index does not say: they
/// need all of them.
fn starts(depends: &[String], provides: &[String]) -> String {
    let needed: Vec<&str> = depends.iter().filter_map(|word| word.strip_prefix("so:")).collect();
    if !needed.iter().any(|name| name.starts_with("libc.musl-")) {
        return String::new();
    }
    let names = provides.iter().filter_map(|word| word.strip_prefix("cmd:").or(word.strip_prefix("so:")));
    let own = |name: &str| provides.iter().any(|word| word.strip_prefix("so:") == Some(name));
    let names: Vec<&str> = names.filter(|name| !name.starts_with("ld-")).collect();
    let needed: Vec<&str> = needed.into_iter().filter(|name| !own(name)).collect();
    if names.is_empty() { String::new() } else { format!("{} {}", needed.join(","), names.join(" ")) }
}

/// Programs that Alpine has in another folder than Debian, or that Debian does not have, by their APKBUILD files.
const FOLDERS: [(&str, &str); 3] = [("su-exec", "/sbin"), ("tini", "/sbin"), ("tini-static", "/sbin")];

/// The index names commands and libraries, not their folders: they are where Debian has them.
fn files(provides: &[String], folders: &BTreeMap<&str, &str>) -> Files {
    let mut files = Files::default();
    for word in provides {
        if let Some(name) = word.strip_prefix("cmd:") {
            let own = FOLDERS.iter().find(|(own, _)| *own == name).map(|(_, folder)| *folder);
            let folder = own.or(folders.get(name).copied()).unwrap_or("/usr/bin");
            files.add(&format!("{folder}/{name}"));
        } else if let Some(name) = word.strip_prefix("so:") {
            // Loaders have their place from the ABI, and what they start with is beside them.
            let by_loader = name.starts_with("ld-") || name.starts_with("libgcompat");
            let folder = if by_loader { "/lib" } else { "/usr/lib" };
            files.add(&format!("{folder}/{name}"));
        }
    }
    files
}
