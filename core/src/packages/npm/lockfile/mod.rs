//! Lockfiles: package-lock.json, yarn.lock and pnpm-lock.yaml.

mod dependency_graph;
pub(crate) mod package_lock;
pub(crate) mod pnpm_lock;
pub(crate) mod write_lockfile;
pub(crate) mod yarn_lock;

pub(crate) use dependency_graph::LockedVersions;

/// What the tests of yarn's and pnpm's lock files share.
#[cfg(test)]
mod fixture {
    use super::LockedVersions;
    use crate::packages::npm::package_json::PackageJson;

    pub(super) fn package_json() -> PackageJson {
        PackageJson::parse(r#"{"dependencies":{"a":"^1.0.0","@s/b":"~2.0.0"},"devDependencies":{"d":"*"}}"#).unwrap()
    }

    pub(super) fn names(pinned: &LockedVersions) -> Vec<String> {
        pinned.packages.iter().map(|(name, version)| format!("{name}@{version}")).collect()
    }
}
