//! The size of a Go program.

use super::cgo::LinkMode;
use super::imports::Source;
use super::measured_sizes::{Facts, Package, Release, facts};
use crate::measure::TypicalSize;
use std::collections::{BTreeMap, BTreeSet};

/// The size of a program in bytes, and the basis of that size.
pub(crate) fn size<'s>(
    sources: impl Iterator<Item = &'s Source>,
    release: (u32, u32),
    link: &LinkMode,
    ldflags: &str,
) -> (u64, String) {
    let Some(facts) = facts() else {
        return (0, "no data on Go".into());
    };
    let of = |package: &Package| if link.cgo { package.cgo } else { package.fixed };
    let imports: BTreeSet<&str> =
        sources.flat_map(|source| &source.imports).map(|import| import.path.as_str()).collect();
    // A package without figures of its own counts as the one with C code that it brings.
    let figures_of = |path: &'_ str| match facts.packages.get_key_value(path) {
        Some(found) => Some(found),
        None => {
            let (bringer, _) = facts.brings_c.iter().find(|(_, brought_by)| brought_by.contains(path))?;
            facts.packages.get_key_value(bringer)
        }
    };
    let mut known: Vec<(&str, &Package)> =
        imports.iter().filter_map(|path| figures_of(path)).map(|(path, package)| (path.as_str(), package)).collect();
    known.sort_by_key(|(path, package)| (std::cmp::Reverse(of(package)), *path));
    known.dedup_by_key(|(path, _)| *path);
    let empty = if link.cgo { facts.empty.cgo } else { facts.empty.fixed };
    let mut bytes = known.first().map_or(empty, |(_, package)| of(package));
    let mut covered: BTreeSet<&str> = BTreeSet::new();
    for (index, (path, package)) in known.iter().enumerate() {
        // A package that a larger one already brings costs nothing more.
        if index > 0 && !covered.contains(path) {
            bytes += of(package).saturating_sub(empty);
        }
        covered.insert(path);
        covered.extend(package.closure.iter().map(String::as_str));
    }
    let (scaled, source) = scale(facts, bytes, release, link.cgo);
    let left = left_by(facts, ldflags);
    let largest = known.first().map_or("nothing", |(path, _)| path);
    let kind = if link.cgo { "with cgo" } else { "without cgo" };
    let basis = format!(
        "{MADE_BY_GO} {}.{} program {kind} that imports {largest}{}: {source} ({})",
        release.0,
        release.1,
        if left < 1000 { STRIPPED } else { "" },
        facts.date
    );
    (scaled * left / 1000, basis)
}

/// The estimated size of a program with packages from elsewhere; `known` is that of its other packages in bytes. `None` if
/// one of them belongs to a module without a figure.
pub(crate) fn size_with_modules<'p>(
    elsewhere: impl Iterator<Item = &'p String>,
    known: u64,
    ldflags: &str,
) -> Option<TypicalSize> {
    let facts = facts()?;
    let mut modules: BTreeMap<&str, u64> = BTreeMap::new();
    for path in elsewhere {
        let is_of = |name: &str| path.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let (name, bytes) = facts.modules.iter().find(|(name, _)| is_of(name))?;
        modules.insert(name, *bytes);
    }
    let more = modules.values().sum::<u64>() * left_by(facts, ldflags) / 1000;
    // Another release of a module, and a larger part of it, may bring half as much more.
    let high = known.saturating_add(more + more / 2).saturating_add(500_000);
    Some(TypicalSize::by_input(known.saturating_add(more / 2), known.saturating_add(more), high))
}

/// The share of a program's bytes that the flags of the linker leave, in thousandths.
fn left_by(facts: &Facts, ldflags: &str) -> u64 {
    if ldflags_has(ldflags, "-s") {
        facts.stripped_permille.s
    } else if ldflags_has(ldflags, "-w") {
        facts.stripped_permille.w
    } else {
        1000
    }
}

/// The beginning of the basis of a Go program's size, and the mark for a program without symbols.
const MADE_BY_GO: &str = "a Go";

const STRIPPED: &str = ", stripped";

/// Whether a Go program is without symbols, by the basis of its size; `None` for another program.
pub(crate) fn is_stripped(basis: &str) -> Option<bool> {
    basis.starts_with(MADE_BY_GO).then(|| basis.contains(STRIPPED))
}

fn ldflags_has(ldflags: &str, flag: &str) -> bool {
    ldflags.split_whitespace().any(|word| word == flag)
}

/// Scales a size measured with the newest release to another one, by the size of the same server.
pub(crate) fn scale(facts: &Facts, bytes: u64, release: (u32, u32), cgo: bool) -> (u64, String) {
    let of = |entry: &Release| {
        if cgo { entry.server_cgo } else { entry.server_static }
    };
    let minor = |entry: &Release| -> u32 { entry.version.split('.').nth(1).and_then(|m| m.parse().ok()).unwrap_or(0) };
    let Some(newest) = facts.releases.last() else {
        return (bytes, String::new());
    };
    let below = facts.releases.iter().rev().find(|entry| minor(entry) <= release.1).or(facts.releases.first());
    let above = facts.releases.iter().find(|entry| minor(entry) >= release.1).unwrap_or(newest);
    let Some(below) = below else {
        return (bytes, String::new());
    };
    let (low, high) = (minor(below), minor(above));
    let server = if high <= low {
        of(below)
    } else {
        let part = u64::from(release.1.clamp(low, high) - low);
        of(below) + (of(above).saturating_sub(of(below))) * part / u64::from(high - low)
    };
    let source = if high <= low {
        below.source.clone()
    } else {
        format!("between Go {} and Go {}, in proportion", below.version, above.version)
    };
    (bytes.saturating_mul(server) / of(newest).max(1), source)
}
