//! apt-get and apt: update, install, remove, clean.

use super::super::commands::{has, options};
use super::{choose, database, index, installed, os_release};
use crate::fs::Content;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// What is installed, as dpkg keeps it.
const STATUS: &str = "/var/lib/dpkg/status";
/// What a package takes in it, in bytes: the mean of a base image's.
const RECORD: usize = 950;
/// Where `update` keeps what it fetched.
const LISTS: &str = "/var/lib/apt/lists";

/// Debian's release as os-release tells it, with its name; `None` for other distributions.
fn release(shell: &Shell) -> Option<(String, &'static str)> {
    if os_release(shell, "ID").as_deref() != Some("debian") {
        return None;
    }
    let version = os_release(shell, "VERSION_ID")?;
    let version = version.split('.').next().unwrap_or("").to_string();
    match version.as_str() {
        "12" => Some((version, "bookworm")),
        "13" => Some((version, "trixie")),
        _ => None,
    }
}

/// What `update` fetches, in bytes: main, updates and security, compressed with lz4 as Debian's
/// images keep them (measured on 2026-11-24).
fn lists(name: &str) -> &'static [(&'static str, u64)] {
    match name {
        "bookworm" => &[
            ("main_binary-amd64_Packages.lz4", 18_840_233),
            ("InRelease", 151_075),
            ("updates_main_binary-amd64_Packages.lz4", 11_648),
            ("updates_InRelease", 55_403),
            ("security_main_binary-amd64_Packages.lz4", 764_313),
            ("security_InRelease", 34_770),
        ],
        _ => &[("main_binary-amd64_Packages.lz4", 20_804_560)],
    }
}

pub(in crate::shell) fn apt(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("apt-get", String::as_str).rsplit('/').next().unwrap_or("apt-get").to_string();
    let (flags, mut operands) = options(argv, "otc");
    let Some((version, name)) = release(shell) else {
        shell.gap("unmodelled-command", command);
        return 0;
    };
    if operands.is_empty() {
        return 0;
    }
    let verb = operands.remove(0);
    match verb.as_str() {
        "update" => {
            update(shell, name);
            0
        }
        "install" | "satisfy" => {
            install(shell, &version, &operands, !has(&flags, &["no-install-recommends"]) && !turned_off(argv))
        }
        "remove" | "purge" | "autoremove" | "autopurge" => {
            let names: BTreeSet<String> = operands.iter().cloned().collect();
            if verb.starts_with("auto") || has(&flags, &["auto-remove", "autoremove"]) {
                // Which packages came only for others depends on marks that are not kept here.
                shell.gap("unmodelled-option", format!("{command} {verb}"));
            }
            let mut have = have(shell, &version);
            have.retain(|name| !names.contains(name));
            shell.uninstall(&names);
            write(shell, &have);
            0
        }
        // Debian's images keep no packages anyway.
        "clean" | "autoclean" => 0,
        "distclean" => {
            let _ = shell.fs.stat("/", LISTS).map(|(place, _)| place).and_then(|place| shell.fs.remove(&place));
            let _ = shell.fs.mkdir_all(LISTS, 0o755, 0, 0);
            0
        }
        _ => {
            shell.gap("unmodelled-command", format!("{command} {verb}"));
            0
        }
    }
}

/// `-o APT::Install-Recommends=false` in its spellings.
fn turned_off(argv: &[String]) -> bool {
    argv.iter().any(|word| {
        let word = word.to_lowercase();
        let word = word.strip_prefix("-o").unwrap_or(&word);
        word.strip_prefix("apt::install-recommends=").is_some_and(|value| matches!(value, "0" | "false" | "no"))
    })
}

fn have(shell: &Shell, version: &str) -> BTreeSet<String> {
    let base = || index::debian(version).map(|index| index.base().map(|row| row.name.to_string()).collect());
    installed(shell, STATUS, "Package: ").or_else(base).unwrap_or_default()
}

fn update(shell: &mut Shell, name: &str) {
    if shell.fs.mkdir_all(&format!("{LISTS}/partial"), 0o755, 0, 0).is_err() {
        return;
    }
    for (file, bytes) in lists(name) {
        let place = format!("{LISTS}/debian_dists_{name}_{file}");
        let basis = format!("{name}'s index as it was on 2026-11-24");
        let _ = shell.fs.write(&place, Content::modelled([], *bytes, basis), 0o644, 0, 0);
    }
}

fn write(shell: &mut Shell, names: &BTreeSet<String>) {
    let content = database(names, "Package: ", RECORD, "0.95 kB a package");
    if shell.fs.mkdir_all("/var/lib/dpkg", 0o755, 0, 0).is_ok() {
        for place in [STATUS, "/var/lib/dpkg/status-old"] {
            let _ = shell.fs.remove(place);
            let _ = shell.fs.write(place, content.clone(), 0o644, 0, 0);
        }
    }
}

fn install(shell: &mut Shell, version: &str, words: &[String], recommends: bool) -> i32 {
    let Some(index) = index::debian(version) else { return 0 };
    let is_listed =
        shell.fs.children(LISTS).iter().any(|(name, _)| name.ends_with("_Packages.lz4") || name.ends_with("_Packages"));
    // Debian's images come without lists: unless somebody else put them there, nothing can be found.
    if !is_listed && shell.fs.doubt() == crate::fs::Doubt::None && installs_need_lists(shell) {
        let have = have(shell, version);
        if let Some(name) = words.iter().find(|word| !have.contains(*word)) {
            shell.out("Reading package lists...\nBuilding dependency tree...\nReading state information...\n");
            let name = name.split(['=', '/']).next().unwrap_or(name).to_string();
            shell.err(format!("E: Unable to locate package {name}\n"));
            return 100;
        }
        return 0;
    }
    let mut wanted = Vec::new();
    for word in words {
        if word.starts_with("./") || word.starts_with('/') || word.contains('*') {
            shell.gap("unlisted-package", word.clone());
            continue;
        }
        wanted.push(word.split(['=', '/', ':']).next().unwrap_or(word).to_string());
    }
    let have = have(shell, version);
    let choice = choose(index, &have, &wanted, recommends);
    let mut names = have;
    names.extend(choice.new.keys().map(|name| (*name).to_string()));
    // Images with a compiler stand on many more packages than the distribution's own.
    let known = installed(shell, STATUS, "Package: ").is_some() || shell.fs.stat("/", "/usr/bin/gcc").is_err();
    shell.install(&choice, index.basis, known);
    write(shell, &names);
    0
}

/// Whether the image is Debian's own, whose lists folder is known to be empty.
fn installs_need_lists(shell: &Shell) -> bool {
    !shell.fs.may_hide("/", "/unlisted-folder-of-an-image")
}
