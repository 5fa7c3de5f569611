//! The dialogs of the page.

/// A dialog that is open above the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// The start page: workspaces, examples, lessons.
    Home,
    /// Sharing and saving.
    Share,
    /// The name of a new file below a folder of the build context; empty for the top.
    NewFile(String),
    /// The name of a new folder below a folder.
    NewFolder(String),
    /// Another path for a file or a folder.
    RenameFile(String),
    /// The name of a workspace, by its id.
    RenameWorkspace(String),
    /// A Dockerfile at a public address.
    OpenAddress,
}
