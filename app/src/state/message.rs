//! The messages that change the model.

use super::panel::Panel;
use super::real_build::RealBuildMsg;
use super::theme::Theme;
use stageplay_protocol::{ExplorerRequest, Update};
use stageplay_report::words::Language;

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
    /// A file was dropped onto the page or chosen, by its name. `crate::effects::dropped_files` holds it.
    FileAdded(String),
    /// Show the ELF headers of a file of the build context, or close them.
    InspectProgram(Option<String>),
    /// Replace the Dockerfile by one that starts a program of the build context.
    StartProgram(String),
    /// Select an engine by its id, and a builder by its name.
    SelectEngine(String, String),
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
    /// An action in the layer explorer.
    Explore(ExplorerRequest),
    /// Show or hide the entries of a layer, by its index from 0.
    ShowLayer(usize, bool),
    /// Select a lesson by its slug.
    SelectLesson(String),
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
    /// Fetch again the data about base images that could not be fetched.
    RetryImageData,
    /// A question of the editor that the text alone does not answer: its id, the question as JSON.
    AskSimulator(u64, String),
    /// Start the worker, because the browser is idle.
    StartSimulator,
    /// The worker's program is loaded.
    WorkerReady,
    /// The worker tells what changed.
    WorkerUpdate(Box<Update>),
    /// The worker's program failed: the browser's message.
    WorkerFailed(String),
    /// The deadline of a request passed, by its number.
    DeadlinePassed(u64),
    /// Start a worker in place of the one that was stopped.
    RestartSimulator,
    /// Replace the Dockerfile, with which the simulator stops, by the example's.
    BeginWithoutText,
    /// A newer version of the page is loaded and can take over.
    NewVersionLoaded,
    /// Take the newer version.
    UseNewVersion,
    /// A message of the real builds.
    RealBuild(RealBuildMsg),
}
