//! The repositories that a package manager asks: whether they are certainly the distribution's own, and whether its
//! mirrors still have the release: `core/data/repositories.json`.

use crate::commands::os_release::os_release;
use crate::image::{BaseFacts, Day};
use crate::shell::Shell;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Where apt, and yum and dnf, read which repositories there are.
pub(crate) const APT_SETTINGS: &str = "/etc/apt";
pub(crate) const YUM_SETTINGS: [&str; 3] = ["/etc/yum.repos.d", "/etc/yum.conf", "/etc/dnf"];

#[derive(Debug, Default, Deserialize)]
struct Table {
    own_sources: OwnSources,
    /// By distribution and release: its name in the repository, and a day since which the mirrors do not have it.
    gone_since: BTreeMap<String, BTreeMap<String, (String, Day)>>,
}

/// Images that ask their distribution's repositories and no others.
#[derive(Debug, Default, Deserialize)]
struct OwnSources {
    names: Vec<String>,
}

/// The day of a build, and what its base image asks.
#[derive(Clone, Copy, Debug)]
struct Repositories {
    day: Day,
    has_own_sources: bool,
}

fn table() -> &'static Table {
    const TEXT: &str = include_str!("../../data/repositories.json");
    static TABLE: LazyLock<Table> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());
    &TABLE
}

/// Tells a shell the day on which it runs and the base image of its files.
pub fn use_repositories(shell: &mut Shell, day: Day, base: Option<&BaseFacts>) {
    let has_own_sources = base.is_some_and(|facts| table().own_sources.names.contains(&facts.name));
    shell.extensions.insert(Repositories { day, has_own_sources });
}

/// The day of the build if the repositories are certainly the distribution's own: those of a base image that is known to
/// have no others, where nothing may have changed the `settings` that name them, paths that no base image lists.
pub(crate) fn day_of_own_repositories(shell: &Shell, settings: &[&str]) -> Option<Day> {
    let known = shell.extensions.get::<Repositories>().copied().filter(|known| known.has_own_sources)?;
    let are_as_in_base = settings.iter().all(|place| shell.fs.is_as_in_base(place))
        && !shell.fs.may_hide("/", "/unlisted-folder-of-an-image");
    are_as_in_base.then_some(known.day)
}

/// Notes that a package file that is not read was installed: it may bring repositories of its own.
pub(crate) fn note_package_file(shell: &mut Shell) {
    YUM_SETTINGS.iter().chain([&APT_SETTINGS]).for_each(|place| shell.fs.note_opened(place));
}

/// The name under which the mirrors had the image's release, if they do not have it any more on `day`.
pub(crate) fn gone_release(shell: &Shell, day: Day) -> Option<&'static str> {
    let (id, version) = (os_release(shell, "ID")?, os_release(shell, "VERSION_ID")?);
    let (name, since) = table().gone_since.get(&id)?.get(&version)?;
    (*since <= day).then_some(name.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read() {
        assert!(table().own_sources.names.iter().any(|name| name == "debian"));
        assert_eq!(table().gone_since.len(), 3);
    }
}
