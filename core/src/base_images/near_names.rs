//! Which images and tags are offered for a FROM that names none: "did you mean …?".

use super::official::{self, Family, Platform};
use crate::image::Day;
use crate::text;

/// The most names that are offered.
const MAX_NAMES: usize = 5;

/// Official images whose names are near one that does not exist, nearest first.
pub(super) fn near_repositories(name: &str) -> Vec<String> {
    text::near(name, official::names().iter().copied()).into_iter().take(MAX_NAMES).map(str::to_string).collect()
}

/// Tags of a family that look like one that it does not have, best first.
pub(super) fn near_tags(family: &Family, tag: &str, day: Day) -> Vec<String> {
    let shared = |one: &str| one.bytes().zip(tag.bytes()).take_while(|(a, b)| a == b).count();
    let mut tags: Vec<&str> =
        family.tags_on(day).filter(|(_, build)| build.platform == Platform::Amd64).map(|(tag, _)| tag).collect();
    if tags.is_empty() {
        tags = family.all_tags().filter(|tag| family.build(tag, day).is_some()).collect();
    }
    tags.sort_by_key(|one| (std::cmp::Reverse(shared(one)), one.len(), *one));
    tags.into_iter().take(MAX_NAMES).map(|tag| format!("{}:{tag}", family.name)).collect()
}
