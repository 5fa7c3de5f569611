//! Until when a release of a distribution gets security fixes: `core/data/support_ends.json`, each table with its source.

use crate::image::{BaseFacts, Day};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Until when a release gets security fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportEnd {
    /// The last day of the usual support.
    pub day: Day,
    /// The last day of long-term support, where a distribution has one.
    pub long_term: Option<Day>,
    /// Where that was read.
    pub source: &'static str,
}

#[derive(Debug, Default, Deserialize)]
struct Table {
    sources: BTreeMap<String, String>,
    /// By distribution and release: the usual end, and that of long-term support.
    ends: BTreeMap<String, BTreeMap<String, Vec<Day>>>,
}

fn table() -> &'static Table {
    const TEXT: &str = include_str!("../../data/support_ends.json");
    static TABLE: LazyLock<Table> = LazyLock::new(|| serde_json::from_str(TEXT).unwrap_or_default());
    &TABLE
}

/// Until when the distribution of a base image gets security fixes; `None` if that is not known.
pub fn support_end(facts: &BaseFacts) -> Option<SupportEnd> {
    let (id, version) = (facts.distro.get("id")?, facts.distro.get("version")?);
    let (releases, source) = (table().ends.get(id)?, table().sources.get(id)?);
    let mut release = version.as_str();
    // 3.22.6 is a version of the release 3.22, and 12.11 one of 12.
    let days = loop {
        match (releases.get(release), release.rsplit_once('.')) {
            (Some(days), _) => break days,
            (None, Some((shorter, _))) => release = shorter,
            (None, None) => return None,
        }
    };
    Some(SupportEnd { day: *days.first()?, long_term: days.get(1).copied(), source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::{Catalogue, newest_day};
    use crate::image::Reference;

    #[test]
    fn the_releases_of_debian_ubuntu_and_alpine_have_an_end() {
        assert!(serde_json::from_str::<Table>(include_str!("../../data/support_ends.json")).is_ok());
        let catalogue = Catalogue::builtin();
        let end = |name: &str| {
            let facts = catalogue.find(&Reference::parse(name).unwrap(), newest_day()).unwrap();
            support_end(&facts).map(|end| (end.day.to_string(), end.long_term.is_some()))
        };
        assert_eq!(end("debian:bookworm"), Some(("2026-07-11".into(), true)));
        assert_eq!(end("ubuntu:24.04"), Some(("2029-05-31".into(), false)));
        assert_eq!(end("alpine:3.20"), Some(("2026-04-01".into(), false)));
        assert_eq!(end("busybox"), None);
    }
}
