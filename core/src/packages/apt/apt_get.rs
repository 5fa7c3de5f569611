//! apt-get, apt and apt-mark: update, install, remove, autoremove, clean; what came only for others.

use crate::commands::os_release::os_release;
use crate::fs::{Content, Doubt, shell_matches};
use crate::packages::index::{DPKG, Database, Release};
use crate::packages::installation::{choose, installed, note};
use crate::packages::release::release;
use crate::packages::{installation, scripts, traces};
use crate::shell::options::{has, options};
use crate::shell::{Effort, Shell};
use std::collections::BTreeSet;

/// Where `update` keeps what it fetched.
const LISTS: &str = "/var/lib/apt/lists";
/// Which packages came only because others need them.
const STATES: &str = "/var/lib/apt/extended_states";
const DISTRIBUTIONS: [&str; 2] = ["debian", "ubuntu"];

/// What `update` fetches, in bytes: main, updates and security, compressed with lz4 as Debian's
/// images keep them (measured on 2026-11-24); `None` for what was not measured.
fn lists(name: &str) -> &'static [(&'static str, Option<u64>)] {
    match name {
        "bookworm" => &[
            ("main_binary-amd64_Packages.lz4", Some(18_840_233)),
            ("InRelease", Some(151_075)),
            ("updates_main_binary-amd64_Packages.lz4", Some(11_648)),
            ("updates_InRelease", Some(55_403)),
            ("security_main_binary-amd64_Packages.lz4", Some(764_313)),
            ("security_InRelease", Some(34_770)),
        ],
        "trixie" => &[("main_binary-amd64_Packages.lz4", Some(20_804_560))],
        _ => &[("main_binary-amd64_Packages.lz4", None)],
    }
}

pub(crate) fn apt(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("apt-get", String::as_str).rsplit('/').next().unwrap_or("apt-get").to_string();
    let (flags, mut operands) = options(argv, "otc");
    if operands.is_empty() {
        return 0;
    }
    let verb = operands.remove(0);
    if matches!(verb.as_str(), "clean" | "autoclean" | "check") {
        if verb == "clean" {
            traces::clean(shell);
        }
        return 0;
    }
    let changes = !matches!(verb.as_str(), "list" | "search" | "show" | "policy" | "depends" | "rdepends");
    if changes && shell.user.uid != 0 {
        shell.err(match verb.as_str() {
            "update" => {
                "E: Could not open lock file /var/lib/apt/lists/lock - open (13: Permission denied)\n\
                 E: Unable to lock directory /var/lib/apt/lists/\n"
            }
            _ => {
                "E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n\
                 E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n"
            }
        });
        return 100;
    }
    let Some(release) = release(shell, &DISTRIBUTIONS) else {
        shell.gap("unmodelled-command", command);
        return 0;
    };
    let recommends = !has(&flags, &["no-install-recommends"]) && !is_off(argv, "apt::install-recommends");
    match verb.as_str() {
        "update" => update(shell),
        "install" | "satisfy" | "reinstall" => return install(shell, &release, &operands, recommends),
        "remove" | "purge" | "autoremove" | "autopurge" => {
            let mut names: BTreeSet<String> = operands.iter().map(|word| plain(word).to_string()).collect();
            let (database, _) = installed(shell, Some(&release), &DPKG);
            // The table is a part of the index: a name that it lacks may well exist.
            for name in names.iter().filter(|name| database.find(name).is_none() && release.find(name).is_none()) {
                shell.gap("unlisted-package", name.as_str());
            }
            names.retain(|name| database.find(name).is_some());
            if verb.starts_with("auto") || has(&flags, &["auto-remove", "autoremove"]) {
                let recommended = !is_off(argv, "apt::autoremove::recommendsimportant");
                names.extend(unneeded(shell, &release, &database, &names, recommended));
            }
            remove(shell, &release, database, &names);
        }
        // Newer versions than the base image has are not known.
        "upgrade" | "dist-upgrade" | "full-upgrade" => shell.gap("unmodelled-option", format!("{command} {verb}")),
        "distclean" => {
            let _ = shell.fs.stat("/", LISTS).map(|(place, _)| place).and_then(|place| shell.fs.remove(&place));
            let _ = shell.fs.mkdir_all(LISTS, 0o755, 0, 0);
        }
        "list" | "search" | "show" | "policy" | "depends" | "rdepends" => {
            shell.gap("unknown-output", format!("{command} {verb}"));
        }
        _ => shell.gap("unmodelled-command", format!("{command} {verb}")),
    }
    0
}

