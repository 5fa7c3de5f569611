//! Lockfiles: package-lock.json, yarn.lock and pnpm-lock.yaml.

mod dependency_graph;
pub(crate) mod package_lock;
pub(crate) mod pnpm_lock;
pub(crate) mod yarn_lock;

pub(crate) use dependency_graph::LockedVersions;
