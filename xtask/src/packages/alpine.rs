//! Alpine's index: APKINDEX, a stanza for each package with one letter for each field.

use super::{Files, Package, Packages};
use std::collections::BTreeMap;

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
pub(super) fn read(name: &str, repositories: &[String], debian: &str) -> Packages {
    let folders = folders(debian);
    let mut all = Packages::new();
    for (name, package) in repositories.iter().flat_map(|text| text.split("\n\n")).filter_map(|stanza| package(stanza, &folders)) {
        all.entry(name).or_insert(package);
    }
    for name in BASE.iter().copied().chain([of_release(name)]) {
        if let Some(package) = all.get_mut(name) {
            package.in_base = true;
        }
    }
    all
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
    let field = |letter: &str| {
        stanza.lines().find_map(|line| line.strip_prefix(letter)?.strip_prefix(':')).unwrap_or("").to_string()
    };
    let name = field("P");
    let provides = words(&field("p"));
    let package = Package {
        version: field("V"),
        installed: field("I").parse().unwrap_or(0),
        depends: words(&field("D")).into_iter().map(|word| vec![word]).collect(),
        recommends: Vec::new(),
        install_if: conditions(&field("i")),
        in_base: false,
        files: files(&provides, folders),
        starts: starts(&words(&field("D")), &provides),
        provides,
    };
    (!name.is_empty()).then_some((name, package))
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

/// The index names commands and libraries, not their folders: they are where Debian has them.
fn files(provides: &[String], folders: &BTreeMap<&str, &str>) -> Files {
    let mut files = Files::default();
    for word in provides {
        if let Some(name) = word.strip_prefix("cmd:") {
            let folder = folders.get(name).copied().unwrap_or("/usr/bin");
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
