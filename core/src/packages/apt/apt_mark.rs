//! `apt-mark`: packages marked as manual, automatic or on hold.

use super::auto_installed::{read_automatic, write_automatic};
use super::cache_files::write_list_caches;
use super::package_pattern::{DISTRIBUTIONS, matches_pattern, package_name};
use crate::packages::dpkg::lock_files::write_lock_files;
use crate::packages::index_lookup::release_index;
use crate::packages::installation::{read_database, write_database};
use crate::packages::package_database::{DPKG_STATUS, Database};
use crate::packages::root_file::write_root_file;
use crate::shell::Shell;
use crate::shell::getopt::options;

pub(crate) fn apt_mark(shell: &mut Shell, argv: &[String]) -> i32 {
    let (_, mut operands) = options(argv, "o");
    let Some(release) = release_index(shell, &DISTRIBUTIONS) else {
        shell.gap("unmodelled-command", "apt-mark");
        return 0;
    };
    if operands.is_empty() {
        return 0;
    }
    let verb = operands.remove(0);
    // apt-mark creates a temporary file while it opens the lists, and writes the caches of the lists.
    shell.fs.touch("/tmp");
    write_list_caches(shell);
    let (database, _) = read_database(shell, Some(&release), &DPKG_STATUS);
    let names = database.names();
    let mut automatic = read_automatic(shell);
    let effort = shell.effort.clone();
    match verb.as_str() {
        "showmanual" | "showauto" | "showinstalled" => {
            let shown = |name: &&String| match verb.as_str() {
                "showmanual" => !automatic.contains(*name),
                "showauto" => automatic.contains(*name),
                _ => true,
            };
            let asked = |name: &&String| {
                operands.is_empty() || operands.iter().any(|word| matches_pattern(&effort, word, name))
            };
            names.iter().filter(shown).filter(asked).for_each(|name| shell.out(format!("{name}\n")));
        }
        "auto" | "manual" => {
            let is_auto = verb == "auto";
            for word in &operands {
                let meant: Vec<&String> =
                    names.iter().filter(|name| matches_pattern(&effort, package_name(word), name)).collect();
                if meant.is_empty() {
                    shell.err(format!("E: Unable to locate package {word}\n"));
                    return 100;
                }
                for name in meant {
                    let changes = if is_auto { automatic.insert(name.clone()) } else { automatic.remove(name) };
                    let how = if is_auto { "automatically" } else { "manually" };
                    shell.out(match changes {
                        true => format!("{name} set to {how} installed.\n"),
                        false => format!("{name} was already set to {how} installed.\n"),
                    });
                }
            }
            write_automatic(shell, &automatic);
        }
        "showhold" | "showheld" => {
            let held: Vec<&String> = names.iter().filter(|name| database.is_held(name)).collect();
            held.iter().for_each(|name| shell.out(format!("{name}\n")));
        }
        "hold" | "unhold" => return hold(shell, database, &operands, verb == "hold"),
        _ => shell.gap("unmodelled-option", format!("apt-mark {verb}")),
    }
    0
}

fn hold(shell: &mut Shell, mut database: Database, words: &[String], hold: bool) -> i32 {
    let (names, effort) = (database.names(), shell.effort.clone());
    let mut changes = false;
    let before = database.content();
    for word in words {
        let meant: Vec<&String> =
            names.iter().filter(|name| matches_pattern(&effort, package_name(word), name)).collect();
        if meant.is_empty() {
            shell.err(format!("E: Unable to locate package {word}\nE: No packages found\n"));
            return 100;
        }
        for name in meant {
            let changed = database.hold(name, hold);
            changes |= changed;
            shell.out(match (hold, changed) {
                (true, true) => format!("{name} set on hold.\n"),
                (true, false) => format!("{name} was already set on hold.\n"),
                (false, true) => format!("Canceled hold on {name}.\n"),
                (false, false) => format!("{name} was already not on hold.\n"),
            });
        }
    }
    if changes {
        write_root_file(shell, "/var/lib/dpkg/status-old", before);
        write_database(shell, &database, &[DPKG_STATUS.path]);
        write_lock_files(shell);
    }
    0
}
