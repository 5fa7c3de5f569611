//! The messages that change the model.

use super::layer_explorer::LayerExplorerMsg;
use super::lesson_index::LessonEntry;
use super::panel::Panel;
use super::real_build::RealBuildMsg;
use super::theme::Theme;
use stageplay_core::engine::Builder;
use stageplay_core::words::Language;
use std::collections::BTreeSet;

/// An event of the page: an action of the person, or an answer from outside.
#[derive(Clone, Debug)]
pub enum Msg {
    /// The text of a file was edited: path in the build context, new text.
    FileEdited(String, String),
    /// Open a file of the build context in the editor.
    OpenFile(String),
    /// Create an empty file in the build context.
    CreateFile(String),
    /// Whether files that the build context lacks are assumed to exist from now on.
    AssumeFiles(bool),
    /// A file was dropped onto the page or chosen: name, bytes.
    FileAdded(String, Vec<u8>),
    /// A large ELF file was dropped or chosen: name, size in bytes. Its bytes are read on demand.
    LargeProgramAdded(String, u64),
    /// Byte ranges of a large program were read: name, and each range with its offset.
    FileRangesRead(String, Vec<(u64, Vec<u8>)>),
    /// Show the ELF headers of a file of the build context, or close them.
    InspectProgram(Option<String>),
    /// Replace the Dockerfile by one that starts a program of the build context.
    StartProgram(String),
    /// Select an engine by its id, and a builder.
    SelectEngine(String, Builder),
    /// Look tags up on a day, `YYYY-MM-DD`; empty for the day of the engine.
    SetAsOf(String),
    /// Run a command in the terminal.
    RunCommand(String),
    /// Apply a fix for the failed start, by its index.
    ApplyFix(usize),
    /// Apply the fix of a check, by the index of the check.
    ApplyCheckFix(usize),
    /// Apply the fixes of all checks that change nothing but the size of the image.
    ApplySafeFixes,
    /// Try the program of the image on every base image.
    CompareBaseImages,
    /// Show a line of the Dockerfile, counted from 1.
    GoToLine(usize),
    /// A message of the layer explorer.
    LayerExplorer(LayerExplorerMsg),
    /// The list of lessons arrived, or the error.
    LessonsLoaded(Result<Vec<LessonEntry>, String>),
    /// Select a lesson by its slug.
    SelectLesson(String),
    /// The texts of a lesson arrived: slug, then English and Chinese, or the error.
    LessonLoaded(String, Result<(String, String), String>),
    /// Run a command of the lesson: id of its block, index in the block.
    RunLessonCommand(String, usize),
    /// Set up the workspace of the lesson again.
    RestartLesson,
    /// Switch the language.
    SetLanguage(Language),
    /// Switch the color theme.
    SetTheme(Theme),
    /// Show a panel (small screens).
    ShowPanel(Panel),
    /// Copy a share link with the workspace.
    CopyShareLink,
    /// Show a notice.
    ShowNotice(String),
    /// Close the notice.
    DismissNotice,
    /// A package index arrived: name, table, or the error.
    PackageIndexLoaded(String, Result<String, String>),
    /// Fetch data about base images, by the names of `Catalogue::take_missing`.
    FetchImageData(BTreeSet<String>),
    /// Data about base images arrived: its name, and its bytes or the error.
    ImageDataLoaded(String, Result<Vec<u8>, String>),
    /// Fetch again the data about base images that could not be fetched.
    RetryImageData,
    /// A message of the real builds.
    RealBuild(RealBuildMsg),
}
