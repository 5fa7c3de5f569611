//! Debian's indexes: Packages and Contents.

use super::{Files, Package, Packages};
use crate::run::{Done, command, output, root, run};
use std::collections::BTreeSet;
use std::fs;

/// The suite of a table's name.
pub(super) fn suite(name: &str) -> Option<&'static str> {
    match name {
        "debian-11" => Some("bullseye"),
        "debian-12" => Some("bookworm"),
        "debian-13" => Some("trixie"),
        _ => None,
    }
}

/// A suite's index files as text.
pub(super) struct Index {
    pub(super) packages: String,
    pub(super) contents: Vec<String>,
    /// Where the packages are.
    pub(super) uri: String,
}

/// Asks apt, from where this machine has its packages, into a folder of the project's own. Contents are large.
pub(super) fn fetch(suite: &str, wants_contents: bool) -> Done<Index> {
    let own = output(command("apt-get").args(["indextargets", "--format", "$(ORIGIN) $(CREATED_BY) $(REPO_URI)"]));
    let uri = own.as_deref().unwrap_or("").lines().find_map(|line| line.strip_prefix("Debian Packages "));
    let uri = uri.ok_or("apt-get knows no Debian index here: run apt-get update on a Debian machine")?;
    let place = root().join("target/packages").join(suite);
    for folder in ["state/lists/partial", "cache/archives/partial"] {
        fs::create_dir_all(place.join(folder)).map_err(|error| format!("{}: {error}", place.display()))?;
    }
    let keys = "/usr/share/keyrings/debian-archive-keyring.gpg";
    let sources = place.join("sources.list");
    fs::write(&sources, format!("deb [signed-by={keys} arch=amd64] {uri} {suite} main\n"))
        .map_err(|error| format!("{}: {error}", sources.display()))?;
    let options = [
        format!("Dir::State={}", place.join("state").display()),
        format!("Dir::Cache={}", place.join("cache").display()),
        format!("Dir::Etc::SourceList={}", sources.display()),
        "Dir::Etc::SourceParts=/dev/null".into(),
        "Acquire::IndexTargets::deb::Contents-deb::MetaKey=$(COMPONENT)/Contents-$(ARCHITECTURE)".into(),
        format!("Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled={wants_contents}"),
        "Acquire::Languages=none".into(),
    ];
    let apt = |verb: &str| {
        let mut apt = command("apt-get");
        apt.arg("-q").arg(verb).args(options.iter().flat_map(|option| ["-o", option]));
        apt
    };
    run(&mut apt("update"))?;
    let listed = output(apt("indextargets").args(["--format", "$(CREATED_BY) $(FILENAME)"])).unwrap_or_default();
    let read = |mark: &str| -> Vec<String> {
        let files = listed.lines().filter_map(|line| line.strip_prefix(mark));
        files.filter_map(|file| output(command("/usr/lib/apt/apt-helper").args(["cat-file", file]))).collect()
    };
    let (packages, contents) = (read("Packages "), read("Contents-deb "));
    match contents.is_empty() && wants_contents {
        true => Err(format!("apt-get fetched no Contents of {suite}")),
        false => Ok(Index { packages: packages.concat(), contents, uri: uri.to_string() }),
    }
}

pub(super) fn read(packages: &str, contents: &[String]) -> Packages {
    let mut all: Packages = packages.split("\n\n").filter_map(package).collect();
    for line in contents.iter().flat_map(|text| text.lines()) {
        let Some((path, owners)) = line.rsplit_once(char::is_whitespace) else { continue };
        for owner in owners.split(',') {
            let name = owner.rsplit('/').next().unwrap_or(owner);
            if let Some(one) = all.get_mut(name) {
                place(&mut one.files, path.trim_end());
            }
        }
    }
    all
}

