//! What is known of the base images, and the images of references.

use super::Session;
use stageplay_core::base_images::support_end;
use stageplay_core::build::Images;
use stageplay_core::image::{BaseFacts, Image, Reference, short_id};
use stageplay_core::report::Size;
use stageplay_protocol::{BaseDetails, SupportEnd};
use std::sync::Arc;

impl Session {
    /// The image of a reference: of the terminal's engine or a dropped one, else of the catalogue. `None` if there is no
    /// such image or it is not loaded.
    pub(super) fn find_image(&self, reference: &Reference) -> Option<Arc<Image>> {
        let local = self.host.store().lock().ok().and_then(|store| store.snapshot().find(reference));
        local.or_else(|| self.catalogue.image(reference, self.day()).ok())
    }

    /// What is known of a base image of the report.
    pub(super) fn base_details(&self, reference: &str) -> Option<BaseDetails> {
        let image = self.find_image(&Reference::parse(reference).ok()?)?;
        let facts = image.base.as_deref();
        let of = |read: &dyn Fn(&BaseFacts) -> Option<String>| facts.and_then(read);
        let distribution = |facts: &BaseFacts| {
            let field = |name: &str| facts.distro.get(name).filter(|text| !text.is_empty());
            let words = [field("id"), field("version"), field("codename")];
            Some(words.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" "))
        };
        let libc = |facts: &BaseFacts| match facts.libc.flavor.as_str() {
            "none" => None,
            flavor => {
                Some([Some(flavor), facts.libc.version.as_deref()].into_iter().flatten().collect::<Vec<_>>().join(" "))
            }
        };
        let support = facts.and_then(support_end).map(|end| SupportEnd {
            is_over: end.day < self.day(),
            day: end.day.to_string(),
            long_term: end.long_term.map(|day| day.to_string()),
            source: end.source.to_string(),
        });
        Some(BaseDetails {
            size: Size::said(&image.size(), self.language),
            compressed: facts.and_then(|facts| facts.compressed),
            digest: Some(short_id(&image.id)).filter(|id| !id.is_empty()).map(|id| id.to_string()),
            date: of(&|facts| facts.date.clone()),
            distribution: of(&distribution).unwrap_or_default(),
            libc: of(&libc).unwrap_or_default(),
            shell: of(&|facts| facts.shell.clone()),
            package_manager: of(&|facts| facts.package_manager.clone()),
            support_end: support,
        })
    }
}
