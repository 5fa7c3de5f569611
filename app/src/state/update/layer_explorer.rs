//! Actions in the layer explorer.

use crate::state::effect::Effect;
use crate::state::layer_explorer::LayerExplorerMsg;
use crate::state::model::Model;
use stageplay_core::fs::{Node, path};

/// The largest file that can be downloaded, in bytes.
const MAX_DOWNLOAD: u64 = 256 << 20;

impl Model {
    pub(super) fn update_layer_explorer(&mut self, msg: LayerExplorerMsg) -> Vec<Effect> {
        match msg {
            LayerExplorerMsg::SetOpen(is_open) => {
                let image = self.image().cloned();
                self.layer_explorer.is_open = is_open;
                self.layer_explorer.set_image(image.as_deref());
            }
            LayerExplorerMsg::Toggle(directory) => self.layer_explorer.toggle(directory),
            LayerExplorerMsg::Search(query) => self.layer_explorer.query = query,
            LayerExplorerMsg::Preview(file) => self.layer_explorer.previewed = file,
            LayerExplorerMsg::Download(file) => return self.download_file(&file),
        }
        Vec::new()
    }

    fn download_file(&self, file: &str) -> Vec<Effect> {
        let node = self.image().and_then(|image| image.tree.get(file));
        let content =
            node.and_then(Node::content).filter(|content| content.bytes_known() && content.len <= MAX_DOWNLOAD);
        let Some(content) = content else { return Vec::new() };
        let bytes = content.read_at(0, usize::try_from(content.len).unwrap_or(0)).into_owned();
        vec![Effect::DownloadFile(path::file_name(file).to_string(), bytes)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::file_preview::{FilePreview, preview};
    use crate::state::layer_explorer::FileRow;
    use crate::state::message::Msg;
    use stageplay_core::measure::Bounds;
    use stageplay_core::words::Language;

    fn model(dockerfile: &str) -> Model {
        let mut model = Model::new(Language::English, Default::default());
        model.update(Msg::FileEdited("hello.txt".into(), "hello\n".into()));
        model.update(Msg::FileEdited("Dockerfile".into(), dockerfile.into()));
        assert!(model.layer_explorer.usage.is_none(), "a closed explorer costs nothing");
        model.update(Msg::LayerExplorer(LayerExplorerMsg::SetOpen(true)));
        model
    }

    fn rows(model: &Model) -> Vec<FileRow> {
        model.layer_explorer.rows(&model.image().unwrap().tree).0
    }

    #[test]
    fn directories_expand_and_count_all_files_below_them() {
        let mut model = model("FROM scratch\nCOPY hello.txt /a/b/\nCOPY hello.txt /a/\n");
        assert_eq!(rows(&model).iter().map(|row| row.label.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(rows(&model)[0].usage, Bounds::exactly(12));
        model.update(Msg::LayerExplorer(LayerExplorerMsg::Toggle("/a".into())));
        let paths: Vec<(String, usize)> = rows(&model).into_iter().map(|row| (row.path, row.depth)).collect();
        assert_eq!(paths, [("/a".into(), 0), ("/a/b".into(), 1), ("/a/hello.txt".into(), 1)]);
        assert_eq!(rows(&model)[2].layer, Some(2));
        model.update(Msg::LayerExplorer(LayerExplorerMsg::Toggle("/a".into())));
        assert_eq!(rows(&model).len(), 1);
    }

    #[test]
    fn a_search_finds_paths_and_a_file_can_be_previewed_and_downloaded() {
        let mut model = model("FROM alpine\nCOPY hello.txt /srv/deep/\nCMD [\"sh\"]\n");
        model.update(Msg::LayerExplorer(LayerExplorerMsg::Search("HELLO".into())));
        let results = rows(&model);
        assert_eq!(results.iter().map(|row| row.path.as_str()).collect::<Vec<_>>(), ["/srv/deep/hello.txt"]);
        let image = model.image().unwrap().clone();
        let content = image.tree.get(&results[0].path).unwrap().content().unwrap();
        assert!(matches!(preview(content), FilePreview::Text { text, truncated: false } if text == "hello\n"));
        let effects = model.update(Msg::LayerExplorer(LayerExplorerMsg::Download(results[0].path.clone())));
        assert_eq!(effects, [Effect::DownloadFile("hello.txt".into(), b"hello\n".to_vec())]);
        let busybox = image.tree.get("/bin/busybox").unwrap().content().unwrap();
        assert!(matches!(preview(busybox), FilePreview::Elf(_)));
        assert_eq!(model.update(Msg::LayerExplorer(LayerExplorerMsg::Download("/bin/busybox".into()))), []);
    }

    #[test]
    fn the_preview_closes_when_its_file_is_gone() {
        let mut model = model("FROM scratch\nCOPY hello.txt /\n");
        model.update(Msg::LayerExplorer(LayerExplorerMsg::Preview(Some("/hello.txt".into()))));
        assert!(model.layer_explorer.previewed.is_some());
        model.update(Msg::FileEdited("Dockerfile".into(), "FROM scratch\nCOPY hello.txt /other\n".into()));
        assert_eq!(model.layer_explorer.previewed, None);
    }
}
