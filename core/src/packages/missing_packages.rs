//! Packages that no index here has: their sizes are estimated from the packages that the index of their kind has.

use super::index::Estimate;
use crate::measure::{Part, Size, Way};
use crate::shell::Shell;

/// The name of a tool's cache of packages: the first one, and how many more.
pub(crate) fn cache_name<'n>(tool: &str, names: impl IntoIterator<Item = &'n String>) -> String {
    let mut names = names.into_iter();
    let first = names.next().map_or("", String::as_str);
    match names.count() {
        0 => format!("{tool}'s cache of {first}"),
        more => format!("{tool}'s cache of {first} and {more} more"),
    }
}

/// The size of `count` packages that are called `what`, from the estimate of one.
pub(crate) fn estimated_size(what: &str, count: u64, one: Estimate) -> Size {
    let times = |bytes: u64| bytes.saturating_mul(count);
    let why = "the packages of its index: their median, between their quartiles";
    let part = Part::new(what, why, Way::PackageIndex).between(times(one.low), times(one.high));
    Size::estimated(times(one.best), Part { code: Some("estimated-package"), ..part })
}

/// Weighs packages that no index has, each by its name, in the directory that their files go to, unless they are weighed
/// there already; and reports the first `max_named` by name and the number of the others. Without an estimate nothing is
/// weighed.
pub(crate) fn weigh_missing<'n>(
    shell: &mut Shell,
    directory: &str,
    names: impl IntoIterator<Item = &'n String>,
    one: Option<Estimate>,
    max_named: usize,
) {
    let names = names.into_iter().filter(|name| shell.fs.weighed(directory, name).is_none());
    let names: Vec<&String> = names.collect();
    for name in &names {
        if let Some(one) = one {
            shell.fs.weigh(directory, name, estimated_size(name, 1, one));
        }
    }
    for name in names.iter().take(max_named) {
        shell.gap("unlisted-package", name.as_str());
    }
    if names.len() > max_named {
        let more = (names.len() - max_named).to_string();
        shell.gap("more-unlisted-packages", more);
    }
}

/// Weighs a package that no index has in the directory that its files go to, by one that is nearly the same.
pub(crate) fn weigh_like(shell: &mut Shell, directory: &str, name: &str, one: Estimate) {
    if shell.fs.weighed(directory, name).is_none() {
        let why = "a list of sizes of the release or another one, or a package of nearly the same name";
        let part = Part::new(name, why, Way::PackageIndex).between(one.low, one.high);
        shell.fs.weigh(directory, name, Size::estimated(one.best, Part { code: Some("similar-package"), ..part }));
        shell.gap("unlisted-package", name);
    }
}

/// Takes packages away that no index has. One that the same step brought leaves nothing.
pub(crate) fn unweigh_missing<'n>(shell: &mut Shell, directory: &str, names: impl IntoIterator<Item = &'n String>) {
    for name in names {
        if shell.fs.weighed(directory, name).is_some_and(|size| !size.parts().is_empty()) {
            shell.fs.weigh(directory, name, Size::ZERO);
        }
    }
}

/// The estimate of what a download cache keeps of a package: `kept` of its `bytes`, as of the packages that are known.
pub(crate) fn share_of(one: Estimate, kept: u64, bytes: u64) -> Option<Estimate> {
    let share = |size: u64| u64::try_from(u128::from(size) * u128::from(kept) / u128::from(bytes)).unwrap_or(u64::MAX);
    (bytes > 0).then(|| Estimate { low: share(one.low), best: share(one.best), high: share(one.high) })
}
