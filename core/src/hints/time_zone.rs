//! The time zone that TZ names, and its zoneinfo file.

use super::{Hint, StartedImage};

pub(super) fn hint(start: &StartedImage) -> Option<Hint> {
    let zone = start.variable("TZ")?.trim_start_matches(':');
    // `CET-1CEST` is complete in itself; the name of a zoneinfo file has a slash.
    if !zone.contains('/') || zone.starts_with('/') || zone.contains("..") {
        return None;
    }
    let has_own = start.behaviour.as_ref().is_some_and(|behaviour| behaviour.has_time_zones);
    // A Go program with the package time/tzdata contains a ZIP archive without compression and extra fields, in which
    // the name of a zone stands before its data (`lib/time/mkzip.go`).
    if has_own || start.contains_text(&format!("{zone}TZif")) {
        return None;
    }
    let file = format!("/usr/share/zoneinfo/{zone}");
    start.lacks_files(&[&file], "tzdata").then(|| Hint::new("no-zoneinfo", &[("zone", zone)]))
}
