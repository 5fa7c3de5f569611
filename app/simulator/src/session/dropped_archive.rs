//! An archive that was dropped onto the page: unpacked into the build context.

use super::Session;
use stageplay_core::archive::Archive;
use stageplay_core::fs::{Content, Memory};
use stageplay_core::host::Host;
use stageplay_core::words::say;
use stageplay_core::workspace::MAX_FILES;
use std::sync::Arc;

/// The name of an archive while it is unpacked.
const NAME: &str = "stageplay-archive";
/// The largest archive that is unpacked, in bytes.
const MAX_ARCHIVE: usize = 64 << 20;

impl Session {
    /// Unpacks an archive into the build context, as `tar` and `unzip` do; what all is in one folder is unpacked from
    /// there. An image archive becomes a base image.
    pub fn take_archive(&mut self, name: &str, bytes: Vec<u8>) {
        let bytes: Arc<[u8]> = bytes.into();
        if Archive::open(Arc::new(Memory(bytes.clone()))).is_ok() {
            return self.take_files(vec![(name.to_string(), bytes.to_vec())]);
        }
        if bytes.len() > MAX_ARCHIVE {
            return self.notice(say(self.language, "page.too-large", &[("name", name)]));
        }
        match self.unpacked(bytes) {
            Ok(files) if files.len() > MAX_FILES => {
                let (count, most) = (files.len().to_string(), MAX_FILES.to_string());
                let params = [("name", name.to_string()), ("count", count), ("most", most)];
                return self.notice(say(self.language, "page.too-many-files", &params));
            }
            Ok(files) => {
                for (path, content, mode) in files {
                    if let Err(error) = self.host.write(&path, content, mode) {
                        self.notice(error.to_string());
                    }
                }
            }
            Err(error) => return self.notice(format!("{name}: {error}")),
        }
        self.may_have_other_workspace = true;
        self.simulate();
        self.request_missing_data();
    }

    /// The files of an archive, each with its path, content and permission bits.
    fn unpacked(&self, bytes: Arc<[u8]>) -> Result<Vec<(String, Content, u32)>, String> {
        let is_zip = bytes.starts_with(b"PK");
        let mut host = Host::new(self.catalogue.clone(), self.engine.clone(), self.builder);
        host.write(NAME, Content::inline(bytes), 0o644).map_err(|error| error.to_string())?;
        let answer = host.run(if is_zip { "unzip -q stageplay-archive" } else { "tar xf stageplay-archive" });
        let files: Vec<(String, Content, u32)> = host
            .context()
            .walk("/")
            .filter_map(|(path, node)| {
                Some((path.trim_start_matches('/').to_string(), node.content()?.clone(), node.mode))
            })
            .filter(|(path, ..)| path != NAME)
            .collect();
        if files.is_empty() {
            return Err(answer.text.trim().to_string());
        }
        let top = files.first().and_then(|(path, ..)| path.split_once('/')).map(|(top, _)| format!("{top}/"));
        let is_in_one = top.as_ref().is_some_and(|top| files.iter().all(|(path, ..)| path.starts_with(top)));
        let skipped = top.filter(|_| is_in_one).map_or(0, |top| top.len());
        Ok(files
            .into_iter()
            .map(|(path, content, mode)| (path.split_at(skipped).1.to_string(), content, mode))
            .collect())
    }
}