fn package(stanza: &str) -> Option<(String, Package)> {
    let field =
        |name: &str| stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map_or("", str::trim);
    let name = field("Package");
    // What `debootstrap --variant=minbase` installs, and what Debian's images for containers have beside.
    let in_base = field("Priority") == "required" || field("Essential") == "yes" || ["adduser", "apt"].contains(&name);
    let mut depends = groups(field("Pre-Depends"));
    depends.extend(groups(field("Depends")));
    // Its scripts add users: what is in passwd afterwards is not in the index.
    let makers = ["adduser", "passwd", "opensysusers", "systemd-standalone-sysusers", "default-systemd-sysusers"];
    let makes_users = depends.iter().flatten().any(|name| makers.contains(&name.as_str()));
    let asks = depends.iter().flatten().any(|name| name.starts_with("debconf"));
    let marks = [(makes_users, "/etc/passwd"), (asks, "/var/cache/debconf")];
    let partly = marks.iter().filter(|(holds, _)| *holds).map(|(_, place)| (*place).to_string()).collect();
    let package = Package {
        version: field("Version").into(),
        installed: field("Installed-Size").parse().unwrap_or(0),
        depends,
        recommends: groups(field("Recommends")),
        provides: groups(field("Provides")).concat(),
        install_if: Vec::new(),
        in_base,
        files: Files { partly, ..Files::default() },
        starts: String::new(),
    };
    (!name.is_empty()).then(|| (name.to_string(), package))
}

/// `a (>= 1) | b:any, c` as `[[a, b], [c]]`.
fn groups(text: &str) -> Vec<Vec<String>> {
    let name = |word: &str| word.split([' ', '(', ':', '[']).next().unwrap_or("").to_string();
    let group = |group: &str| group.split('|').map(str::trim).filter(|word| !word.is_empty()).map(name).collect();
    text.split(',').map(group).filter(|group: &Vec<String>| !group.is_empty()).collect()
}

/// Takes a file up: by its name where programs and libraries are looked for, else by its folder.
fn place(files: &mut Files, path: &str) {
    // A line of NAME.list, and one of NAME.md5sums with its sum.
    files.records += 2 * path.len() as u64 + 36;
    // Paths come in order: a folder is new where it is not the one before's.
    let mut before = files.last.split('/');
    let new = path.split('/').skip_while(|part| before.next() == Some(part)).count() as u64;
    files.rounding += 512 + new.saturating_sub(1) * 1024;
    files.last = path.to_string();
    let Some((folder, name)) = path.rsplit_once('/') else { return };
    let folder = format!("/{folder}");
    if name.contains([' ', '\t']) {
        files.partly.insert(folder);
        return;
    }
    let parts: Vec<&str> = folder.split('/').skip(1).collect();
    let parts = if parts.first() == Some(&"usr") { parts.get(1..).unwrap_or(&[]) } else { &parts };
    let programs = ["bin", "sbin", "games"];
    let libraries = ["lib", "lib32", "lib64", "libx32"];
    let is_library = name.contains(".so") || name.ends_with(".a") || name.ends_with(".o");
    let in_gcc = parts.get(..2) == Some(&["lib", "gcc"]) && parts.len() == 4;
    match parts {
        [top] if programs.contains(top) => files.add(&format!("{folder}/{name}")),
        [top] | [top, "x86_64-linux-gnu"] if libraries.contains(top) && is_library => {
            files.add(&format!("{folder}/{name}"));
        }
        _ if in_gcc && is_library => files.add(&format!("{folder}/{name}")),
        _ => {
            files.partly.insert(format!("/{}", kept(&folder)));
        }
    }
}

/// The folder that stands for all below it: people look into /etc and few others.
fn kept(folder: &str) -> String {
    const NAMED: [&str; 2] = ["usr/share/zoneinfo", "usr/share/ca-certificates"];
    let folder = folder.trim_start_matches('/');
    let named = NAMED.iter().find(|named| folder == **named || folder.starts_with(&format!("{named}/")));
    if let Some(named) = named {
        return (*named).to_string();
    }
    let parts: Vec<&str> = folder.split('/').collect();
    let known: BTreeSet<&str> = ["share", "include", "src", "games"].into();
    let depth = match parts.as_slice() {
        ["etc", ..] => parts.len(),
        ["usr", second, ..] if known.contains(second) => 2,
        ["usr", "lib", "x86_64-linux-gnu", ..] => 4,
        ["usr", ..] | ["lib", "x86_64-linux-gnu", ..] => 3,
        _ => 2,
    };
    parts.iter().take(depth).copied().collect::<Vec<_>>().join("/")
}
