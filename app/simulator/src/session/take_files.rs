//! Files that were dropped onto the page or chosen: which are taken, and with which mode.

use super::Session;
use stageplay_core::archive::Archive;
use stageplay_core::elf::is_elf;
use stageplay_core::fs::{Content, Memory};
use stageplay_core::words::say;
use std::sync::Arc;

/// The largest file of the build context, in bytes. Images and large programs may be larger.
const MAX_FILE: usize = 64 << 20;

impl Session {
    /// Adds files that were dropped or chosen, by their paths. An image archive (docker save, OCI) becomes a base image;
    /// any other file goes into the build context. One simulation follows.
    pub fn take_files(&mut self, files: Vec<(String, Vec<u8>)>) {
        for (path, bytes) in files {
            self.take_file(&path, bytes.into());
        }
        self.may_have_other_workspace = true;
        self.simulate();
        self.request_missing_data();
    }

    fn take_file(&mut self, path: &str, bytes: Arc<[u8]>) {
        match Archive::open_all(Arc::new(Memory(bytes.clone()))) {
            Ok(archives) => return self.add_base_images(path, archives),
            Err(_) if bytes.len() > MAX_FILE => {
                return self.notice(say(self.language, "page.too-large", &[("name", path)]));
            }
            // The file is not an image archive.
            Err(_) => {}
        }
        let mode = if is_elf(&bytes) || bytes.starts_with(b"#!") { 0o755 } else { 0o644 };
        if let Err(error) = self.host.write(path, Content::inline(bytes), mode) {
            self.notice(error.to_string());
        }
    }

    /// The browser cannot read a file any more: it was moved or changed.
    pub fn file_is_gone(&mut self, name: &str) {
        self.notice(say(self.language, "page.file-gone", &[("name", name)]));
    }
}
