//! An image archive that was dropped onto the page: under which names FROM knows its images.

use super::Session;
use stageplay_core::archive::Archive;
use stageplay_core::fs::path::file_name;
use stageplay_core::image::{Image, Reference};
use stageplay_core::words::say;
use std::sync::Arc;

impl Session {
    /// Makes the images of an archive known to `FROM`, each by all its tags. Of one tag for several platforms the image
    /// for amd64 is taken.
    pub(super) fn add_base_images(&mut self, path: &str, mut archives: Vec<Archive>) {
        let is_amd64 = |archive: &Archive| archive.config().get("architecture").is_none_or(|name| name == "amd64");
        let of_amd64: Vec<Vec<String>> =
            archives.iter().filter(|archive| is_amd64(archive)).map(|archive| archive.tags.clone()).collect();
        archives.retain(|archive| is_amd64(archive) || !of_amd64.contains(&archive.tags));
        for archive in archives {
            match archive.image() {
                Ok(image) if archive.tags.is_empty() => self.add_base_image(file_name(path), None, Arc::new(image)),
                Ok(image) => {
                    let image = Arc::new(image);
                    archive.tags.iter().for_each(|tag| self.add_base_image(file_name(path), Some(tag), image.clone()));
                }
                Err(error) => self.notice(format!("{path}: {error}")),
            }
        }
    }

    /// Makes an image known to `FROM`, by a tag of the archive or else by the name of its file.
    fn add_base_image(&mut self, file: &str, tag: Option<&String>, image: Arc<Image>) {
        let stem = file.split('.').next().unwrap_or("image").to_lowercase();
        let stem: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let tagged = tag.and_then(|tag| Reference::parse(tag).ok());
        let Some(reference) =
            tagged.or_else(|| Reference::parse(&stem).ok()).or_else(|| Reference::parse("image").ok())
        else {
            return;
        };
        let words = [("image", reference.to_string()), ("size", image.size().human())];
        self.notice(say(self.language, "page.base-taken", &words));
        self.dropped_images.retain(|(known, _)| known.to_string() != reference.to_string());
        self.dropped_images.push((reference, image));
    }
}
