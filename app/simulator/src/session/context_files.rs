//! The files of the build context: edited by the page, dropped onto it.

use super::Session;
use stageplay_core::archive::Archive;
use stageplay_core::elf::is_elf;
use stageplay_core::fs::{Content, Memory};
use stageplay_core::image::{Image, Reference};
use stageplay_core::words::say;
use stageplay_protocol::Workspace;
use std::sync::Arc;

/// The largest file of the build context, in bytes. Images and large programs may be larger.
const MAX_FILE: usize = 64 << 20;

impl Session {
    /// Writes the texts of edited files, and simulates with them.
    pub(super) fn edit_files(&mut self, files: Vec<(String, String)>) {
        for (path, text) in files {
            if let Err(error) = self.host.write(&path, Content::inline(text.as_bytes()), 0o644) {
                self.notice(error.to_string());
                // The page has a file that is not there.
                self.may_have_other_workspace = true;
            }
            if let Some(told) = &mut self.told.workspace {
                Workspace::write(told, &path, text);
            }
        }
        self.simulate();
    }

    /// Adds a file that was dropped or chosen. An image archive (docker save, OCI) becomes a base image; any other
    /// file goes into the build context.
    pub fn take_file(&mut self, name: &str, bytes: Vec<u8>) {
        let bytes: Arc<[u8]> = bytes.into();
        let archive = Archive::open(Arc::new(Memory(bytes.clone())));
        match archive.map(|archive| (archive.tags.first().cloned(), archive.image())) {
            Ok((tag, Ok(image))) => return self.add_base_image(name, tag, image),
            Ok((_, Err(error))) => return self.notice(format!("{name}: {error}")),
            Err(_) if bytes.len() > MAX_FILE => {
                return self.notice(say(self.language, "page.too-large", &[("name", name)]));
            }
            // The file is not an image archive.
            Err(_) => {}
        }
        let mode = if is_elf(&bytes) || bytes.starts_with(b"#!") { 0o755 } else { 0o644 };
        if let Err(error) = self.host.write(name, Content::inline(bytes), mode) {
            self.notice(error.to_string());
        }
        self.may_have_other_workspace = true;
        self.simulate();
        self.request_missing_data();
    }

    /// The browser cannot read a file any more: it was moved or changed.
    pub fn file_is_gone(&mut self, name: &str) {
        self.notice(say(self.language, "page.file-gone", &[("name", name)]));
    }

    /// Makes an image known to `FROM`, by the tag of the archive or else by the name of its file.
    fn add_base_image(&mut self, file: &str, tag: Option<String>, image: Image) {
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
        self.simulate();
        self.request_missing_data();
    }
}
