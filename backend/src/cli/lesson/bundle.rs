//! `stageplay lesson bundle`.

use crate::cli::output::print;
use crate::cli::pack_files;
use crate::cli::usage_error::UsageError;
use stageplay_core::exercise::to_bundle;
use std::path::Path;

/// Prints a pack or a collection as one JSON file.
pub(super) fn run(path: &Path) -> Result<u8, UsageError> {
    let (name, files) = pack_files::read_whole(path)?;
    print(&format!("{}\n", to_bundle(&name, &files)));
    Ok(0)
}
