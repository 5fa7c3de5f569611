//! The effects that the model asks for.

use super::real_build::RealBuildEffect;
use stageplay_protocol::ToWorker;

/// Work outside of the model, which `crate::effects` and the page carry out.
#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Save the workspace in the browser's storage.
    SaveWorkspace,
    /// Save language and theme in the browser's storage and apply them to the page.
    SaveSettings,
    /// Show the open file in the editor. `reset` discards the undo history of every file first.
    ShowOpenFile {
        /// Whether another workspace was loaded.
        reset: bool,
    },
    /// Replace the text in the editor, as one step of its undo history.
    ReplaceText(String),
    /// Move the editor's cursor to a line, counted from 1.
    GoToLine(usize),
    /// Put a share link into the address bar and copy it to the clipboard.
    CopyShareLink(String),
    /// Start the worker.
    StartWorker,
    /// End the worker, whatever it does. The editor's questions to it get no answer.
    StopWorker,
    /// Send a message to the worker, with the file that it names.
    PostToWorker(Box<ToWorker>),
    /// Add the files again that an earlier worker took: the workspace holds only the start of each.
    TakeFilesAgain,
    /// Say [`super::Msg::DeadlinePassed`] with this number after the deadline of a request.
    WatchDeadline(u64),
    /// Answer a question of the editor: its id, the answer as JSON.
    AnswerEditor(u64, String),
    /// An effect of the real builds.
    RealBuild(RealBuildEffect),
    /// Offer a file as a download: name, bytes.
    DownloadFile(String, Vec<u8>),
    /// Let the version of the page take over that was loaded in the background, and load the page again.
    UseNewVersion,
}
