//! apk: add, del, update, upgrade.

use super::super::commands::{has, options, value};
use super::{choose, database, index, installed, os_release};
use crate::fs::Content;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// What is installed, as apk keeps it.
const DATABASE: &str = "/lib/apk/db/installed";
/// What a package takes in the database, in bytes: the mean of a base image's.
const RECORD: usize = 2_200;

pub(in crate::shell) fn apk(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut operands) = options(argv, "tXp");
    if operands.is_empty() {
        shell.gap("unmodelled-command", "apk");
        return 0;
    }
    let verb = operands.remove(0);
    let release = release(shell);
    if release.is_empty() || has(&flags, &["X", "repository"]) {
        shell.gap("unmodelled-command", "apk");
        return 0;
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
        "del" => del(shell, &operands),
        "update" => {
            if !has(&flags, &["no-cache"]) {
                keep_indexes(shell);
            }
        }
        // Newer versions than the index has are not known.
        "upgrade" => shell.gap("unmodelled-option", "apk upgrade"),
        "info" | "version" | "list" | "search" => shell.gap("unknown-output", format!("apk {verb}")),
        "cache" => {}
        _ => shell.gap("unmodelled-command", "apk"),
    }
    0
}

/// The release of Alpine; empty for anything else.
fn release(shell: &Shell) -> String {
    match os_release(shell, "ID").as_deref() {
        Some("alpine") => os_release(shell, "VERSION_ID").unwrap_or_default(),
        _ => String::new(),
    }
}

fn have(shell: &Shell, release: &str) -> BTreeSet<String> {
    installed(shell, DATABASE, "P:")
        .unwrap_or_else(|| index::alpine(release).base().map(|row| row.name.to_string()).collect())
}

fn write(shell: &mut Shell, names: &BTreeSet<String>) {
    let content = database(names, "P:", RECORD, "2.2 kB a package");
    if shell.fs.mkdir_all("/lib/apk/db", 0o755, 0, 0).is_ok() {
        let _ = shell.fs.remove(DATABASE);
        let _ = shell.fs.write(DATABASE, content, 0o644, 0, 0);
    }
}

fn add(shell: &mut Shell, release: &str, words: &[String], group: Option<String>) {
    let index = index::alpine(release);
    let have = have(shell, release);
    let mut wanted = Vec::new();
    for word in words {
        if word.contains('@') || word.ends_with(".apk") {
            shell.gap("unlisted-package", word.clone());
            continue;
        }
        let name = word.split(['=', '<', '>', '~']).next().unwrap_or(word);
        wanted.push(name.to_string());
    }
    let choice = choose(index, &have, &wanted, false);
    let mut names = have;
    names.extend(choice.new.keys().map(|name| (*name).to_string()));
    if let Some(group) = group {
        let members: BTreeSet<String> = choice.new.keys().map(|name| (*name).to_string()).collect();
        names.insert(group.clone());
        shell.package_groups.insert(group, members);
    }
    shell.install(&choice, index.basis, true);
    write(shell, &names);
}

fn del(shell: &mut Shell, words: &[String]) {
    let release = release(shell);
    let mut names = have(shell, &release);
    let mut gone: BTreeSet<String> = BTreeSet::new();
    for word in words {
        match shell.package_groups.remove(word) {
            Some(members) => gone.extend(members),
            None => {
                gone.insert(word.clone());
            }
        }
        names.remove(word);
    }
    names.retain(|name| !gone.contains(name));
    shell.uninstall(&gone);
    write(shell, &names);
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
