//! The layer explorer: its actions, and what it shows.

use super::Session;
use crate::file_preview::{file_type_id, preview};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stageplay_core::fs::{Node, path};
use stageplay_protocol::{Event, ExplorerRequest, ExplorerView, FileView};

/// The largest file that can be downloaded, in bytes.
const MAX_DOWNLOAD: u64 = 256 << 20;

impl Session {
    pub(super) fn explore(&mut self, request: ExplorerRequest) {
        match request {
            ExplorerRequest::SetOpen(is_open) => {
                let image = self.image().cloned();
                self.explorer.is_open = is_open;
                self.explorer.set_image(image.as_deref());
            }
            ExplorerRequest::Toggle(directory) => self.explorer.toggle(directory),
            ExplorerRequest::Search(query) => self.explorer.query = query,
            ExplorerRequest::Preview(file) => self.explorer.previewed = file,
            ExplorerRequest::Download(file) => self.download_file(&file),
        }
    }

    /// What the explorer shows; nothing while it is closed.
    pub(super) fn explorer_view(&self) -> ExplorerView {
        let Some(image) = self.image() else { return ExplorerView::default() };
        let (rows, left_out) = self.explorer.rows(&image.tree);
        let node = |path: &String| Some((path.clone(), image.tree.get(path)?));
        let view = |(path, node): (String, &Node)| FileView {
            path,
            type_id: file_type_id(node).to_string(),
            mode: node.mode,
            owner: (node.uid, node.gid),
            can_download: node.content().is_some_and(|content| content.bytes_known()),
            body: node.content().map(preview),
        };
        ExplorerView { rows, left_out, preview: self.explorer.previewed.as_ref().and_then(node).map(view) }
    }

    fn download_file(&mut self, file: &str) {
        let node = self.image().and_then(|image| image.tree.get(file));
        let content =
            node.and_then(Node::content).filter(|content| content.bytes_known() && content.len <= MAX_DOWNLOAD);
        let Some(content) = content else { return };
        let bytes = STANDARD.encode(content.read_at(0, usize::try_from(content.len).unwrap_or(0)));
        self.tell(Event::Download(path::file_name(file).to_string(), bytes));
    }
}
