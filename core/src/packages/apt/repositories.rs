//! What apt answers where the repositories are certainly the distribution's own: of a release that has left the mirrors, and
//! of names that the release does not have. The words are apt's own, of reports and of apt 2.6.

use super::package_lists::{LISTS, is_list_of_distribution};
use crate::image::Day;
use crate::packages::index::{NameKnown, Release};
use crate::packages::index_lookup::release_names;
use crate::packages::repositories::{APT_SETTINGS, day_of_own_repositories, gone_release};
use crate::shell::Shell;
use std::collections::BTreeSet;

/// The day of the build if apt certainly asks the distribution's own repositories: neither an option nor the environment
/// names other settings.
fn own_day(shell: &Shell, argv: &[String]) -> Option<Day> {
    let has_option =
        argv.iter().any(|word| word.starts_with("-o") || word.starts_with("-c") || word.starts_with("--o"));
    day_of_own_repositories(shell, &[APT_SETTINGS]).filter(|_| !has_option && !is_configured(shell))
}

/// Whether `update` fails since the mirrors do not have the release any more. What apt writes then is written.
pub(super) fn lists_are_gone(shell: &mut Shell, argv: &[String]) -> bool {
    let Some(release) = own_day(shell, argv).and_then(|day| gone_release(shell, day)) else { return false };
    shell.out("Reading package lists...\n");
    let debian = |suite: &str| {
        format!("E: The repository 'http://deb.debian.org/debian {suite} Release' does not have a Release file.\n")
    };
    let ubuntu = |suite: &str| {
        format!("E: The repository 'http://archive.ubuntu.com/ubuntu {suite} Release' does not have a Release file.\n")
    };
    let updates = format!("{release}-updates");
    let words = match release {
        "buster" => debian(release) + &debian(&updates),
        // Before apt 1.5.
        "wheezy" | "jessie" | "stretch" | "vivid" | "wily" | "yakkety" | "zesty" => {
            "E: Some index files failed to download. They have been ignored, or old ones used instead.\n".to_string()
        }
        _ => ubuntu(release) + &ubuntu(&updates),
    };
    shell.err(words);
    true
}

/// What apt prints of the first names that the release does not have; `None` if all may exist.
pub(super) fn refusal_of_unknown_names(
    shell: &mut Shell,
    release: &Release,
    have: &BTreeSet<String>,
    argv: &[String],
    words: &[String],
) -> Option<String> {
    let day = own_day(shell, argv)?;
    // Lists that are not apt's own may be of other repositories.
    if !shell.fs.children(LISTS).iter().all(|(name, _)| is_list_of_distribution(name)) {
        return None;
    }
    let is_plain = |word: &&String| {
        word.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"+-".contains(&byte))
            && !word.ends_with(['+', '-'])
    };
    let open: Vec<&String> =
        words.iter().filter(is_plain).filter(|word| !have.contains(*word) && !release.has_in_own_table(word)).collect();
    if open.is_empty() {
        return None;
    }
    let names = release_names(shell)?;
    let refused = |word: &&String| match names.look_up(word, day) {
        NameKnown::MayExist => None,
        NameKnown::NoCandidate => Some(format!("E: Package '{word}' has no installation candidate\n")),
        NameKnown::Absent => Some(format!("E: Unable to locate package {word}\n")),
    };
    let refusals: Vec<String> = open.iter().filter_map(refused).collect();
    (!refusals.is_empty()).then(|| refusals.concat())
}

/// Whether the environment names a configuration of its own.
pub(super) fn is_configured(shell: &Shell) -> bool {
    shell.var("APT_CONFIG").is_some()
}
