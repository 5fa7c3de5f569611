//! The files of the image: a tree that is opened folder by folder, a search, and one file that is looked at.

use super::model::{Effect, Model};
use stageplay_core::fs::{Content, Kind, Node, Special, Tree, path};
use stageplay_core::image::Image;
use stageplay_core::measure::{Honesty, Size};
use stageplay_core::report::{ElfReport, elf_report};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Rows that are shown at once.
const MAX_ROWS: usize = 400;
/// Bytes of a text that are shown.
const MAX_TEXT: usize = 64 << 10;
/// Bytes of anything else.
const MAX_DUMP: usize = 512;
/// Largest file that can be saved, in bytes.
const MAX_SAVED: u64 = 256 << 20;

/// What somebody did with the files.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExplorerMsg {
    /// The list is shown, or closed.
    Show(bool),
    /// A folder is opened, or closed.
    Toggle(String),
    /// Names are looked for.
    Search(String),
    /// A file is looked at, or no longer.
    View(Option<String>),
    /// A file is kept on the person's machine.
    Save(String),
}

/// What is open and what is looked for.
#[derive(Debug, Default)]
pub struct Explorer {
    open: BTreeSet<String>,
    /// What is looked for.
    pub query: String,
    /// The file that is looked at.
    pub viewed: Option<String>,
    totals: Option<Totals>,
    /// Somebody looks at the list.
    shown: bool,
}

/// What is below each folder of one image.
#[derive(Debug)]
struct Totals {
    of: String,
    bytes: BTreeMap<Arc<str>, Weight>,
    /// The layer that last wrote each path, by its number from 1.
    layers: BTreeMap<Arc<str>, usize>,
}

/// How much something weighs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    /// Bytes that are known.
    pub bytes: u64,
    /// More may be there.
    pub open: bool,
}

/// One line of the listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The path in the image.
    pub path: String,
    /// What is shown of it: a name in the tree, the whole path of something found.
    pub name: String,
    /// How deep in the tree, from 0.
    pub depth: usize,
    /// A folder, and whether it is open.
    pub folder: Option<bool>,
    /// Where a symbolic link leads.
    pub target: Option<String>,
    /// Permission bits.
    pub mode: u32,
    /// Owner and group.
    pub owner: (u32, u32),
    /// What it weighs, with all that is below it.
    pub weight: Weight,
    /// The layer that last wrote it, from 1; none for what the base image only is known to have.
    pub layer: Option<usize>,
}

/// What is shown of a file.
#[derive(Clone, Debug)]
pub enum Shown {
    /// Its text, and whether there is more.
    Text(String, bool),
    /// Its first bytes.
    Bytes(Vec<u8>),
    /// What an ELF file says of itself.
    Program(Box<ElfReport>),
    /// What it holds is not known.
    Unknown,
}

fn weight(node: &Node) -> Weight {
    match node.content() {
        // Of a file that is only begun the rest weighs more than what is at hand.
        Some(content) if !content.len_known => Weight { bytes: 0, open: true },
        Some(content) => Weight { bytes: content.len, open: false },
        None => {
            let parts = node.unlisted().into_iter().flat_map(|unlisted| unlisted.parts());
            let weighs = parts.fold(Size::ZERO, |sum, (_, size)| sum + size.clone());
            let open = node.holds_unknown() || weighs.honesty() == Honesty::Unknown;
            Weight { bytes: weighs.at_least(), open }
        }
    }
}

impl Totals {
    fn of(image: &Image) -> Totals {
        let mut bytes: BTreeMap<Arc<str>, Weight> = BTreeMap::new();
        for (place, node) in image.tree.walk("/") {
            let own = weight(node);
            if node.is_dir() {
                let sum = bytes.entry(place.clone()).or_default();
                sum.open |= own.open;
                // The root gets its own below, as the last of its own parents.
                sum.bytes = sum.bytes.saturating_add(if &**place == "/" { 0 } else { own.bytes });
            }
            let mut folder = path::parent(place);
            loop {
                let sum = bytes.entry(folder.into()).or_default();
                sum.bytes = sum.bytes.saturating_add(own.bytes);
                sum.open |= own.open;
                if folder == "/" {
                    break;
                }
                folder = path::parent(folder);
            }
        }
        let mut layers = BTreeMap::new();
        for (index, layer) in image.layers.iter().enumerate() {
            layers.extend(layer.entries.iter().map(|entry| (entry.path.clone(), index + 1)));
        }
        Totals { of: image.id.clone(), bytes, layers }
    }
}

