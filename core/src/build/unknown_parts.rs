//! The parts of a layer's size that are not known: which gaps leave it open, what they are, and how each could be told.

use super::file_type_by_name::{FileType, file_type_by_name};
use super::unknown_sources::part_of_weighed;
use crate::fs::{Doubt, Tree, path};
use crate::measure::{ContextKind, Part, Size, Way, typical_context_size, typical_state_size};
use crate::packages;
use crate::shell::{Gap, Shell};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Tools that read a lock file, whose packages an index here may have.
const TOOLS_WITH_LOCK_FILE: [&str; 9] = ["npm", "yarn", "pnpm", "pip", "pip3", "poetry", "uv", "pipenv", "bun"];

/// Gaps that do not affect the size of the layer.
pub(super) const GAPS_WITHOUT_SIZE: [&str; 10] = [
    "assumed-processors",
    "partial-listing",
    "unlisted-marker",
    "unlisted-removal",
    "unlisted-user",
    "unlisted-program",
    "ignored-failure",
    "taken-for-fresh",
    "no-clock",
    "unknown-log",
];

/// Gaps of which the size, known or not, is recorded with the files that they leave.
const GAPS_WITH_RECORDED_SIZE: [&str; 4] = ["remote-source", "unknown-size", "unlisted-files", "estimated-command"];

/// Whether a gap of a shell leaves the size of the layer open.
pub(super) fn is_left_open(gap: &Gap, shell: &Shell) -> bool {
    let is_recorded = match gap.code {
        "unknown-files" => shell.recorded_sizes.contains(&gap.what),
        "unlisted-file" => shell.untouched_files.contains(&gap.what),
        code => GAPS_WITH_RECORDED_SIZE.contains(&code),
    };
    !is_recorded && !GAPS_WITHOUT_SIZE.contains(&gap.code) && !is_without_files(gap)
}

/// Whether a gap concerns no file of the layer: the marker of a Python is only looked for, the number of processors only
/// decides how many jobs run at once, and the other options of commands that add accounts change a line of theirs.
fn is_without_files(gap: &Gap) -> bool {
    const ACCOUNTS: [&str; 6] = ["adduser", "addgroup", "useradd", "usermod", "groupadd", "groupmod"];
    let command = gap.what.split(' ').next().unwrap_or_default();
    match gap.code {
        "unlisted-file" => gap.what == packages::python::EXTERNALLY_MANAGED,
        "unknown-output" => command == "nproc",
        "unmodelled-option" => ACCOUNTS.contains(&command),
        // A signature is only looked at.
        "taken-as-good" => true,
        _ => false,
    }
}

/// The part of a layer's size that a gap leaves open.
pub(super) fn of_gap(gap: &Gap) -> Part {
    let part = Part::new(gap.what.as_str(), format!("{}: not modelled", gap.what), way(gap));
    Part { code: Some(gap.code), ..part }
}

/// As [`of_gap`], with the file system after the step, which tells more of files and where they come from.
pub(super) fn of_gap_in(gap: &Gap, shell: &Shell, cwd: &str) -> Part {
    let (part, tree) = (of_gap(gap), &shell.fs);
    match gap.code {
        "unknown-content" => match tree.stat(cwd, &gap.what).ok().and_then(|(_, node)| node.content()) {
            Some(content) => content.told_by_what(part),
            None => Part { way: Way::RealBuild, ..part },
        },
        // A step that is not modelled may have made the file.
        "unlisted-file" => {
            let way = if tree.doubt() == Doubt::None { part.way } else { Way::RealBuild };
            let part = Part { way, ..part };
            match shell.rewritten_files.contains(&gap.what).then(|| rewritten(tree, &path::join(cwd, &gap.what))) {
                Some(Some((why, high))) => Part { why: why.into(), ..part }.between(0, high),
                _ => part,
            }
        }
        _ => part,
    }
}

/// How large a file that may be there, and that a command wrote again, is at most, and why: as all unlisted files of its
/// directory if their size is recorded, or as others of its name usually are.
fn rewritten(tree: &Tree, place: &str) -> Option<(String, u64)> {
    let recorded = part_of_weighed(tree, place).and_then(|held| held.bounds().high);
    let is_file = file_type_by_name(place) == FileType::Regular;
    let usual = typical_context_size(ContextKind::File, place).filter(|_| is_file);
    match (recorded, usual) {
        (Some(high), None) => Some(("at most as large as the unlisted files of its directory".to_string(), high)),
        (Some(high), Some(usual)) => Some((usual.basis(), high.min(usual.high))),
        (None, usual) => usual.map(|usual| (usual.basis(), usual.high)),
    }
}

/// The size of the parts of a layer that are not known, besides its files and its packages: a package that is weighed
/// stands for itself.
pub(super) fn sum(parts: Vec<Part>, packages: &[(Arc<str>, Size)]) -> Size {
    if parts.is_empty() {
        return Size::ZERO;
    }
    let weighed: BTreeSet<&str> = packages.iter().map(|(name, _)| &**name).collect();
    let is_counted = |part: &Part| match part.code {
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
    let size = |part: Part| usual_file(&part).unwrap_or_else(|| Size::unknown_part(part));
    parts.into_iter().filter(|part| !is_counted(part)).map(named).map(size).sum()
}

/// The estimated size of files of a base image or a package that a step may have copied up: as large as configuration
/// files usually are, and what packages have in `/var`; or nothing if the step did not change them.
fn usual_file(part: &Part) -> Option<Size> {
    if part.code != Some("unlisted-file") {
        return None;
    }
    let configuration =
        || typical_context_size(ContextKind::File, &part.what).filter(|_| part.what.starts_with("/etc/"));
    let rewritten = |(low, high)| Size::estimated(high / 2, part.clone().between(low, high));
    let Some(typical) = configuration().or_else(|| typical_state_size(&part.what)) else {
        return part.range.map(rewritten);
    };
    let part = Part { why: typical.basis().into(), ..part.clone() };
    Some(Size::estimated(typical.best, part.between(0, typical.high)))
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::measure::Honesty;

    #[test]
    fn a_configuration_file_that_is_not_listed_is_as_large_as_such_files_usually_are() {
        let part = |what: &str| of_gap(&Gap { code: "unlisted-file", what: what.into() });
        let estimated = sum(vec![part("/etc/nginx/nginx.conf")], &[]);
        assert_eq!((estimated.at_least(), estimated.parts().len()), (0, 1));
        let whole = Size::modelled(100_000_000, "a base image") + estimated;
        assert_eq!(whole.honesty(), Honesty::Modelled);
        assert!(whole.range().is_some_and(|(low, high)| low == 100_000_000 && high > low), "{whole:?}");
        let state = Size::modelled(100_000_000, "a base image") + sum(vec![part("/var/lib/mpd")], &[]);
        assert!(state.bytes() == Some(100_000_000) && state.parts().len() == 1, "{state:?}");
        let other = Size::modelled(100_000_000, "a base image") + sum(vec![part("/opt/data")], &[]);
        assert_eq!(other.honesty(), Honesty::Unknown);
    }
}
