//! `apt-get` and `apt`: install, remove, autoremove, update, clean.

use super::auto_installed::{read_automatic, write_automatic};
use super::autoremove::unneeded;
use super::cache_files::{clean, write_downloads};
use super::logs::write_logs;
use super::package_lists::{LISTS, are_lists_known_to_be_missing, update};
use super::package_pattern::{DISTRIBUTIONS, package_name};
use super::repositories::{is_configured, lists_are_gone, refusal_of_unknown_names};
use crate::fs::Doubt;
use crate::packages::dpkg::debconf_database::update_debconf_database;
use crate::packages::dpkg::info_files::{remove_info_files, write_info_files};
use crate::packages::index::Release;
use crate::packages::index_lookup::release_index;
use crate::packages::installation::{self, Resolution, read_database, resolve, write_database};
use crate::packages::maintainer_scripts;
use crate::packages::missing_packages::unweigh_missing;
use crate::packages::package_database::{DPKG_STATUS, Database};
use crate::packages::repositories::note_package_file;
use crate::shell::Shell;
use crate::shell::getopt::{has, options};
use std::collections::BTreeSet;

pub(crate) fn apt(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("apt-get", String::as_str).rsplit('/').next().unwrap_or("apt-get").to_string();
    let (flags, mut operands) = options(argv, "otc");
    if operands.is_empty() {
        return 0;
    }
    let verb = operands.remove(0);
    if matches!(verb.as_str(), "clean" | "autoclean" | "check") {
        if verb == "clean" {
            clean(shell);
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
    let Some(release) = release_index(shell, &DISTRIBUTIONS) else {
        shell.gap("unmodelled-command", command);
        return 0;
    };
    let recommends = !has(&flags, &["no-install-recommends"]) && !is_off(argv, "apt::install-recommends");
    match verb.as_str() {
        "update" if lists_are_gone(shell, argv) => return 100,
        "update" => update(shell),
        "install" | "satisfy" | "reinstall" => {
            return install(shell, &release, &operands, &Options { argv, recommends, asks: asks(shell, argv) });
        }
        "remove" | "purge" | "autoremove" | "autopurge" => {
            let mut names: BTreeSet<String> = operands.iter().map(|word| package_name(word).to_string()).collect();
            let (database, _) = read_database(shell, Some(&release), &DPKG_STATUS);
            // The table has only a part of the index: a name that it lacks may exist.
            for name in names.iter().filter(|name| database.find(name).is_none() && release.find(name).is_none()) {
                shell.gap("unlisted-package", name.as_str());
            }
            unweigh_missing(shell, "/", names.iter().filter(|name| database.find(name).is_none()));
            names.retain(|name| database.find(name).is_some());
            if verb.starts_with("auto") || has(&flags, &["auto-remove", "autoremove"]) {
                let recommended = !is_off(argv, "apt::autoremove::recommendsimportant");
                names.extend(unneeded(shell, &release, &database, &names, recommended));
            }
            remove(shell, &release, database, &names);
        }
        // Versions newer than those of the base image are not known.
        "upgrade" | "dist-upgrade" | "full-upgrade" => shell.gap("unmodelled-option", format!("{command} {verb}")),
        "distclean" => {
            let _ = shell.fs.stat("/", LISTS).map(|(place, _)| place).and_then(|place| shell.fs.remove(&place));
            let _ = shell.fs.mkdir_all(LISTS, 0o755, 0, 0);
        }
        "list" | "search" | "show" | "policy" | "depends" | "rdepends" => {
            shell.gap("unknown-output", format!("{command} {verb}"));
        }
        "dselect-upgrade" | "build-dep" | "source" | "download" | "changelog" | "indextargets" | "markauto"
        | "unmarkauto" | "moo" | "edit-sources" | "showsrc" | "showpkg" | "why" | "why-not" | "history-list"
        | "modernize-sources" | "help" | "add" | "rdep" | "madison" => {
            shell.gap("unmodelled-command", format!("{command} {verb}"));
        }
        _ => {
            shell.err(format!("E: Invalid operation {verb}\n"));
            return 100;
        }
    }
    0
}

/// How `install` is asked for.
struct Options<'a> {
    /// The whole command line.
    argv: &'a [String],
    /// Whether recommended packages are installed as well.
    recommends: bool,
    /// Whether it asks before it installs more than what is named, and nobody answers.
    asks: bool,
}

/// Whether apt asks for confirmation and reads the end of its input: without an option or a setting that says yes, as
/// cmdline/apt-get.cc and apt-private/private-install.cc of apt 2.6 have it. Two `q` say yes, too.
fn asks(shell: &Shell, argv: &[String]) -> bool {
    /// Options with which nothing is asked.
    const SILENT: [&str; 9] = [
        "--yes",
        "--assume-yes",
        "--force-yes",
        "--simulate",
        "--just-print",
        "--dry-run",
        "--no-act",
        "--recon",
        "--print-uris",
    ];
    let is_silent = |word: &String| {
        let letters = word.strip_prefix('-').filter(|rest| !rest.starts_with('-')).unwrap_or("");
        let says_yes = word.to_ascii_lowercase().contains("assume-yes");
        SILENT.contains(&word.as_str())
            || says_yes
            || letters.contains(['y', 's'])
            || letters.matches('q').count() > 1
            || letters.contains("q=2")
    };
    let quiet = argv.iter().filter(|word| matches!(word.as_str(), "-q" | "--quiet")).count();
    if quiet > 1 || argv.iter().any(is_silent) || !shell.stdin.is_empty() || is_configured(shell) {
        return false;
    }
    // Configuration files may say yes as well: what is not known of them leaves it open.
    let settings = ["/etc/apt/apt.conf", "/etc/apt/apt.conf.d"];
    let says_yes = |text: &[u8]| String::from_utf8_lossy(text).to_ascii_lowercase().contains("assume-yes");
    let is_set = shell.fs.children(settings[1]).iter().any(|(name, _)| {
        let place = format!("{}/{name}", settings[1]);
        shell.read(&place).is_ok_and(|text| text.is_none_or(|text| says_yes(&text)) && !name.starts_with("docker-"))
    });
    !is_set && !shell.read(settings[0]).is_ok_and(|text| text.is_none_or(|text| says_yes(&text)))
}

/// Whether an option is off: `-o NAME=false` in any of its spellings.
fn is_off(argv: &[String], name: &str) -> bool {
    argv.iter().any(|word| {
        let word = word.to_lowercase();
        let word = word.strip_prefix("-o").unwrap_or(&word);
        word.strip_prefix(name)
            .and_then(|rest| rest.strip_prefix('='))
            .is_some_and(|value| matches!(value.trim_matches(['"', '\'']), "0" | "false" | "no"))
    })
}

fn install(shell: &mut Shell, release: &Release, words: &[String], options: &Options<'_>) -> i32 {
    let is_listed =
        shell.fs.children(LISTS).iter().any(|(name, _)| name.ends_with("_Packages.lz4") || name.ends_with("_Packages"));
    let (mut database, is_known) = read_database(shell, Some(release), &DPKG_STATUS);
    let have = database.names();
    // Debian's images come without package lists. Without them no package can be found.
    if !is_listed && shell.fs.doubt() == Doubt::None && are_lists_known_to_be_missing(shell) {
        let is_file = |word: &String| word.contains('/');
        if let Some(name) = words.iter().find(|word| !is_file(word) && !have.contains(package_name(word))) {
            shell.out("Reading package lists...\nBuilding dependency tree...\nReading state information...\n");
            shell.err(format!("E: Unable to locate package {}\n", package_name(name)));
            return 100;
        }
        if !words.iter().any(is_file) {
            return 0;
        }
    }
    let mut wanted = Vec::new();
    for word in words {
        if word.starts_with("./") || word.starts_with('/') || word.contains('*') {
            note_package_file(shell);
            shell.gap("unlisted-package", word.clone());
        // `name-` removes.
        } else if let Some(name) = word.strip_suffix('-').filter(|_| release.find(word).is_none()) {
            shell.gap("unlisted-package", format!("{name}-"));
        } else {
            wanted.push(package_name(word).to_string());
        }
    }
    if let Some(refusal) = refusal_of_unknown_names(shell, release, &have, options.argv, words) {
        shell.out("Reading package lists...\nBuilding dependency tree...\nReading state information...\n");
        shell.err(refusal);
        return 100;
    }
    let resolution = resolve(release, &have, &wanted, options.recommends);
    let has_more = resolution.new.keys().any(|name| !resolution.requested.contains(name));
    if options.asks && has_more && is_known && shell.fs.doubt() == Doubt::None {
        shell.out("Reading package lists...\nBuilding dependency tree...\nReading state information...\n");
        shell.out("Do you want to continue? [Y/n] Abort.\n");
        return 1;
    }
    let mut automatic = read_automatic(shell);
    let is_new = !resolution.new.is_empty();
    automatic.extend(resolution.new.keys().filter(|name| !resolution.requested.contains(*name)).cloned());
    automatic.retain(|name| !resolution.requested.contains(name));
    for name in resolution.new.keys() {
        let version = release.find(name).map_or("", |(row, _)| row.version);
        database.add(name, version);
    }
    installation::install(shell, release, &resolution, is_known);
    maintainer_scripts::run_postinst(shell, &resolution.new.keys().map(String::as_str).collect::<Vec<_>>());
    write_records(shell, release, &resolution);
    if is_new {
        write_database(shell, &database, &[DPKG_STATUS.path, "/var/lib/dpkg/status-old"]);
    }
    write_automatic(shell, &automatic);
    0
}

fn remove(shell: &mut Shell, release: &Release, mut database: Database, names: &BTreeSet<String>) {
    if names.is_empty() {
        return;
    }
    // A package that depends on a removed one is removed as well.
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
    remove_info_files(shell, gone.iter());
    write_database(shell, &database, &[DPKG_STATUS.path, "/var/lib/dpkg/status-old"]);
    let mut automatic = read_automatic(shell);
    automatic.retain(|name| !gone.contains(name));
    write_automatic(shell, &automatic);
}

/// Writes what apt and dpkg leave beside the files of new packages: dpkg's lists of files, debconf's database, logs,
/// downloads.
fn write_records(shell: &mut Shell, release: &Release, resolution: &Resolution) {
    if resolution.new.is_empty() {
        return;
    }
    write_info_files(shell, release, resolution);
    update_debconf_database(shell, release, resolution);
    write_logs(shell, resolution.new.len() as u64);
    write_downloads(shell, release, resolution);
}
