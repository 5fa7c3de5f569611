//! dnf, yum and microdnf of Fedora's family. There is no index of their packages: a requested package is reported by
//! name, its size is not known, and the folders that packages write to are listed in part.

use crate::fs::{Doubt, path};
use crate::measure::{Part, Size, Way};
use crate::packages::repositories::{YUM_SETTINGS, day_of_own_repositories, gone_release, note_package_file};
use crate::shell::Shell;
use crate::shell::getopt::{options, with_long_values};

/// The folders that packages and the manager's own database write to.
const FOLDERS: [&str; 8] =
    ["/usr/bin", "/usr/sbin", "/usr/lib64", "/usr/lib", "/usr/share", "/etc", "/var/lib/rpm", "/var/log"];

/// The day on which mirrorlist.centos.org was switched off.
const MIRROR_LIST_ENDED: &str = "2024-07-01";

/// Long options that take the next word.
const LONG: [&str; 8] =
    ["setopt", "enablerepo", "disablerepo", "repo", "repoid", "installroot", "releasever", "exclude"];

pub(crate) fn dnf(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = argv.first().map_or("dnf", String::as_str).rsplit('/').next().unwrap_or("dnf").to_string();
    let (_, words) = options(&with_long_values(argv, &LONG), "cdex");
    let cache = if name == "yum" { "/var/cache/yum" } else { "/var/cache/dnf" };
    let Some((verb, names)) = words.split_first() else {
        shell.gap("unknown-output", name);
        return 0;
    };
    if let Some(words) = mirror_failure(shell, argv, verb, names) {
        shell.err(words);
        return 1;
    }
    match verb.as_str() {
        "clean" => {
            for place in ["/var/cache/dnf", "/var/cache/yum", "/var/cache/libdnf5"] {
                let _ = shell.fs.remove(place);
            }
        }
        "makecache" | "check-update" => shell.make_partial_folder(cache),
        "list" | "info" | "repolist" | "search" | "provides" | "repoquery" | "history" => {
            shell.gap("unknown-output", format!("{name} {verb}"));
        }
        "install" | "groupinstall" | "group" | "localinstall" | "reinstall" | "module" if names.is_empty() => {
            shell.err(format!("{name}: no package was named\n"));
            return 1;
        }
        _ => {
            // Another root, of which nothing is listed.
            let root = install_root(argv);
            match &root {
                Some(root) => shell.make_partial_folder(root),
                None => FOLDERS.iter().for_each(|folder| shell.make_partial_folder(folder)),
            }
            shell.make_partial_folder(cache);
            let weighed_in = root.map_or_else(|| "/".to_string(), |root| path::join(&shell.cwd, &root));
            if names.iter().any(|name| name.contains('/')) {
                note_package_file(shell);
            }
            for package in names {
                let why = "there is no index of this distribution's packages here";
                let part = Part::new(package.as_str(), why, Way::RealBuild);
                shell.fs.weigh(
                    &weighed_in,
                    package,
                    Size::unknown_part(Part { code: Some("unlisted-package"), ..part }),
                );
                shell.gap("unlisted-package", package.clone());
            }
            if names.is_empty() {
                shell.gap("unknown-files", format!("{name} {verb}"));
            }
            if weighed_in == "/" {
                shell.fs.doubt_more(Doubt::Packages);
            }
        }
    }
    0
}

/// What yum and dnf print of a release of CentOS whose list of mirrors is gone, if the repositories are certainly its own.
/// The words are those of reports of failed builds.
fn mirror_failure(shell: &Shell, argv: &[String], verb: &str, names: &[String]) -> Option<String> {
    const ASK_MIRRORS: [&str; 6] = ["install", "update", "upgrade", "makecache", "groupinstall", "reinstall"];
    if !ASK_MIRRORS.contains(&verb) {
        return None;
    }
    let changes_repositories =
        argv.iter().any(|word| word.starts_with("--") && word.contains("repo") || word.starts_with("-c"));
    let are_files = !names.is_empty() && names.iter().all(|name| name.contains('/'));
    if changes_repositories || are_files || install_root(argv).is_some() {
        return None;
    }
    let day = day_of_own_repositories(shell, &YUM_SETTINGS)?;
    Some(match gone_release(shell, day)? {
        "7" => "Could not retrieve mirrorlist http://mirrorlist.centos.org/?release=7&arch=x86_64&repo=os&infra=container \
                error was\n14: curl#6 - \"Could not resolve host: mirrorlist.centos.org; Unknown error\"\n"
            .to_string(),
        // Until the end of CentOS 7 there was an answer, without any mirror.
        _ if day.to_string().as_str() < MIRROR_LIST_ENDED => {
            "Error: Failed to download metadata for repo 'appstream': Cannot prepare internal mirrorlist: No URLs in \
             mirrorlist\n"
                .to_string()
        }
        _ => "Error: Failed to download metadata for repo 'appstream': Cannot prepare internal mirrorlist: Curl error (6): \
              Couldn't resolve host name for \
              http://mirrorlist.centos.org/?release=8&arch=x86_64&repo=AppStream&infra=container [Could not resolve host: \
              mirrorlist.centos.org]\n"
            .to_string(),
    })
}

/// The value of `--installroot`.
fn install_root(argv: &[String]) -> Option<String> {
    let mut words = argv.iter();
    while let Some(word) = words.next() {
        match word.strip_prefix("--installroot") {
            Some("") => return words.next().cloned(),
            Some(value) => return value.strip_prefix('=').map(str::to_string),
            None => {}
        }
    }
    None
}
