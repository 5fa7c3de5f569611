//! The layer explorer: the layers of an image, its files, and where each file comes from.

use crate::ProgramHeaders;
use serde::{Deserialize, Serialize};
use stageplay_report::Size;

/// An action in the layer explorer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExplorerRequest {
    /// Open or close the explorer.
    SetOpen(bool),
    /// Show the image of a stage, by its index; `None` for the target.
    SelectStage(Option<usize>),
    /// Show the files of one layer, by its index from 0; `None` for those of the whole image.
    SelectLayer(Option<usize>),
    /// Compare the image with another one; `None` ends the comparison.
    Compare(Option<Comparand>),
    /// Show paths by their [`PathChange`], in its order.
    ShowChanges([bool; 4]),
    /// Search for paths that contain a text.
    Search(String),
    /// Show files of one content type, by its id; empty for all.
    ShowType(String),
    /// Show the files below a directory.
    Zoom(String),
    /// Expand or collapse a directory.
    Toggle(String),
    /// Show the rows from a number on, counted from 0.
    ShowRows(usize),
    /// Show a file with its origin, or close it.
    Inspect(Option<String>),
    /// Download a file.
    Download(String),
}

/// What an image is compared with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Comparand {
    /// The files as they are after a layer of the same image, by its index from 0.
    Layer(usize),
    /// The image of another stage, by its index.
    Stage(usize),
    /// Another image, by its reference.
    Image(String),
    /// The image as the workspace made it when it was opened, or when it was kept.
    Kept,
}

/// The content types by which files are found.
pub const CONTENT_TYPES: [&str; 7] = ["elf", "script", "text", "binary", "empty", "link", "unknown"];

/// What happened to a path.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PathChange {
    /// It is new.
    Added,
    /// It is held again: content, mode, owner or time changed.
    Changed,
    /// It is gone.
    Removed,
    /// It is as before.
    #[default]
    Unchanged,
}

impl PathChange {
    /// All changes, in the order of the toggles.
    pub const ALL: [PathChange; 4] =
        [PathChange::Added, PathChange::Changed, PathChange::Removed, PathChange::Unchanged];

    /// The id of its words and its class: `added` and so on.
    pub fn id(self) -> &'static str {
        ["added", "changed", "removed", "unchanged"][self as usize]
    }
}

/// A layer of the image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LayerRow {
    /// The instruction as the Dockerfile has it; of a layer of the base image what its history says.
    pub instruction: String,
    /// The line of the Dockerfile, counted from 1; `None` for a layer of the base image.
    pub line: Option<usize>,
    /// The stage whose step made it.
    pub stage: Option<usize>,
    /// The base image that the layer belongs to.
    pub base: Option<String>,
    /// Its size on disk.
    pub size: Size,
    /// The bytes of it that are known.
    pub known_bytes: u64,
    /// Its size as it is transferred, compressed with gzip; `None` if nothing tells it.
    pub compressed: Option<Size>,
    /// The reason of its size in one line.
    pub reason: Option<String>,
    /// The number of paths that it adds, changes and removes.
    pub changes: [usize; 3],
    /// The bytes of its files that a later layer replaces or removes.
    pub reclaimable: u64,
    /// The same as text with its mark.
    pub reclaimable_size: String,
}

/// What the layer explorer shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExplorerView {
    /// The stage whose image is shown.
    pub stage: Option<usize>,
    /// Whether the image is the last one that was made, because the present text makes none.
    pub is_outdated: bool,
    /// The layers from the lowest to the highest.
    pub layers: Vec<LayerRow>,
    /// Its compressed size as a whole, where the registry's figure of the base image is known.
    pub compressed_base: Option<Size>,
    /// What is held more than once; `None` for an image of too many entries.
    pub space: Option<RepeatedFiles>,
    /// The layer whose files are shown, by its index from 0; `None` for the whole image.
    pub layer: Option<usize>,
    /// What the image is compared with.
    pub comparison: Option<ImageComparison>,
    /// What it could be compared with.
    pub comparands: Vec<Comparand>,
    /// The number of files of each [`PathChange`], in its order, and their size as text.
    pub counts: [(usize, String); 4],
    /// Which of them are shown.
    pub shown_changes: [bool; 4],
    /// The directory whose files are shown.
    pub directory: String,
    /// Its files and directories by size, the largest first; what is small is one tile without a path, and what the image
    /// holds beside the files that are listed is one without files.
    pub tiles: Vec<MapTile>,
    /// The largest files below the directory, wherever they are: path and size as text, the largest first; at most 12.
    pub largest: Vec<(String, String)>,
    /// The rows of the list from [`ExplorerView::first_row`] on.
    pub rows: Vec<FileRow>,
    /// The number of the first row of `rows`, from 0.
    pub first_row: usize,
    /// The number of all rows.
    pub row_count: usize,
    /// The file that is inspected.
    pub file: Option<FileView>,
}

