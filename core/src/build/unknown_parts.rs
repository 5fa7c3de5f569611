//! The parts of a layer's size that are not known: what they are, and how each could be told.

use crate::measure::{Honesty, Part, Size, Way};
use crate::shell::Gap;

/// Tools that read a lock file, whose packages an index here may have.
const TOOLS_WITH_LOCK_FILE: [&str; 9] = ["npm", "yarn", "pnpm", "pip", "pip3", "poetry", "uv", "pipenv", "bun"];

/// The part of a layer's size that a gap leaves open.
pub(super) fn of_gap(gap: &Gap) -> Part {
    let part = Part::new(gap.what.as_str(), format!("{}: not modelled", gap.what), way(gap));
    Part { code: Some(gap.code), ..part }
}

/// The size of the parts of a layer that are not known, besides its `files`.
///
/// A file of unknown size stands for the command that made it.
pub(super) fn sum(parts: Vec<Part>, files: &Size) -> Size {
    let has_file = files.honesty() == Honesty::Unknown;
    let parts = parts.into_iter().filter(|part| !(has_file && part.code == Some("unknown-size")));
    parts.map(Size::unknown_part).sum()
}

/// How the size of what a gap leaves open could be told.
fn way(gap: &Gap) -> Way {
    let tool = gap.what.split(' ').next().unwrap_or_default();
    match gap.code {
        "remote-source" => Way::Answers,
        "package-index-not-loaded" => Way::LoadIndex,
        "unlisted-package" => Way::PackageIndex,
        "unlisted-file" => Way::ImageArchive,
        "unknown-content" | "unmodelled-archive" => Way::ContextFile,
        "unknown-files" if TOOLS_WITH_LOCK_FILE.contains(&tool) => Way::LockFile,
        "too-many-steps" | "too-much-output" | "script-too-large" => Way::ShorterScript,
        _ => Way::RealBuild,
    }
}
