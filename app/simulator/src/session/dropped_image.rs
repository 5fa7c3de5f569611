//! An image archive that was dropped onto the page: under which name FROM knows its image.

use super::Session;
use stageplay_core::image::{Image, Reference};
use stageplay_core::words::say;
use std::sync::Arc;

impl Session {
    /// Makes an image known to `FROM`, by the tag of the archive or else by the name of its file.
    pub(super) fn add_base_image(&mut self, file: &str, tag: Option<String>, image: Image) {
        let stem = file.split('.').next().unwrap_or("image").to_lowercase();
        let stem: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let tagged = tag.as_deref().and_then(|tag| Reference::parse(tag).ok());
        let Some(reference) =
            tagged.or_else(|| Reference::parse(&stem).ok()).or_else(|| Reference::parse("image").ok())
        else {
            return;
        };
        let words = [("image", reference.to_string()), ("size", image.size().human())];
        self.notice(say(self.language, "page.base-taken", &words));
        self.dropped_images.retain(|(known, _)| known.to_string() != reference.to_string());
        self.dropped_images.push((reference, Arc::new(image)));
    }
}