/// Files that more than one layer holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct RepeatedFiles {
    /// Bytes of copies that are not the last one, or of files that are removed: what one layer in place of all would save.
    pub reclaimable: u64,
    /// The same as text with its mark: a lower bound, if the size of a copy is not known.
    pub size: String,
    /// The largest: path, size as text, and the layers that hold it, by their index from 0; at most 50.
    pub files: Vec<(String, String, Vec<usize>)>,
    /// dive's `wastedBytes`: all copies of paths that more than one layer has, the last one too.
    pub dive_wasted: u64,
    /// The same as text with its mark.
    pub dive_size: String,
    /// dive's efficiency, from 0 to 1.
    pub dive_efficiency: f64,
}

/// A comparison of the image with another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImageComparison {
    /// The other one.
    pub with: Comparand,
    /// Its size.
    pub size_before: Option<Size>,
    /// The size of the image.
    pub size_after: Size,
    /// Why there is none: `not-there`, `loading`.
    pub problem: Option<String>,
}

/// A tile of the map of files.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct MapTile {
    /// The path; empty for what is too small for tiles of its own.
    pub path: String,
    /// The last name of the path, or a package's name.
    pub name: String,
    /// The best estimate of its bytes, with all files below a directory.
    pub bytes: u64,
    /// Its size as text.
    pub size: String,
    /// Whether it is a directory.
    pub is_dir: bool,
    /// The number of files in it.
    pub files: usize,
    /// What happened to it; of a directory to the most bytes in it.
    pub change: PathChange,
    /// Of a directory: its largest files and directories.
    pub children: Vec<MapTile>,
}

/// A row of the list of files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// The path in the image.
    pub path: String,
    /// The text of the row: the file name in the tree, the whole path in search results.
    pub label: String,
    /// The depth in the tree, counted from 0.
    pub depth: usize,
    /// Whether a directory is expanded; `None` for anything else.
    pub expanded: Option<bool>,
    /// The target of a symbolic link.
    pub link_target: Option<String>,
    /// `dir`, `package` for files that are not listed, or one of [`CONTENT_TYPES`].
    pub content_type: String,
    /// Permission bits.
    pub mode: u32,
    /// User id and group id.
    pub owner: (u32, u32),
    /// The best estimate of the size in bytes, with all files below a directory.
    pub bytes: u64,
    /// The size as text.
    pub size: String,
    /// The size before, if it was another one.
    pub size_before: Option<String>,
    /// The layer that last wrote the path, counted from 1; `None` if no layer of the image lists it.
    pub layer: Option<usize>,
    /// What happened to the path.
    pub change: PathChange,
}

/// A file of the image, with its origin.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileView {
    /// The path in the image.
    pub path: String,
    /// The id of the words that name its type.
    pub type_id: String,
    /// Permission bits.
    pub mode: u32,
    /// User id and group id.
    pub owner: (u32, u32),
    /// The size as text.
    pub size: String,
    /// The target of a symbolic link.
    pub link_target: Option<String>,
    /// The package that it belongs to, by the package manager's database.
    pub package: Option<String>,
    /// What the layers did to the path, from the lowest to the highest.
    pub history: Vec<FileEvent>,
    /// A volume or a file system of the container that hides the path when the image runs.
    pub hidden_by: Option<String>,
    /// Whether all its bytes are known, so that it can be downloaded.
    pub can_download: bool,
    /// What is shown of it; `None` for anything but a file.
    pub body: Option<FileBody>,
    /// The first bytes as a hex dump, if they are known.
    pub hex: Option<String>,
}

/// What a layer did to a path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEvent {
    /// The layer, counted from 1; `None` for the base image as a whole.
    pub layer: Option<usize>,
    /// The line of the Dockerfile, counted from 1.
    pub line: Option<usize>,
    /// The instruction, or the reference of the base image.
    pub instruction: String,
    /// The commands of a RUN that name the path or a directory above it; at most 5.
    pub commands: Vec<String>,
    /// `added`, `changed`, `metadata` (the content stayed), `removed`, or `base`.
    pub what: String,
    /// The bytes that the layer holds of it, as text.
    pub size: String,
}

/// What is shown of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileBody {
    /// A text file.
    Text {
        /// The text, at most 64 KiB of it.
        text: String,
        /// Whether the file is longer.
        truncated: bool,
    },
    /// A binary file, which [`FileView::hex`] shows.
    Binary,
    /// The headers of an ELF file.
    Elf(Box<ProgramHeaders>),
    /// The content is not known: why, if that is known.
    Unknown(Option<String>),
}
