//! The time zone that TZ names, and its zoneinfo file.

use super::{Hint, StartedImage};

pub(super) fn hint(start: &StartedImage) -> Option<Hint> {
    let zone = start.variable("TZ")?.trim_start_matches(':');
    // `CET-1CEST` is complete in itself; the name of a zoneinfo file has a slash.
    if !zone.contains('/') || zone.starts_with('/') || zone.contains("..") {
        return None;
    }
    // Go programs built with `-tags timetzdata` contain the time zones. They also contain the path, so they cannot be
    // told apart; the hint mentions it.
    let file = format!("/usr/share/zoneinfo/{zone}");
    start.lacks_files(&[&file], "tzdata").then(|| Hint::new("no-zoneinfo", &[("zone", zone)]))
}
