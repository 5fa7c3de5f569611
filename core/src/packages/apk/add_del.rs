//! `apk add` and `apk del`.

use super::world::{World, package_name};
use crate::fs::Doubt;
use crate::packages::index::Release;
use crate::packages::installation::{self, Resolution, read_database, resolve, write_database};
use crate::packages::maintainer_scripts;
use crate::packages::missing_packages::unweigh_missing;
use crate::packages::package_database::APK_INSTALLED;
use crate::shell::Shell;

/// Installs packages. `group` is the name of the virtual package that they belong to. `is_other_release`: they may come from
/// the repository of another release.
pub(crate) fn add(
    shell: &mut Shell,
    release: &Release,
    words: &[String],
    group: Option<String>,
    is_other_release: bool,
) {
    let (mut database, is_known) = read_database(shell, Some(release), &APK_INSTALLED);
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
        wanted.push(package_name(word).to_string());
    }
    let resolution = Resolution { is_other_release, ..resolve(release, &database.names(), &wanted, false) };
    for name in resolution.new.keys() {
        let version = release.find(name).map_or("", |(row, _)| row.version);
        database.add(name, version);
    }
    if let Some(group) = group {
        database.add_virtual(&group, &wanted);
        world.add(&group);
    }
    installation::install(shell, release, &resolution, is_known);
    // The index does not list the links that packages create. Alpine's entries have names of their own, since
    // Debian's scripts differ.
    let own: Vec<String> = resolution.new.keys().map(|name| format!("alpine/{name}")).collect();
    maintainer_scripts::run_postinst(shell, &own.iter().map(String::as_str).collect::<Vec<_>>());
    // The index lists nothing but commands and libraries. These packages have scripts that make links to further commands.
    let makes_links =
        |name: &String| ["busybox", "java", "openjdk", "postgresql"].iter().any(|one| name.starts_with(one));
    let is_listed = is_known && !is_other_release && wanted.len() == words.len() && resolution.missing.is_empty();
    let has_all_commands =
        is_listed && resolution.new.keys().all(|name| release.has_own_files(name) && !makes_links(name));
    shell.fs.doubt_more(if has_all_commands { Doubt::PackageData } else { Doubt::Packages });
    write_database(shell, &database, &[APK_INSTALLED.path]);
    world.write(shell);
}

/// Removes packages with the dependencies that no other package requires.
pub(crate) fn del(shell: &mut Shell, release: &Release, words: &[String]) {
    let (mut database, _) = read_database(shell, Some(release), &APK_INSTALLED);
    let mut world = World::of(shell, &database);
    words.iter().for_each(|word| world.remove(word));
    // The packages that no index has are not in the database. Those of a virtual package go with it.
    let members = words.iter().filter_map(|word| database.find(word)).flat_map(|stanza| stanza.dependencies());
    let missing: Vec<String> = members.map(str::to_string).chain(words.iter().cloned()).collect();
    unweigh_missing(shell, "/", missing.iter().filter(|name| release.find(name).is_none() && !world.has(name)));
    let gone = world.orphans(release, &database, words);
    database.remove(&gone);
    installation::uninstall(shell, release, &gone);
    write_database(shell, &database, &[APK_INSTALLED.path]);
    world.write(shell);
}
