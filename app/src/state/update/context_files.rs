//! The files of the build context: edited, opened, created, dropped onto the page.

use crate::state::effect::Effect;
use crate::state::model::Model;
use crate::state::panel::Panel;
use stageplay_core::archive::Archive;
use stageplay_core::elf::is_elf;
use stageplay_core::fs::{Content, Memory};
use stageplay_core::image::{Image, Reference};
use stageplay_core::words::say;
use std::sync::Arc;

/// The largest file of the build context, in bytes. Images and large programs may be larger.
const MAX_FILE: usize = 64 << 20;

impl Model {
    pub(super) fn edit_file(&mut self, path: &str, text: String) -> Vec<Effect> {
        if self.file_text(path).as_deref() == Some(&text) {
            return Vec::new();
        }
        self.write_file(path, Content::inline(text.into_bytes()), 0o644)
    }

    /// Opens a file in the editor. A Dockerfile becomes the one that is built.
    pub(super) fn open_file(&mut self, path: String) -> Vec<Effect> {
        self.open_file = path;
        self.panel = Panel::Editor;
        let mut effects = vec![Effect::ShowOpenFile { reset: false }];
        if Self::is_dockerfile(&self.open_file) && self.open_file != self.dockerfile {
            self.dockerfile = self.open_file.clone();
            self.simulate();
            effects.push(Effect::SaveWorkspace);
        }
        effects
    }

    pub(super) fn create_file(&mut self, path: &str) -> Vec<Effect> {
        let path = path.trim().trim_start_matches('/').to_string();
        if path.is_empty() || self.files().iter().any(|file| file.path == path) {
            return Vec::new();
        }
        match self.host.write(&path, Content::inline([]), 0o644) {
            Ok(()) => {
                self.simulate();
                let mut effects = self.open_file(path);
                effects.push(Effect::SaveWorkspace);
                effects
            }
            Err(error) => {
                self.notice = Some(error.to_string());
                Vec::new()
            }
        }
    }

    /// Sets whether files that the build context lacks are assumed to exist.
    pub(super) fn assume_files(&mut self, on: bool) -> Vec<Effect> {
        self.assumes_context = on;
        self.simulate();
        vec![Effect::SaveWorkspace]
    }

    /// Adds a file that was dropped or chosen. An image archive (docker save, OCI) becomes a base image; any other
    /// file goes into the build context.
    pub(super) fn add_file(&mut self, name: &str, bytes: Vec<u8>) -> Vec<Effect> {
        let bytes: Arc<[u8]> = bytes.into();
        let archive = Archive::open(Arc::new(Memory(bytes.clone())));
        match archive.map(|archive| (archive.tags.first().cloned(), archive.image())) {
            Ok((tag, Ok(image))) => return self.add_base_image(name, tag, image),
            Ok((_, Err(error))) => {
                self.notice = Some(format!("{name}: {error}"));
                return Vec::new();
            }
            Err(_) if bytes.len() > MAX_FILE => {
                self.notice = Some(say(self.language, "page.too-large", &[("name", name)]));
                return Vec::new();
            }
            // The file is not an image archive.
            Err(_) => {}
        }
        let mode = if is_elf(&bytes) || bytes.starts_with(b"#!") { 0o755 } else { 0o644 };
        self.write_file(name, Content::inline(bytes), mode)
    }

    fn write_file(&mut self, path: &str, content: Content, mode: u32) -> Vec<Effect> {
        if let Err(error) = self.host.write(path, content, mode) {
            self.notice = Some(error.to_string());
        }
        self.simulate();
        vec![Effect::SaveWorkspace]
    }

    /// Makes an image known to `FROM`, by the tag of the archive or else by the name of its file.
    fn add_base_image(&mut self, file: &str, tag: Option<String>, image: Image) -> Vec<Effect> {
        let stem = file.split('.').next().unwrap_or("image").to_lowercase();
        let stem: String = stem.chars().filter(|c| c.is_ascii_alphanumeric() || *c == '-').collect();
        let tagged = tag.as_deref().and_then(|tag| Reference::parse(tag).ok());
        let Some(reference) =
            tagged.or_else(|| Reference::parse(&stem).ok()).or_else(|| Reference::parse("image").ok())
        else {
            return Vec::new();
        };
        let words = [("image", reference.to_string()), ("size", image.size().human())];
        self.notice = Some(say(self.language, "page.base-taken", &words));
        self.dropped_images.retain(|(known, _)| known.to_string() != reference.to_string());
        self.dropped_images.push((reference, Arc::new(image)));
        self.simulate();
        Vec::new()
    }
}
