//! On which days a listed image stands for its tag.

use super::catalogue::{Catalogue, newest_day};
use super::official::{Build, Family};
use super::resolver::Unresolved;
use crate::image::{BaseFacts, Day, Image, Reference};
use std::sync::Arc;

/// A listed image stands for its tag this many days before and after its own day.
const LISTED_DAYS: i32 = 45;

impl Catalogue {
    /// The image of facts that [`Catalogue::entries`] lists for a day: what their first tag means on it.
    ///
    /// # Errors
    /// [`Unresolved`].
    pub(crate) fn listed_image(&self, facts: &Arc<BaseFacts>, day: Day) -> Result<Arc<Image>, Unresolved> {
        let about_then = facts.day().is_some_and(|listed| listed.days_since(day).abs() <= LISTED_DAYS);
        if facts.size_basis != "rough" && (about_then || day >= newest_day()) {
            return Ok(self.image_of(facts));
        }
        let tag = facts.tags.first().map_or("latest", String::as_str).to_string();
        self.image(&Reference { repository: facts.name.clone(), tag, digest: None }, day)
    }

    /// The listed image that stands for a tag on a day: of the same build, or listed about that day.
    pub(super) fn listed_for(
        &self,
        family: &Family,
        tag: &str,
        build: Option<&Build>,
        day: Day,
    ) -> Option<Arc<BaseFacts>> {
        let newest = day >= newest_day();
        let fits = |facts: &&Arc<BaseFacts>| {
            if !facts.tags.iter().any(|one| one == tag) || facts.size_basis == "rough" {
                return false;
            }
            let Some(listed) = facts.day() else { return false };
            let same = || {
                let then = family.build(tag, listed);
                then.zip(build).is_some_and(|(then, now)| std::ptr::eq(then, now))
            };
            (newest && facts.era != "2018") || listed.days_since(day).abs() <= LISTED_DAYS || same()
        };
        let apart = |facts: &&Arc<BaseFacts>| facts.day().map_or(i32::MAX, |listed| listed.days_since(day).abs());
        self.listed_of(&family.name).filter(fits).min_by_key(apart).cloned()
    }
}
