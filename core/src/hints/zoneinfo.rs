//! TZ names a time zone, and the files that describe it.

use super::{Hint, Scene};

pub(super) fn hint(scene: &Scene) -> Option<Hint> {
    let zone = scene.variable("TZ")?.trim_start_matches(':');
    // `CET-1CEST` describes itself; a name has a slash.
    if !zone.contains('/') || zone.starts_with('/') || zone.contains("..") {
        return None;
    }
    // Go programs built with `-tags timetzdata` bring the zones along; the path then is in them too, so
    // that nothing tells one from the other: the hint says it.
    let file = format!("/usr/share/zoneinfo/{zone}");
    scene.lacks(&[&file], "tzdata").then(|| Hint::new("no-zoneinfo", &[("zone", zone)]))
}
