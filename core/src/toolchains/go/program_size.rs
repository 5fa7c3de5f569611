//! The size of a Go program.

use super::facts::{Facts, Package, Release, facts};
use super::imports::Source;
use super::link_elf::LinkMode;
use std::collections::BTreeSet;

/// The size of a program in bytes, and the basis of that size.
pub(crate) fn size(files: &[(String, Source)], release: (u32, u32), link: &LinkMode, ldflags: &str) -> (u64, String) {
    let Some(facts) = facts() else {
        return (0, "no data on Go".into());
    };
    let of = |package: &Package| if link.cgo { package.cgo } else { package.fixed };
    let imports: BTreeSet<&str> =
        files.iter().flat_map(|(_, source)| &source.imports).map(|import| import.path.as_str()).collect();
    let mut known: Vec<(&str, &Package)> =
        imports.iter().filter_map(|path| facts.packages.get(*path).map(|package| (*path, package))).collect();
    known.sort_by_key(|(path, package)| (std::cmp::Reverse(of(package)), *path));
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
    let left = if ldflags_has(ldflags, "-s") {
        facts.stripped_permille.s
    } else if ldflags_has(ldflags, "-w") {
        facts.stripped_permille.w
    } else {
        1000
    };
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
