//! Which variables an instruction sees.

use super::persistent_map::PersistentMap;
use crate::Variables;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A value, and when it was set.
type Value<'t> = (u32, Cow<'t, str>);

/// Variables with their values.
///
/// What a stage sets itself is kept apart from what it inherits, which is shared: a file may have
/// as many stages as variables, and stages inherit from stages.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope<'t> {
    own: BTreeMap<Cow<'t, str>, Value<'t>>,
    inherited: PersistentMap<Cow<'t, str>, Value<'t>>,
    next: u32,
}

impl<'t> Scope<'t> {
    pub(super) fn set(&mut self, name: impl Into<Cow<'t, str>>, value: impl Into<Cow<'t, str>>) {
        self.next += 1;
        self.own.insert(name.into(), (self.next, value.into()));
    }

    /// Takes away a variable that the scope set itself; one that it inherits stays.
    pub(super) fn remove(&mut self, name: &str) {
        self.own.remove(name);
    }

    /// The same for another stage to go on from.
    pub(super) fn share(&mut self) -> Self {
        for (name, value) in std::mem::take(&mut self.own) {
            self.inherited.insert(name, value);
        }
        self.clone()
    }

    /// How many are set, at most.
    pub(super) fn len(&self) -> usize {
        self.own.len() + self.inherited.len()
    }

    /// The names, the one set last at the end.
    pub(super) fn names(&self) -> Vec<&str> {
        let inherited = self.inherited.iter().filter(|(name, _)| !self.own.contains_key(*name));
        let all = self.own.iter().chain(inherited);
        let mut names: Vec<(u32, &str)> = all.map(|(name, (when, _))| (*when, name.as_ref())).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }
}

impl Variables for Scope<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        let own = self.own.get(name);
        own.or_else(|| self.inherited.get(name)).map(|(_, value)| value.as_ref())
    }
}

/// The arguments that every build has: its platforms, such as `linux/amd64`, and its target.
pub(super) fn platform_args<'t>(
    target: &'t str,
    build: &'t str,
    stage: &'t str,
    overrides: impl Fn(&str) -> Option<&'t str>,
) -> Scope<'t> {
    const BUILD: [&str; 5] = ["BUILDPLATFORM", "BUILDOS", "BUILDOSVERSION", "BUILDARCH", "BUILDVARIANT"];
    const TARGET: [&str; 5] = ["TARGETPLATFORM", "TARGETOS", "TARGETOSVERSION", "TARGETARCH", "TARGETVARIANT"];
    let mut scope = Scope::default();
    for (names, platform) in [(BUILD, build), (TARGET, target)] {
        let mut parts = platform.split('/');
        let mut part = || parts.next().unwrap_or("");
        let (os, arch, variant) = (part(), part(), part());
        for (name, value) in names.into_iter().zip([platform, os, "", arch, variant]) {
            scope.set(name, overrides(name).unwrap_or(value));
        }
    }
    let stage = if stage.is_empty() { "default" } else { stage };
    scope.set("TARGETSTAGE", overrides("TARGETSTAGE").unwrap_or(stage));
    scope
}
