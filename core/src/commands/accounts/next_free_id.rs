//! The id that a new user or group gets, and the range of ids in /etc/subuid and /etc/subgid.

use super::passwd_and_group_files::{is_there, text_of};
use super::shadow_utils::add;
use crate::shell::Shell;

/// The next free id: the system's count down from 999, people's on from the highest there is.
pub(crate) fn next_free_of_shadow_utils(taken: &[u32], system: bool) -> u32 {
    let range = if system { 100..1000 } else { 1000..60_000 };
    let unused = |id: &u32| !taken.contains(id);
    let highest = taken.iter().filter(|id| range.contains(*id)).max().map_or(range.start, |id| id + 1);
    let found = match system {
        true => range.clone().rev().find(unused),
        false => Some(highest).filter(|id| range.contains(id)).or_else(|| range.clone().find(unused)),
    };
    found.unwrap_or(range.start)
}

/// A range of ids for the containers of a person: /etc/subuid and /etc/subgid.
pub(crate) fn add_ranges(shell: &mut Shell, name: &str) {
    for file in ["/etc/subuid", "/etc/subgid"] {
        if !is_there(shell, file) {
            continue;
        }
        let Some(text) = text_of(shell, file) else { continue };
        let ends = text.lines().filter_map(|line| {
            let mut numbers = line.split(':').skip(1).filter_map(|part| part.parse::<u64>().ok());
            Some(numbers.next()?.saturating_add(numbers.next()?))
        });
        let start = ends.max().unwrap_or(100_000).max(100_000);
        add(shell, file, &format!("{name}:{start}:65536"));
    }
}

pub(crate) fn ids(text: &str) -> Vec<u32> {
    text.lines().filter_map(|line| line.split(':').nth(2)?.parse().ok()).collect()
}

/// The first id that is not taken; shadow's programs count otherwise.
pub(crate) fn first_free(taken: &[u32], system: bool) -> u32 {
    let mut range = if system { 100..1000 } else { 1000..60_000 };
    let start = range.start;
    range.find(|id| !taken.contains(id)).unwrap_or(start)
}
