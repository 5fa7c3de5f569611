//! dnf, yum and microdnf of Fedora's family. There is no index of their packages: a requested package is reported by
//! name, its size is not known, and the folders that packages write to are listed in part.

use crate::fs::{Doubt, path};
use crate::measure::{Part, Size, Way};
use crate::shell::Shell;
use crate::shell::getopt::{options, with_long_values};

/// The folders that packages and the manager's own database write to.
const FOLDERS: [&str; 8] =
    ["/usr/bin", "/usr/sbin", "/usr/lib64", "/usr/lib", "/usr/share", "/etc", "/var/lib/rpm", "/var/log"];

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
