//! dnf, yum and microdnf of Fedora's family. There is no index of their packages: a requested package is reported by
//! name, its size is not known, and the folders that packages write to are listed in part.

use crate::fs::Doubt;
use crate::measure::{Part, Size, Way};
use crate::shell::Shell;
use crate::shell::getopt::{has, options, with_long_values};

/// The folders that packages and the manager's own database write to.
const FOLDERS: [&str; 8] =
    ["/usr/bin", "/usr/sbin", "/usr/lib64", "/usr/lib", "/usr/share", "/etc", "/var/lib/rpm", "/var/log"];

/// Long options that take the next word.
const LONG: [&str; 8] =
    ["setopt", "enablerepo", "disablerepo", "repo", "repoid", "installroot", "releasever", "exclude"];

pub(crate) fn dnf(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = argv.first().map_or("dnf", String::as_str).rsplit('/').next().unwrap_or("dnf").to_string();
    let (flags, words) = options(&with_long_values(argv, &LONG), "cdex");
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
            if has(&flags, &["installroot"]) {
                shell.gap("unmodelled-option", format!("{name} --installroot"));
                return 0;
            }
            FOLDERS.iter().for_each(|folder| shell.make_partial_folder(folder));
            shell.make_partial_folder(cache);
            for package in names {
                let why = "there is no index of this distribution's packages here";
                let part = Part::new(package.as_str(), why, Way::RealBuild);
                shell.fs.weigh("/", package, Size::unknown_part(Part { code: Some("unlisted-package"), ..part }));
                shell.gap("unlisted-package", package.clone());
            }
            if names.is_empty() {
                shell.gap("unknown-files", format!("{name} {verb}"));
            }
            shell.fs.doubt_more(Doubt::Packages);
        }
    }
    0
}
