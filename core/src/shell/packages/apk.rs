//! apk: add, del, update, upgrade.

use super::super::commands::{has, options, value};
use super::{choose, installed, note, release, scripts};
use crate::fs::{Content, Doubt};
use crate::packages::{APK, Release};
use crate::shell::Shell;
use std::collections::BTreeSet;

pub(in crate::shell) fn apk(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut operands) = options(argv, "tXp");
    if has(&flags, &["print-arch"]) {
        shell.out("x86_64\n");
        return 0;
    }
    if operands.is_empty() {
        shell.gap("unmodelled-command", "apk");
        return 0;
    }
    let verb = operands.remove(0);
    let Some(release) = release(shell, &["alpine"]).filter(|_| !has(&flags, &["X", "repository"])) else {
        shell.gap("unmodelled-command", "apk");
        return 0;
    };
    if matches!(verb.as_str(), "add" | "del" | "update" | "upgrade") && shell.user.uid != 0 {
        shell.err("ERROR: Unable to lock database: Permission denied\nERROR: Failed to open apk database: Permission denied\n");
        return 99;
    }
    match verb.as_str() {
        "add" => {
            // `--virtual NAME` without an equals sign takes the next word.
            let named = argv.iter().position(|word| word == "--virtual").and_then(|at| argv.get(at + 1)).cloned();
            let group = named.clone().or_else(|| value(&flags, &["t", "virtual"]).map(str::to_string));
            if let Some(named) = &named {
                let at = operands.iter().position(|word| word == named);
                at.map(|at| operands.remove(at));
            }
            add(shell, &release, &operands, group);
            if !has(&flags, &["no-cache"]) {
                keep_indexes(shell);
            }
        }
        "del" => del(shell, &release, &operands),
        "update" => {
            if !has(&flags, &["no-cache"]) {
                keep_indexes(shell);
            }
        }
        // Newer versions than the index has are not known.
        "upgrade" => shell.gap("unmodelled-option", "apk upgrade"),
        "info" => return info(shell, &release, &flags, &operands),
        "version" | "list" | "search" => shell.gap("unknown-output", format!("apk {verb}")),
        "cache" => {}
        _ => shell.gap("unmodelled-command", "apk"),
    }
    0
}

fn add(shell: &mut Shell, release: &Release, words: &[String], group: Option<String>) {
    let (mut database, is_known) = installed(shell, Some(release), &APK);
    let mut wanted = Vec::new();
    for word in words {
        if word.contains('@') || word.ends_with(".apk") {
            shell.gap("unlisted-package", word.clone());
            continue;
        }
        let name = word.split(['=', '<', '>', '~']).next().unwrap_or(word);
        wanted.push(name.to_string());
    }
    let choice = choose(release, &database.names(), &wanted, false);
    for name in choice.new.keys() {
        let version = release.find(name).map_or("", |(row, _)| row.version);
        database.add(name, version);
    }
    if let Some(group) = group {
        let members: BTreeSet<String> = choice.new.keys().cloned().collect();
        database.add(&group, "0");
        shell.package_groups.insert(group, members);
    }
    shell.install(release, &choice, is_known);
    // Links of packages that the index does not tell, under names of their own: Debian's scripts are others.
    let own: Vec<String> = choice.new.keys().map(|name| format!("alpine/{name}")).collect();
    scripts::after_install(shell, &own.iter().map(String::as_str).collect::<Vec<_>>());
    // The index tells no more than commands and libraries.
    shell.fs.doubt_more(Doubt::Packages);
    note(shell, &database, &[APK.place]);
}

fn del(shell: &mut Shell, release: &Release, words: &[String]) {
    let (mut database, _) = installed(shell, Some(release), &APK);
    let mut gone: BTreeSet<String> = BTreeSet::new();
    for word in words {
        gone.extend(shell.package_groups.remove(word).unwrap_or_default());
        gone.insert(word.clone());
    }
    database.remove(&gone);
    shell.uninstall(release, &gone);
    note(shell, &database, &[APK.place]);
}

/// `apk info`: the names of what is installed; `-e NAME…`: which of these are, and 1 if one is not.
fn info(shell: &mut Shell, release: &Release, flags: &[(String, Option<String>)], asked: &[String]) -> i32 {
    let (database, _) = installed(shell, Some(release), &APK);
    let names = database.names();
    let is_asked = has(flags, &["e", "installed"]);
    if !is_asked && !asked.is_empty() || flags.len() > usize::from(is_asked) {
        shell.gap("unknown-output", "apk info");
        return 0;
    }
    names.iter().filter(|name| !is_asked || asked.contains(name)).for_each(|name| shell.out(format!("{name}\n")));
    i32::from(is_asked && asked.iter().any(|name| !names.contains(name)))
}

/// The indexes that apk keeps for the next call: how large they are on a day is not known.
fn keep_indexes(shell: &mut Shell) {
    for part in ["main", "community"] {
        let place = format!("/var/cache/apk/APKINDEX.{part}.tar.gz");
        if shell.fs.mkdir_all("/var/cache/apk", 0o755, 0, 0).is_ok() {
            let _ = shell.fs.write(&place, Content::unknown("apk's index: it grows from day to day"), 0o644, 0, 0);
        }
    }
}
