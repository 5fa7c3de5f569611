//! Which variables an instruction sees.

use crate::dockerfile::Variables;
use imbl::OrdMap;
use std::borrow::Cow;

/// Variables with their values. A copy costs nothing: stages inherit from stages.
#[derive(Clone, Debug, Default)]
pub(super) struct Scope<'t> {
    /// Name to value, and when it was set last.
    values: OrdMap<Cow<'t, str>, (u32, Cow<'t, str>)>,
    next: u32,
}

impl<'t> Scope<'t> {
    pub(super) fn set(&mut self, name: impl Into<Cow<'t, str>>, value: impl Into<Cow<'t, str>>) {
        self.next += 1;
        self.values.insert(name.into(), (self.next, value.into()));
    }

    pub(super) fn remove(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// The names, the one set last at the end.
    pub(super) fn names(&self) -> Vec<&str> {
        let mut names: Vec<(u32, &str)> =
            self.values.iter().map(|(name, (when, _))| (*when, name.as_ref())).collect();
        names.sort_unstable();
        names.into_iter().map(|(_, name)| name).collect()
    }
}

impl Variables for Scope<'_> {
    fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(|(_, value)| value.as_ref())
    }
}

/// A build's platforms: `linux/amd64` taken apart.
pub(super) fn platform_args<'t>(
    target: &'t str,
    build: &'t str,
    stage: &'t str,
    overrides: impl Fn(&str) -> Option<&'t str>,
) -> Scope<'t> {
    let mut scope = Scope::default();
    for (prefix, platform) in [("BUILD", build), ("TARGET", target)] {
        let mut parts = platform.split('/');
        let (os, arch, variant) =
            (parts.next().unwrap_or(""), parts.next().unwrap_or(""), parts.next().unwrap_or(""));
        for (name, value) in [
            ("PLATFORM", platform),
            ("OS", os),
            ("OSVERSION", ""),
            ("ARCH", arch),
            ("VARIANT", variant),
        ] {
            let name = format!("{prefix}{name}");
            let value = overrides(&name).unwrap_or(value);
            scope.set(name, value);
        }
    }
    let stage = if stage.is_empty() { "default" } else { stage };
    scope.set("TARGETSTAGE", overrides("TARGETSTAGE").unwrap_or(stage));
    scope
}