/// A package's name without version, release and architecture.
fn plain(word: &str) -> &str {
    word.split(['=', '/', ':']).next().unwrap_or(word)
}

/// `-o NAME=false` in its spellings.
fn is_off(argv: &[String], name: &str) -> bool {
    argv.iter().any(|word| {
        let word = word.to_lowercase();
        let word = word.strip_prefix("-o").unwrap_or(&word);
        word.strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('='))
            .is_some_and(|value| matches!(value.trim_matches(['"', '\'']), "0" | "false" | "no"))
    })
}

fn update(shell: &mut Shell) {
    let codename = os_release(shell, "VERSION_CODENAME");
    let name = codename.unwrap_or_else(|| match os_release(shell, "VERSION_ID").as_deref() {
        Some("11") => "bullseye".into(),
        Some("12") => "bookworm".into(),
        Some("13") => "trixie".into(),
        other => other.unwrap_or("stable").into(),
    });
    if shell.fs.mkdir_all(&format!("{LISTS}/partial"), 0o755, 0, 0).is_err() {
        return;
    }
    for (file, bytes) in lists(&name) {
        let place = format!("{LISTS}/debian_dists_{name}_{file}");
        let content = match bytes {
            Some(bytes) => Content::modelled([], *bytes, format!("{name}'s index as it was on 2026-11-24")),
            None => Content::unknown(format!("the length of {name}'s index was not measured")),
        };
        let _ = shell.fs.write(&place, content, 0o644, 0, 0);
    }
    traces::keep_caches(shell);
}

fn install(shell: &mut Shell, release: &Release, words: &[String], recommends: bool) -> i32 {
    let is_listed =
        shell.fs.children(LISTS).iter().any(|(name, _)| name.ends_with("_Packages.lz4") || name.ends_with("_Packages"));
    let (mut database, is_known) = installed(shell, Some(release), &DPKG);
    let have = database.names();
    // Debian's images come without lists: unless somebody else put them there, nothing can be found.
    if !is_listed && shell.fs.doubt() == Doubt::None && is_listed_in_full(shell) {
        if let Some(name) = words.iter().find(|word| !have.contains(plain(word))) {
            shell.out("Reading package lists...\nBuilding dependency tree...\nReading state information...\n");
            shell.err(format!("E: Unable to locate package {}\n", plain(name)));
            return 100;
        }
        return 0;
    }
    let mut wanted = Vec::new();
    for word in words {
        if word.starts_with("./") || word.starts_with('/') || word.contains('*') {
            shell.gap("unlisted-package", word.clone());
        // `name-` removes.
        } else if let Some(name) = word.strip_suffix('-').filter(|_| release.find(word).is_none()) {
            shell.gap("unlisted-package", format!("{name}-"));
        } else {
            wanted.push(plain(word).to_string());
        }
    }
    let choice = choose(release, &have, &wanted, recommends);
    let mut automatic = automatic(shell);
    let is_new = !choice.new.is_empty();
    automatic.extend(choice.new.keys().filter(|name| !choice.named.contains(*name)).cloned());
    automatic.retain(|name| !choice.named.contains(name));
    for name in choice.new.keys() {
        let version = release.find(name).map_or("", |(row, _)| row.version);
        database.add(name, version);
    }
    installation::install(shell, release, &choice, is_known);
    scripts::after_install(shell, &choice.new.keys().map(String::as_str).collect::<Vec<_>>());
    traces::after_install(shell, release, &choice);
    if is_new {
        note(shell, &database, &[DPKG.place, "/var/lib/dpkg/status-old"]);
    }
    mark(shell, &automatic);
    0
}

