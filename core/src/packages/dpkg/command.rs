//! The command model of `dpkg`.

use super::compare_versions::compare_versions;
use super::dpkg_query::{dpkg_query, package_name};
use crate::packages::index_lookup::release_index;
use crate::packages::installation::read_database;
use crate::packages::package_database::DPKG_STATUS;
use crate::packages::repositories::note_package_file;
use crate::shell::Shell;
use crate::shell::getopt::{has, options};

/// Debian's name of the processor architecture.
const ARCHITECTURE: &str = "amd64";

const ARCHITECTURES_FILE: &str = "/var/lib/dpkg/arch";

pub(crate) fn dpkg(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, operands) = options(argv, "");
    let asked = |names: &[&str]| has(&flags, names);
    if asked(&["print-architecture"]) {
        shell.out(format!("{ARCHITECTURE}\n"));
        return 0;
    }
    if asked(&["print-foreign-architectures"]) {
        let foreign = shell.read(ARCHITECTURES_FILE).ok().flatten().unwrap_or_default();
        let foreign = String::from_utf8_lossy(&foreign).into_owned();
        foreign.lines().filter(|line| *line != ARCHITECTURE).for_each(|line| shell.out(format!("{line}\n")));
        return 0;
    }
    if asked(&["add-architecture"]) {
        return add_architecture(shell, &operands);
    }
    if asked(&["compare-versions"]) {
        return compare_versions(shell, &operands);
    }
    if asked(&["s", "status", "S", "search", "L", "listfiles", "l", "list"]) {
        return dpkg_query(shell, argv);
    }
    if asked(&["P", "purge", "r", "remove"]) {
        return remove(shell, &operands);
    }
    if asked(&["i", "install"]) {
        return install(shell, &operands);
    }
    // Every package is configured already: the model of apt leaves none unpacked only.
    if asked(&["configure"]) && asked(&["a", "pending"]) {
        return 0;
    }
    note_package_file(shell);
    shell.gap("unmodelled-command", "dpkg");
    0
}

/// Installed packages stay, since what their removal scripts undo is not modelled. Other names are reported.
fn remove(shell: &mut Shell, names: &[String]) -> i32 {
    let release = release_index(shell, &["debian", "ubuntu"]);
    let (database, is_known) = read_database(shell, release.as_ref(), &DPKG_STATUS);
    for name in names {
        if database.find(package_name(name)).is_some() || !is_known {
            shell.gap("unmodelled-option", format!("dpkg --remove {name}"));
        } else {
            shell.err(format!("dpkg: warning: ignoring request to remove {name} which isn't installed\n"));
        }
    }
    0
}

/// The content of a .deb file is not read.
fn install(shell: &mut Shell, names: &[String]) -> i32 {
    let mut status = 0;
    for name in names {
        if shell.fs.stat(&shell.cwd, name).is_ok() || shell.fs.may_hide(&shell.cwd, name) {
            note_package_file(shell);
            shell.gap("unmodelled-option", format!("dpkg --install {name}"));
        } else {
            shell.err(format!("dpkg: error: cannot access archive '{name}': No such file or directory\n"));
            status = 2;
        }
    }
    status
}

fn add_architecture(shell: &mut Shell, names: &[String]) -> i32 {
    let known =
        shell.read(ARCHITECTURES_FILE).ok().flatten().unwrap_or_else(|| format!("{ARCHITECTURE}\n").into_bytes());
    let mut known = String::from_utf8_lossy(&known).into_owned();
    for name in names {
        if !known.lines().any(|line| line == name) {
            known.push_str(name);
            known.push('\n');
        }
    }
    let _ = shell.fs.write(ARCHITECTURES_FILE, crate::fs::Content::inline(known.into_bytes()), 0o644, 0, 0);
    0
}
