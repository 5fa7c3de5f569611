//! What can be downloaded: the files of the build context as a zip archive, and one file of the image.

use super::Session;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rawzip::{CompressionMethod, ZipArchiveWriter};
use stageplay_core::fs::{Node, path};
use stageplay_core::words::say;
use stageplay_protocol::Event;
use std::io::{Cursor, Write as _};

/// The largest file that can be downloaded, in bytes.
const MAX_DOWNLOAD: u64 = 256 << 20;

impl Session {
    /// Offers the files of the build context as a zip archive. Files of which not all bytes are known are left out, and
    /// said.
    pub(super) fn offer_files(&mut self) {
        let context = self.host.context();
        let (mut whole, mut in_part) = (Vec::new(), Vec::new());
        for (path, node) in context.walk("/") {
            let Some(content) = node.content() else { continue };
            let path = path.trim_start_matches('/').to_string();
            match content.bytes() {
                Some(bytes) => whole.push((path, node.mode, bytes.to_vec())),
                None => in_part.push(path),
            }
        }
        match zip(&whole) {
            Ok(bytes) => self.tell(Event::Download("stageplay-files.zip".into(), STANDARD.encode(bytes))),
            Err(error) => self.notice(error.to_string()),
        }
        if !in_part.is_empty() {
            self.notice(say(self.language, "page.not-in-archive", &[("names", in_part.join(", "))]));
        }
    }

    /// Offers a file of the shown image, if all its bytes are known.
    pub(super) fn download_file(&mut self, file: &str) {
        let image = self.explorer.shown.as_ref().map(|shown| &shown.image).or_else(|| self.image());
        let node = image.and_then(|image| image.tree.get(file));
        let content =
            node.and_then(Node::content).filter(|content| content.bytes_known() && content.len <= MAX_DOWNLOAD);
        let Some(content) = content else { return };
        let bytes = STANDARD.encode(content.read_at(0, usize::try_from(content.len).unwrap_or(0)));
        self.tell(Event::Download(path::file_name(file).to_string(), bytes));
    }
}

/// Files as a zip archive, stored as they are.
fn zip(files: &[(String, u32, Vec<u8>)]) -> Result<Vec<u8>, rawzip::Error> {
    let mut archive = ZipArchiveWriter::new(Cursor::new(Vec::new()));
    for (path, mode, bytes) in files {
        let (mut entry, config) = archive
            .new_file(path)
            .compression_method(CompressionMethod::STORE)
            .unix_permissions(0o100_000 | mode)
            .start()?;
        let mut writer = config.wrap(&mut entry);
        writer.write_all(bytes).map_err(rawzip::Error::from)?;
        let (_, descriptor) = writer.finish()?;
        entry.finish(descriptor)?;
    }
    Ok(archive.finish()?.into_inner())
}