fn remove(shell: &mut Shell, release: &Release, mut database: Database, names: &BTreeSet<String>) {
    if names.is_empty() {
        return;
    }
    // What needs a package that goes, goes too.
    let mut gone = names.clone();
    loop {
        let needs_gone =
            |name: &str| release.find(name).is_some_and(|(row, _)| row.depends().any(|need| gone.contains(need)));
        let more: Vec<String> = database
            .stanzas
            .iter()
            .map(|one| &one.name)
            .filter(|name| !gone.contains(*name) && needs_gone(name))
            .cloned()
            .collect();
        if more.is_empty() {
            break;
        }
        gone.extend(more);
    }
    database.remove(&gone);
    installation::uninstall(shell, release, &gone);
    traces::after_removal(shell, gone.iter());
    note(shell, &database, &[DPKG.place, "/var/lib/dpkg/status-old"]);
    let mut automatic = automatic(shell);
    automatic.retain(|name| !gone.contains(name));
    mark(shell, &automatic);
}

/// What came only for others, and no others are left that need it.
fn unneeded(
    shell: &Shell,
    release: &Release,
    database: &Database,
    going: &BTreeSet<String>,
    recommends: bool,
) -> BTreeSet<String> {
    let automatic = automatic(shell);
    let is_base = |name: &str| release.find(name).is_some_and(|(row, _)| row.in_base);
    let keeps = |name: &String| !going.contains(name) && (!automatic.contains(name) || is_base(name));
    let mut open: Vec<&str> =
        database.stanzas.iter().map(|one| &one.name).filter(|name| keeps(name)).map(String::as_str).collect();
    let mut needed: BTreeSet<String> = BTreeSet::new();
    let names = database.names();
    while let Some(name) = open.pop() {
        if !names.contains(name) || !needed.insert(name.to_string()) {
            continue;
        }
        let Some((row, _)) = release.find(name) else { continue };
        open.extend(row.depends());
        open.extend(row.recommends().filter(|_| recommends));
    }
    automatic
        .into_iter()
        .filter(|name| !needed.contains(name) && !is_base(name) && database.find(name).is_some())
        .collect()
}

/// The packages that came only for others.
fn automatic(shell: &Shell) -> BTreeSet<String> {
    let bytes = shell.read(STATES).ok().flatten().unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let stanzas = text.split("\n\n").filter(|stanza| stanza.lines().any(|line| line == "Auto-Installed: 1"));
    stanzas
        .filter_map(|stanza| stanza.lines().find_map(|line| line.strip_prefix("Package: ")))
        .map(str::to_string)
        .collect()
}

fn mark(shell: &mut Shell, automatic: &BTreeSet<String>) {
    let stanza = |name: &String| format!("Package: {name}\nArchitecture: amd64\nAuto-Installed: 1\n\n");
    let text: String = automatic.iter().map(stanza).collect();
    let known = shell.read(STATES).ok().flatten();
    if known.is_none() && text.is_empty() || known.is_some_and(|known| known == text.as_bytes()) {
        return;
    }
    if shell.fs.mkdir_all("/var/lib/apt", 0o755, 0, 0).is_ok() {
        let _ = shell.fs.write(STATES, Content::inline(text.into_bytes()), 0o644, 0, 0);
    }
}

