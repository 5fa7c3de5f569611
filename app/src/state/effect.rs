//! The effects that the model asks for.

use super::exercises::ExercisesEffect;
use super::panel::Panel;
use super::piece::Piece;
use super::real_build::RealBuildEffect;
use super::stages::PictureFormat;
use stageplay_protocol::ToWorker;

/// Work outside of the model, which `crate::effects` and the page carry out.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Save the open workspace in the browser's storage, unless another page changed its record, and say
    /// [`super::Msg::WorkspaceStored`].
    SaveWorkspace,
    /// Look for a workspace in the browser's storage by its id, and say [`super::Msg::WorkspaceFound`].
    FindWorkspace(String),
    /// List the workspaces of the browser's storage, and say [`super::Msg::WorkspacesListed`].
    ListWorkspaces,
    /// Give a workspace of the browser's storage a name; `None` for none.
    RenameRecord(String, Option<String>),
    /// Copy a workspace of the browser's storage under another id: from, to, the name of the copy.
    CopyRecord(String, String, Option<String>),
    /// Remove a workspace from the browser's storage, and say [`super::Msg::WorkspaceRemoved`].
    RemoveRecord(String),
    /// Write a record into the browser's storage: its id, its text.
    WriteRecord(String, String),
    /// Remember which workspace is open, for a reload and for other pages.
    RememberOpened(String),
    /// Take out of the address bar what brought files: a share link, a lesson, a query.
    ClearAddress,
    /// Fetch an example by its name, and say [`super::Msg::WorkspaceFetched`].
    FetchExample(String),
    /// Fetch the list of examples, and say [`super::Msg::ExamplesListed`].
    FetchExampleList,
    /// Fetch a text at a public address, without cookies and referrer, and say [`super::Msg::AddressFetched`].
    FetchAddress(String),
    /// Keep a text about the terminal in the browser's storage: [`super::Terminal::to_json`].
    SaveTerminal(String),
    /// Load the script that draws the terminal.
    LoadTerminal,
    /// Open the search in the terminal's output.
    SearchTerminal,
    /// Save language and theme in the browser's storage and apply them to the page.
    SaveSettings,
    /// Show the open file in the editor. `reset` discards cursor, scroll position and folds of every file first.
    ShowOpenFile {
        /// Whether another workspace was opened.
        reset: bool,
    },
    /// Move the focus into the editor, unless that would open a keyboard on the screen.
    FocusEditor,
    /// Move the focus to the element with this id, once it is rendered; in the editor it stays where it is.
    FocusElement(&'static str),
    /// Move the focus into a panel.
    FocusPanel(Panel),
    /// Say [`super::Msg::ExpireToast`] with this number after so many milliseconds.
    ExpireToast { number: u64, after_ms: u32 },
    /// Save the sizes of the panels in the browser's storage and apply them to the page.
    SavePanelLayout,
    /// Move the editor's cursor to a line, counted from 1.
    GoToLine(usize),
    /// Read a share link, and say [`super::Msg::LinkRead`].
    ReadLink(String),
    /// Make the share link of a workspace, JSON, and say [`super::Msg::ShareLinkMade`].
    MakeShareLink(String),
    /// Copy a text to the clipboard, and say [`super::Msg::Copied`] with this name of it.
    CopyText(&'static str, String),
    /// Hand a share link with a title to the system's share sheet.
    ShareNatively(String, String),
    /// Scroll the editor so that a line is seen, counted from 1, without moving cursor and focus.
    ScrollToLine(usize),
    /// Mark lines of the Dockerfile in the editor, the first and the last one counted from 1, in place of those before.
    MarkLines(Option<(usize, usize)>),
    /// Save the stage graph as a picture.
    SavePicture(PictureFormat),
    /// Start the worker.
    StartWorker,
    /// End the worker, whatever it does. The editor's questions to it get no answer.
    StopWorker,
    /// Send a message to the worker, with the file that it names.
    PostToWorker(Box<ToWorker>),
    /// Hand files again to the worker that were dropped onto the page and of which the workspace holds only the start:
    /// path, length in bytes; and image archives, if the worker is a new one.
    TakeFilesAgain(Vec<(String, u64)>, bool),
    /// Say [`super::Msg::DeadlinePassed`] with this number after the deadline of a request.
    WatchDeadline(u64),
    /// Say [`super::Msg::WalkStart`] with a tick of this number after the time of a step.
    WaitForStep(u64),
    /// Scroll so that the element with this id is seen, once it is rendered.
    Reveal(&'static str),
    /// Answer a question of the editor: its id, the answer as JSON.
    AnswerEditor(u64, String),
    /// An effect of the exercises.
    Exercises(ExercisesEffect),
    /// An effect of the real builds.
    RealBuild(RealBuildEffect),
    /// Offer a file as a download: name, bytes.
    DownloadFile(String, Vec<u8>),
    /// Load a piece of the page's program, and say [`super::Msg::PieceLoaded`].
    LoadPiece(Piece),
    /// Let the version of the page take over that was loaded in the background, and load the page again.
    UseNewVersion,
}