impl Explorer {
    fn row(&self, totals: &Totals, place: &str, node: &Node, name: &str, depth: usize) -> Row {
        let target = match &node.kind {
            Kind::Symlink(target) => Some(target.to_string()),
            _ => None,
        };
        let sum = totals.bytes.get(place).copied().filter(|_| node.is_dir());
        Row {
            path: place.to_string(),
            name: name.to_string(),
            depth,
            folder: node.is_dir().then(|| self.open.contains(place)),
            target,
            mode: node.mode,
            owner: (node.uid, node.gid),
            weight: sum.unwrap_or_else(|| weight(node)),
            layer: totals.layers.get(place).copied(),
        }
    }

    /// The lines to show, and how many more there would be.
    pub fn rows(&self, tree: &Tree) -> (Vec<Row>, usize) {
        let Some(totals) = &self.totals else { return (Vec::new(), 0) };
        let mut rows = Vec::new();
        let mut more = 0;
        let query = self.query.trim().to_lowercase();
        if query.is_empty() {
            self.below(tree, totals, "/", 0, &mut rows, &mut more);
            return (rows, more);
        }
        for (place, node) in tree.walk("/").filter(|(place, _)| place.to_lowercase().contains(&query)) {
            match rows.len() < MAX_ROWS {
                true => rows.push(self.row(totals, place, node, place, 0)),
                false => more += 1,
            }
        }
        (rows, more)
    }

    fn below(&self, tree: &Tree, totals: &Totals, folder: &str, depth: usize, rows: &mut Vec<Row>, more: &mut usize) {
        let place = |name: &str| path::join(folder, name);
        let mut children = tree.children(folder);
        // What weighs most stands first.
        let heavy = |name: &str, node: &Node| match node.is_dir() {
            true => totals.bytes.get(place(name).as_str()).map_or(0, |sum| sum.bytes),
            false => weight(node).bytes,
        };
        children.sort_by_key(|(name, node)| (std::cmp::Reverse(heavy(name, node)), name.to_string()));
        for (name, node) in children {
            if rows.len() >= MAX_ROWS {
                *more += 1;
                continue;
            }
            let path = place(name);
            rows.push(self.row(totals, &path, node, name, depth));
            if node.is_dir() && self.open.contains(&path) {
                self.below(tree, totals, &path, depth + 1, rows, more);
            }
        }
    }
}

/// What can be shown of a file.
pub fn shown(content: &Content) -> Shown {
    let head = content.read_at(0, MAX_TEXT);
    if stageplay_core::elf::is_elf(&head)
        && let Ok(report) = elf_report(content)
    {
        return Shown::Program(Box::new(report));
    }
    if !content.bytes_known() {
        return Shown::Unknown;
    }
    // A character may be cut in two at the end.
    let text = match std::str::from_utf8(&head) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok(),
        Err(_) => None,
    };
    match text.filter(|text| !text.contains('\0')) {
        Some(text) => Shown::Text(text.to_string(), content.len > MAX_TEXT as u64),
        None => Shown::Bytes(head.iter().take(MAX_DUMP).copied().collect()),
    }
}

/// Of what kind a node is, for people: an id of the interface's words.
pub fn kind(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Dir { .. } => "kind.folder",
        Kind::Symlink(_) => "kind.link",
        Kind::Special(Special::Fifo) => "kind.pipe",
        Kind::Special(_) => "kind.device",
        Kind::File(_) => "kind.file",
    }
}

impl Model {
    /// The image whose files are shown.
    pub fn explored(&self) -> Option<&Arc<Image>> {
        self.simulation.as_ref()?.built.image.as_ref()
    }

    /// After a simulation: what is known of another image's files is no longer of use.
    pub(super) fn explore_anew(&mut self) {
        // Weighing walks the whole tree: not for a list that nobody looks at.
        let image = self.explored().filter(|_| self.explorer.shown).cloned();
        let of = |totals: &Totals| image.as_ref().is_some_and(|image| image.id == totals.of);
        if self.explorer.totals.as_ref().is_some_and(of) {
            return;
        }
        self.explorer.totals = image.as_deref().map(Totals::of);
        let is_there = |place: &String| self.explored().is_some_and(|image| image.tree.get(place).is_some());
        let viewed = self.explorer.viewed.clone().filter(is_there);
        self.explorer.viewed = viewed;
    }