pub(crate) fn apt_mark(shell: &mut Shell, argv: &[String]) -> i32 {
    let (_, mut operands) = options(argv, "o");
    let Some(release) = release(shell, &DISTRIBUTIONS) else {
        shell.gap("unmodelled-command", "apt-mark");
        return 0;
    };
    if operands.is_empty() {
        return 0;
    }
    let verb = operands.remove(0);
    // Whoever opens apt's view of the lists has a file of his own for a moment, and the lists' cache is made.
    shell.fs.touch("/tmp");
    traces::keep_caches(shell);
    let (database, _) = installed(shell, Some(&release), &DPKG);
    let names = database.names();
    let mut automatic = automatic(shell);
    let effort = shell.effort.clone();
    match verb.as_str() {
        "showmanual" | "showauto" | "showinstalled" => {
            let shown = |name: &&String| match verb.as_str() {
                "showmanual" => !automatic.contains(*name),
                "showauto" => automatic.contains(*name),
                _ => true,
            };
            let asked = |name: &&String| operands.is_empty() || operands.iter().any(|word| fits(&effort, word, name));
            names.iter().filter(shown).filter(asked).for_each(|name| shell.out(format!("{name}\n")));
        }
        "auto" | "manual" => {
            let is_auto = verb == "auto";
            for word in &operands {
                let meant: Vec<&String> = names.iter().filter(|name| fits(&effort, plain(word), name)).collect();
                if meant.is_empty() {
                    shell.err(format!("E: Unable to locate package {word}\n"));
                    return 100;
                }
                for name in meant {
                    let changes = if is_auto { automatic.insert(name.clone()) } else { automatic.remove(name) };
                    let how = if is_auto { "automatically" } else { "manually" };
                    shell.out(match changes {
                        true => format!("{name} set to {how} installed.\n"),
                        false => format!("{name} was already set to {how} installed.\n"),
                    });
                }
            }
            mark(shell, &automatic);
        }
        "showhold" | "showheld" => {
            let held: Vec<&String> = names.iter().filter(|name| database.is_held(name)).collect();
            held.iter().for_each(|name| shell.out(format!("{name}\n")));
        }
        "hold" | "unhold" => return hold(shell, database, &operands, verb == "hold"),
        _ => shell.gap("unmodelled-option", format!("apt-mark {verb}")),
    }
    0
}

fn hold(shell: &mut Shell, mut database: Database, words: &[String], hold: bool) -> i32 {
    let (names, effort) = (database.names(), shell.effort.clone());
    let mut changes = false;
    let before = database.content();
    for word in words {
        let meant: Vec<&String> = names.iter().filter(|name| fits(&effort, plain(word), name)).collect();
        if meant.is_empty() {
            shell.err(format!("E: Unable to locate package {word}\nE: No packages found\n"));
            return 100;
        }
        for name in meant {
            let changed = database.hold(name, hold);
            changes |= changed;
            shell.out(match (hold, changed) {
                (true, true) => format!("{name} set on hold.\n"),
                (true, false) => format!("{name} was already set on hold.\n"),
                (false, true) => format!("Canceled hold on {name}.\n"),
                (false, false) => format!("{name} was already not on hold.\n"),
            });
        }
    }
    if changes {
        traces::put(shell, "/var/lib/dpkg/status-old", before);
        note(shell, &database, &[DPKG.place]);
        traces::locks(shell);
    }
    0
}

/// Whether a word of apt's command line means a package: its name, a pattern, or a regular expression.
fn fits(effort: &Effort, word: &str, name: &str) -> bool {
    if word.contains(['.', '^', '$']) && word.contains(['*', '^', '$']) {
        return crate::shell::regex::extended(effort, word).is_some_and(|pattern| pattern.is_match(name));
    }
    word == name || word.contains(['*', '?', '[']) && shell_matches(word, name)
}

/// Whether the image's folders are listed in full, as those of Debian's own are: its lists are known to be empty then.
fn is_listed_in_full(shell: &Shell) -> bool {
    !shell.fs.may_hide("/", "/unlisted-folder-of-an-image")
}
