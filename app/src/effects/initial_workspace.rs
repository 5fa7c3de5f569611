//! What the page shows first.

use super::share_link::parse_share_link;
use super::workspace_storage::load_workspace;
use gloo::utils::window;
use stageplay_protocol::Workspace;

/// What the page shows first.
#[derive(Debug)]
pub enum InitialWorkspace {
    /// The workspace of a share link, or the error in the link.
    Shared(Result<Workspace, String>),
    /// The lesson with this slug, of an address that ends in `#lesson=slug`.
    Lesson(String),
    /// The workspace that this browser saved.
    Saved(Workspace),
    /// The example files.
    Example,
}

/// Reads the address of the page, and the browser's storage if the address names nothing.
pub fn initial_workspace() -> InitialWorkspace {
    let fragment = window().location().hash().unwrap_or_default();
    if let Some(shared) = parse_share_link(&fragment) {
        return InitialWorkspace::Shared(shared);
    }
    if let Some(slug) = fragment.strip_prefix("#lesson=") {
        return InitialWorkspace::Lesson(slug.to_string());
    }
    load_workspace().map_or(InitialWorkspace::Example, InitialWorkspace::Saved)
}