    pub(super) fn explore(&mut self, msg: ExplorerMsg) -> Vec<Effect> {
        match msg {
            ExplorerMsg::Show(shown) => {
                self.explorer.shown = shown;
                self.explore_anew();
            }
            ExplorerMsg::Toggle(folder) => {
                if !self.explorer.open.remove(&folder) {
                    self.explorer.open.insert(folder);
                }
            }
            ExplorerMsg::Search(query) => self.explorer.query = query,
            ExplorerMsg::View(file) => self.explorer.viewed = file,
            ExplorerMsg::Save(file) => return self.save(&file),
        }
        Vec::new()
    }

    fn save(&self, file: &str) -> Vec<Effect> {
        let node = self.explored().and_then(|image| image.tree.get(file));
        let content = node.and_then(Node::content).filter(|content| content.bytes_known() && content.len <= MAX_SAVED);
        let Some(content) = content else { return Vec::new() };
        let bytes = content.read_at(0, usize::try_from(content.len).unwrap_or(0)).into_owned();
        vec![Effect::Save(path::file_name(file).to_string(), bytes)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Msg;
    use stageplay_core::words::Language;

    fn model(dockerfile: &str) -> Model {
        let mut model = Model::new(Language::English, None);
        model.update(Msg::Edited("hello.txt".into(), "hello\n".into()));
        model.update(Msg::Edited("Dockerfile".into(), dockerfile.into()));
        assert!(model.explorer.totals.is_none(), "a closed list costs nothing");
        model.update(Msg::Explorer(ExplorerMsg::Show(true)));
        model
    }

    fn rows(model: &Model) -> Vec<Row> {
        model.explorer.rows(&model.explored().unwrap().tree).0
    }

    #[test]
    fn folders_open_and_are_as_heavy_as_what_is_in_them() {
        let mut model = model("FROM scratch\nCOPY hello.txt /a/b/\nCOPY hello.txt /a/\n");
        assert_eq!(rows(&model).iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["a"]);
        assert_eq!(rows(&model)[0].weight, Weight { bytes: 12, open: false });
        model.update(Msg::Explorer(ExplorerMsg::Toggle("/a".into())));
        let names: Vec<(String, usize)> = rows(&model).into_iter().map(|row| (row.path, row.depth)).collect();
        assert_eq!(names, [("/a".into(), 0), ("/a/b".into(), 1), ("/a/hello.txt".into(), 1)]);
        assert_eq!(rows(&model)[2].layer, Some(2));
        model.update(Msg::Explorer(ExplorerMsg::Toggle("/a".into())));
        assert_eq!(rows(&model).len(), 1);
    }

    #[test]
    fn a_search_finds_paths_and_a_file_can_be_looked_at_and_saved() {
        let mut model = model("FROM alpine\nCOPY hello.txt /srv/deep/\nCMD [\"sh\"]\n");
        model.update(Msg::Explorer(ExplorerMsg::Search("HELLO".into())));
        let found = rows(&model);
        assert_eq!(found.iter().map(|row| row.path.as_str()).collect::<Vec<_>>(), ["/srv/deep/hello.txt"]);
        let image = model.explored().unwrap().clone();
        let content = image.tree.get(&found[0].path).unwrap().content().unwrap();
        assert!(matches!(shown(content), Shown::Text(text, false) if text == "hello\n"));
        let effects = model.update(Msg::Explorer(ExplorerMsg::Save(found[0].path.clone())));
        assert_eq!(effects, [Effect::Save("hello.txt".into(), b"hello\n".to_vec())]);
        let busybox = image.tree.get("/bin/busybox").unwrap().content().unwrap();
        assert!(matches!(shown(busybox), Shown::Program(_)));
        assert_eq!(model.update(Msg::Explorer(ExplorerMsg::Save("/bin/busybox".into()))), []);
    }

    #[test]
    fn what_is_looked_at_goes_with_its_image() {
        let mut model = model("FROM scratch\nCOPY hello.txt /\n");
        model.update(Msg::Explorer(ExplorerMsg::View(Some("/hello.txt".into()))));
        assert!(model.explorer.viewed.is_some());
        model.update(Msg::Edited("Dockerfile".into(), "FROM scratch\nCOPY hello.txt /other\n".into()));
        assert_eq!(model.explorer.viewed, None);
    }

    #[test]
    fn a_character_that_is_cut_ends_the_text() {
        let mut bytes = vec![b'a'; MAX_TEXT - 1];
        bytes.extend("é".bytes());
        assert!(matches!(shown(&Content::inline(bytes)), Shown::Text(text, true) if text.len() == MAX_TEXT - 1));
        assert!(matches!(shown(&Content::inline([0, 1, 2])), Shown::Bytes(_)));
        assert!(matches!(shown(&Content::unknown("why")), Shown::Unknown));
    }
}
