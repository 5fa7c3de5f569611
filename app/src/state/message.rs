//! The messages that change the model.

use super::dialog::Dialog;
use super::example_list::ExampleList;
use super::exercises::ExercisesMsg;
use super::layers::LayersMsg;
use super::panel::Panel;
use super::panel_layout::{FoldablePanel, Splitter};
use super::piece::Piece;
use super::real_build::RealBuildMsg;
use super::result_tab::ResultTab;
use super::stages::StagesMsg;
use super::start_walk::WalkMsg;
use super::terminal::TerminalMsg;
use super::theme::Theme;
use super::workspaces::{Entry, Prefill, Record, RecordProblem, Stored};
use stageplay_protocol::{ExplorerRequest, FirstResult, Update, Workspace};
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
    /// Make a folder in the file tree.
    CreateFolder(String),
    /// Move a file or a folder of the build context: from, to.
    RenameFile(String, String),
    /// Copy a file of the build context beside itself.
    DuplicateFile(String),
    /// Remove a file or a folder from the build context.
    RemoveFile(String),
    /// Open or close a folder of the file tree.
    ToggleFolder(String),
    /// Show what can be done with a file of the tree, by its path.
    ShowFileMenu(Option<String>),
    /// Search the start page.
    SearchHome(String),
    /// Show or hide the file tree.
    ShowFileTree(bool),
    /// Take back the last change of files, texts, settings, or of the workspace that is open.
    Undo,
    /// Do again what was taken back last.
    Redo,
    /// Open a workspace by its id: one of the storage, a lesson, an example, or the example of the first visit.
    OpenWorkspace(String),
    /// Begin a workspace with a Dockerfile of one line.
    NewWorkspace,
    /// Give a workspace a name, by its id.
    RenameWorkspace(String, String),
    /// Copy a workspace, by its id.
    DuplicateWorkspace(String),
    /// Remove a workspace, by its id.
    RemoveWorkspace(String),
    /// Bring the workspace back that was removed last.
    RestoreRemoved,
    /// Begin the open example anew.
    RestartWorkspace,
    /// What the storage has under an id.
    WorkspaceFound(String, Option<Result<Box<Record>, RecordProblem>>),
    /// The files of an example, by its name.
    WorkspaceFetched(String, Result<Box<Workspace>, String>),
    /// The result of saving the open workspace.
    WorkspaceStored(Stored),
    /// The workspaces of the storage.
    WorkspacesListed(Vec<Entry>),
    /// A workspace was removed from the storage: its id, its record.
    WorkspaceRemoved(String, String),
    /// Another page changed a workspace of the storage: its id, its revision.
    StorageChanged(String, String),
    /// Take the version of the open workspace that another page saved.
    TakeOtherVersion,
    /// Keep this page's version of the open workspace, as a workspace of its own.
    KeepOwnVersion,
    /// The list of examples arrived.
    ExamplesListed(Result<ExampleList, String>),
    /// Open a share link: what stands behind `#w=`.
    OpenLink(String),
    /// A share link was read; or what is wrong with it.
    LinkRead(Result<Box<Workspace>, String>),
    /// Open what an address brought.
    OpenPrefill(Prefill),
    /// Fetch a Dockerfile at a public address and open it.
    OpenAddress(String),
    /// The text at a public address arrived.
    AddressFetched(String, Result<String, String>),
    /// Simulate a workspace that came by a link.
    SimulateLink,
    /// Open a dialog, or close it.
    ShowDialog(Option<Dialog>),
    /// The share link of the workspace is made; or why it is not.
    ShareLinkMade(Result<String, String>),
    /// Copy something of the share dialog to the clipboard: its name, its text.
    CopyText(&'static str, String),
    /// A text is in the clipboard, by its name, or the browser refused.
    Copied(&'static str, bool),
    /// Hand the share link to the system's share sheet.
    ShareNatively,
    /// Save the files of the build context as a zip archive.
    DownloadFiles,
    /// Save the report as JSON.
    DownloadReport,
    /// Whether files that the build context lacks are assumed to exist from now on.
    AssumeFiles(bool),
    /// Files were dropped onto the page or chosen, by their paths, and whether they are a folder's.
    /// `crate::effects::dropped_files` holds them.
    FilesAdded(Vec<String>, bool),
    /// An archive was dropped, by its name: its files go into the build context, unless it is an image.
    ArchiveAdded(String),
    /// Files that the simulator had before, by their paths.
    FilesAddedAgain(Vec<String>),
    /// Show the ELF headers of a file of the build context, or close them.
    InspectProgram(Option<String>),
    /// Replace the Dockerfile by one that starts a program of the build context.
    StartProgram(String),
    /// Select an engine by its id, and a builder by its name.
    SelectEngine(String, String),
    /// Look tags up on a day, `YYYY-MM-DD`; empty for the day of the engine.
    SetAsOf(String),
    /// Run lines in the terminal, one after the other.
    RunCommand(String),
    /// An action in the terminal.
    Terminal(TerminalMsg),
    /// Apply a fix for the failed start, by its index.
    ApplyFix(usize),
    /// Give a text file of the workspace the line ends of Unix, by its path.
    ConvertLineEnds(String),
    /// Apply the fix of a check, by the index of the check.
    ApplyCheckFix(usize),
    /// Take another image in a remark about one that does not exist: the index of the remark, the image.
    TakeImage(usize, String),
    /// Apply the fixes of all checks that change nothing but the size of the image.
    ApplySafeFixes,
    /// Try the program of the image on every base image.
    CompareBaseImages,
    /// Show a line of the Dockerfile, counted from 1.
    GoToLine(usize),
    /// An action in the layer explorer.
    Explore(ExplorerRequest),
    /// An action that changes how layers are drawn.
    Layers(LayersMsg),
    /// An action in the walk through the start.
    WalkStart(WalkMsg),
    /// Select a lesson by its slug.
    SelectLesson(String),
    /// Run a command of the lesson: id of its block, index in the block.
    RunLessonCommand(String, usize),
    /// Run the commands of the lesson that were not run, one after the other.
    RunRestOfLesson,
    /// Switch the language.
    SetLanguage(Language),
    /// Switch the color theme.
    SetTheme(Theme),
    /// Show a panel (small screens).
    ShowPanel(Panel),
    /// Show a tab of the result.
    ShowResultTab(ResultTab),
    /// Set the size that a splitter sets, in percent; `None` for the size that it has at first.
    ResizePanel(Splitter, Option<u8>),
    /// Fold or unfold a panel.
    FoldPanel(FoldablePanel, bool),
    /// Show a panel and move the focus into it.
    FocusPanel(Panel),
    /// Open or close the command palette.
    ShowPalette(bool),
    /// Open the command palette with the list of keys.
    ShowKeys,
    /// Type a text into the command palette.
    SearchCommands(String),
    /// Close the command palette and run a command of it.
    RunFromPalette(Box<Msg>),
    /// Close the command palette and run the first command that a text finds, if there is one.
    RunFirstFound(String),
    /// Close the toast.
    CloseToast,
    /// Close the toast with this number, unless another one took its place.
    ExpireToast(u64),
    /// Show or hide the cause of the failure that the last fix repaired.
    ShowFixedCause(bool),
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
    /// The worker waits for a part of its program (`true`), or has it and goes on.
    WorkerLoads(bool),
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
    /// A text was edited; the effects of that are to be carried out.
    EditApplied,
    /// The script of the editor has run, or could not be loaded.
    EditorLoaded(bool),
    /// The result of the example is read.
    FirstResultRead(Box<FirstResult>),
    /// Load a piece of the page's program that could not be loaded.
    LoadPiece(Piece),
    /// A piece of the page's program is loaded, or could not be.
    PieceLoaded(Piece, bool),
    /// What was to be asked for could not be: a piece of the page's program could not be loaded.
    RequestLost,
    /// A newer version of the page is loaded and can take over.
    NewVersionLoaded,
    /// Take the newer version.
    UseNewVersion,
    /// A message of the exercises.
    Exercises(ExercisesMsg),
    /// A message of the stage graph.
    Stages(StagesMsg),
    /// A message of the real builds.
    RealBuild(RealBuildMsg),
}
