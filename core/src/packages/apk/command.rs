//! The command model of apk: `add`, `del`, `update`, `info`.

use super::add_del::{add, del};
use super::index_cache::write_index_cache;
use super::virtual_package::take_virtual_name;
use crate::packages::index::Release;
use crate::packages::index_lookup::release_index;
use crate::packages::installation::read_database;
use crate::packages::package_database::APK_INSTALLED;
use crate::shell::Shell;
use crate::shell::getopt::{has, options};

pub(crate) fn apk(shell: &mut Shell, argv: &[String]) -> i32 {
    let (argv, repositories) = without_repositories(argv);
    let argv = argv.as_slice();
    let (flags, mut operands) = options(argv, "tp");
    if has(&flags, &["print-arch"]) {
        shell.out("x86_64\n");
        return 0;
    }
    if operands.is_empty() && has(&flags, &["V", "version"]) {
        return own_version(shell);
    }
    if operands.is_empty() {
        shell.gap("unmodelled-command", "apk");
        return 0;
    }
    let verb = operands.remove(0);
    // What others offer under the names of Alpine's packages is not known.
    let is_alpine = |address: &String| address.contains("alpinelinux.org/") || address.contains("/alpine/");
    let Some(release) = release_index(shell, &["alpine"]).filter(|_| repositories.iter().all(is_alpine)) else {
        shell.gap("unmodelled-command", "apk");
        return 0;
    };
    if matches!(verb.as_str(), "add" | "del" | "update" | "upgrade") && shell.user.uid != 0 {
        shell.err("ERROR: Unable to lock database: Permission denied\nERROR: Failed to open apk database: Permission denied\n");
        return 99;
    }
    match verb.as_str() {
        "add" => {
            let virtual_name = take_virtual_name(argv, &flags, &mut operands);
            // Another repository may have newer versions.
            add(shell, &release, &operands, virtual_name, !repositories.is_empty());
            if !has(&flags, &["no-cache"]) {
                write_index_cache(shell, &release, &repositories);
            }
        }
        "del" => del(shell, &release, &operands),
        "update" => {
            if !has(&flags, &["no-cache"]) {
                write_index_cache(shell, &release, &repositories);
            }
        }
        // Versions newer than those in the index are not known.
        "upgrade" => shell.gap("unmodelled-option", "apk upgrade"),
        "info" => return info(shell, &release, &flags, &operands),
        "version" | "list" | "search" => shell.gap("unknown-output", format!("apk {verb}")),
        "cache" => {}
        _ => shell.gap("unmodelled-command", "apk"),
    }
    0
}

/// The words without `--repository ADDRESS` and `-X ADDRESS`, and the addresses.
fn without_repositories(argv: &[String]) -> (Vec<String>, Vec<String>) {
    let (mut rest, mut addresses) = (Vec::new(), Vec::new());
    let mut words = argv.iter();
    while let Some(word) = words.next() {
        let joined =
            word.strip_prefix("--repository=").or_else(|| word.strip_prefix("-X").filter(|text| !text.is_empty()));
        match joined {
            Some(address) => addresses.push(address.to_string()),
            None if word == "-X" || word == "--repository" => addresses.extend(words.next().cloned()),
            None => rest.push(word.clone()),
        }
    }
    (rest, addresses)
}

/// `apk --version`: `apk-tools 2.14.9, compiled for x86_64.`
fn own_version(shell: &mut Shell) -> i32 {
    let release = release_index(shell, &["alpine"]).filter(Release::is_own_release);
    let installed = shell.read(APK_INSTALLED.path).ok().flatten();
    let listed = match installed {
        Some(bytes) => listed_version(&String::from_utf8_lossy(&bytes)),
        None => release.and_then(|release| Some(release.find("apk-tools")?.0.version.to_string())),
    };
    match listed.as_deref().map(|version| version.split("-r").next().unwrap_or(version)) {
        Some(version) => shell.out(format!("apk-tools {version}, compiled for x86_64.\n")),
        None => shell.gap("unknown-output", "apk --version"),
    }
    0
}

/// The version of apk-tools in apk's database: `P:` names a package, `V:` its version.
fn listed_version(database: &str) -> Option<String> {
    let own = database.split("\n\n").find(|package| package.lines().any(|line| line == "P:apk-tools"))?;
    own.lines().find_map(|line| line.strip_prefix("V:")).map(str::to_string)
}

/// `apk info` prints the names of the installed packages. `apk info -e NAME…` prints those of the given names that
/// are installed, and returns 1 if one is not.
fn info(shell: &mut Shell, release: &Release, flags: &[(String, Option<String>)], asked: &[String]) -> i32 {
    let (database, _) = read_database(shell, Some(release), &APK_INSTALLED);
    let names = database.names();
    let is_asked = has(flags, &["e", "installed"]);
    if !is_asked && !asked.is_empty() || flags.len() > usize::from(is_asked) {
        shell.gap("unknown-output", "apk info");
        return 0;
    }
    names.iter().filter(|name| !is_asked || asked.contains(name)).for_each(|name| shell.out(format!("{name}\n")));
    i32::from(is_asked && asked.iter().any(|name| !names.contains(name)))
}
