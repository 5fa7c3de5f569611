//! apk: add, del, update, upgrade.

mod world;

use crate::commands::os_release::os_version;
use crate::fs::{Content, Doubt};
use crate::packages::index::{APK, Release};
use crate::packages::installation;
use crate::packages::installation::{choose, installed, note};
use crate::packages::release::release;
use crate::packages::scripts;
use crate::shell::Shell;
use crate::shell::options::{has, options, value};
use sha1::{Digest, Sha1};
use world::{World, name_of};

pub(crate) fn apk(shell: &mut Shell, argv: &[String]) -> i32 {
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
                keep_indexes(shell, &release);
            }
        }
        "del" => del(shell, &release, &operands),
        "update" => {
            if !has(&flags, &["no-cache"]) {
                keep_indexes(shell, &release);
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

/// `group`: the name of a package that stands for the others.
fn add(shell: &mut Shell, release: &Release, words: &[String], group: Option<String>) {
    let (mut database, is_known) = installed(shell, Some(release), &APK);
    let mut world = World::of(shell, &database);
    let mut wanted = Vec::new();
    for word in words {
        if word.contains('@') || word.ends_with(".apk") {
            shell.gap("unlisted-package", word.clone());
            continue;
        }
        if group.is_none() {
            world.add(word);
        }
        wanted.push(name_of(word).to_string());
    }
    let choice = choose(release, &database.names(), &wanted, false);
    for name in choice.new.keys() {
        let version = release.find(name).map_or("", |(row, _)| row.version);
        database.add(name, version);
    }
    if let Some(group) = group {
        database.add_group(&group, &wanted);
        world.add(&group);
    }
    installation::install(shell, release, &choice, is_known);
    // Links of packages that the index does not tell, under names of their own: Debian's scripts are others.
    let own: Vec<String> = choice.new.keys().map(|name| format!("alpine/{name}")).collect();
    scripts::after_install(shell, &own.iter().map(String::as_str).collect::<Vec<_>>());
    // The index tells no more than commands and libraries.
    shell.fs.doubt_more(Doubt::Packages);
    note(shell, &database, &[APK.place]);
    world.write(shell);
}

/// Packages go with all that came because of them, unless something else asks for it.
fn del(shell: &mut Shell, release: &Release, words: &[String]) {
    let (mut database, _) = installed(shell, Some(release), &APK);
    let mut world = World::of(shell, &database);
    words.iter().for_each(|word| world.remove(word));
    let gone = world.orphans(release, &database, words);
    database.remove(&gone);
    installation::uninstall(shell, release, &gone);
    note(shell, &database, &[APK.place]);
    world.write(shell);
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

/// The indexes that apk keeps for the next call, named after their addresses.
fn keep_indexes(shell: &mut Shell, release: &Release) {
    for (at, address) in repositories(shell).iter().enumerate() {
        let digest = Sha1::digest(address.as_bytes());
        let name: String = digest.iter().take(4).map(|byte| format!("{byte:02x}")).collect();
        let content = match release.index_size(at).filter(|_| at < REPOSITORIES.len()) {
            Some((bytes, source)) => {
                Content::modelled([], bytes, format!("as large as the index was that day: {source}"))
            }
            None => Content::unknown("apk's index: it grows from day to day"),
        };
        if shell.fs.mkdir_all(CACHE, 0o755, 0, 0).is_ok() {
            let _ = shell.fs.write(&format!("{CACHE}/APKINDEX.{name}.tar.gz"), content, 0o644, 0, 0);
        }
    }
}

const CACHE: &str = "/var/cache/apk";
const REPOSITORIES: [&str; 2] = ["main", "community"];

/// The addresses of repositories: the image's, or those of the release.
fn repositories(shell: &Shell) -> Vec<String> {
    if let Some(text) = shell.read("/etc/apk/repositories").ok().flatten() {
        let text = String::from_utf8_lossy(&text).into_owned();
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        return lines.map(str::to_string).collect();
    }
    let (major, minor) = os_version(shell).unwrap_or((3, 0));
    let address = |name| format!("https://dl-cdn.alpinelinux.org/alpine/v{major}.{minor}/{name}");
    REPOSITORIES.into_iter().map(address).collect()
}
