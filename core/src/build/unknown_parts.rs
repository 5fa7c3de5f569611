//! The parts of a layer's size that are not known: what they are, and how each could be told.

use crate::fs::{Doubt, Tree};
use crate::measure::{Honesty, Part, Size, Way};
use crate::shell::Gap;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Tools that read a lock file, whose packages an index here may have.
const TOOLS_WITH_LOCK_FILE: [&str; 9] = ["npm", "yarn", "pnpm", "pip", "pip3", "poetry", "uv", "pipenv", "bun"];

/// The part of a layer's size that a gap leaves open.
pub(super) fn of_gap(gap: &Gap) -> Part {
    let part = Part::new(gap.what.as_str(), format!("{}: not modelled", gap.what), way(gap));
    Part { code: Some(gap.code), ..part }
}

/// As [`of_gap`], with the file system after the step, which tells more of files and where they come from.
pub(super) fn of_gap_in(gap: &Gap, tree: &Tree, cwd: &str) -> Part {
    let part = of_gap(gap);
    match gap.code {
        "unknown-content" => match tree.stat(cwd, &gap.what).ok().and_then(|(_, node)| node.content()) {
            Some(content) => content.told_by_what(part),
            None => Part { way: Way::RealBuild, ..part },
        },
        // A step that is not modelled may have made the file.
        "unlisted-file" if tree.doubt() != Doubt::None => Part { way: Way::RealBuild, ..part },
        _ => part,
    }
}

/// The size of the parts of a layer that are not known, besides its `files` and its packages.
///
/// A file of unknown or estimated size stands for the command that made it, and a package that is weighed for itself.
pub(super) fn sum(parts: Vec<Part>, files: &Size, packages: &[(Arc<str>, Size)]) -> Size {
    if parts.is_empty() {
        return Size::ZERO;
    }
    let has_file = files.honesty() == Honesty::Unknown || !files.parts().is_empty();
    let weighed: BTreeSet<&str> = packages.iter().map(|(name, _)| &**name).collect();
    let is_counted = |part: &Part| match part.code {
        Some("unknown-size") => has_file,
        // What a tool brings may be estimated under the name of its gap.
        Some("unlisted-package" | "unknown-files") => weighed.contains(&*part.what),
        Some("more-unlisted-packages") => !weighed.is_empty(),
        _ => false,
    };
    let named = |part: Part| match part.code {
        Some("more-unlisted-packages") => {
            Part::new(format!("{} more packages", part.what), "they are in none of the package indexes", part.way)
        }
        _ => part,
    };
    parts.into_iter().filter(|part| !is_counted(part)).map(named).map(Size::unknown_part).sum()
}

/// How the size of what a gap leaves open could be told.
fn way(gap: &Gap) -> Way {
    let tool = gap.what.split(' ').next().unwrap_or_default();
    match gap.code {
        "remote-source" | "unknown-download" => Way::Answers,
        "package-index-not-loaded" => Way::LoadIndex,
        "unlisted-package" | "more-unlisted-packages" => Way::PackageIndex,
        "unlisted-file" => Way::ImageArchive,
        "unknown-content" | "unmodelled-archive" => Way::ContextFile,
        "unknown-files" if TOOLS_WITH_LOCK_FILE.contains(&tool) => Way::LockFile,
        "too-many-steps" | "too-much-output" | "script-too-large" => Way::ShorterScript,
        _ => Way::RealBuild,
    }
}
