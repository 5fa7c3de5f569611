//! The check of symbol versions by glibc's loader: `elf/dl-version.c`.

use super::glibc::Ld;
use super::glibc_symbol_lookup;
use crate::elf::Elf;
use crate::exec::cause::Cause;
use crate::exec::outcome::{Outcome, TraceStep, Who};

impl Ld<'_, '_> {
    /// `_dl_check_all_versions`: the printed lines, and whether one is fatal.
    pub(super) fn versions(&self, list: &[usize], outcome: &mut Outcome) -> (String, bool) {
        let mut words = String::new();
        let mut first: Option<(String, Vec<String>)> = None;
        let program = self.objects.first().map_or("", |object| object.name.as_str());
        // The result for a set of libraries is the same in every program.
        let libraries = glibc_symbol_lookup::set_id(&self.objects, list.get(1..).unwrap_or(&[]));
        let agreed = self.system.symbols_checked.agreed(libraries);
        // Objects in the order in which they were opened; the loader after the objects that need it.
        let order = list.iter().copied().chain((!list.contains(&self.own)).then_some(self.own));
        let mut before = 0;
        for (at, object) in
            order.take(if agreed { 1 } else { usize::MAX }).filter_map(|index| self.objects.get(index)).enumerate()
        {
            if at == 1 {
                before = words.len();
            }
            let Some(elf) = object.elf() else { continue };
            for need in &elf.needed_versions {
                let Some(provider) = self.known(&need.library).and_then(|index| self.objects.get(index)) else {
                    continue;
                };
                let Some(defined) = provider.elf().filter(|_| !provider.name.is_empty()) else { continue };
                if !defined.has_version_table() {
                    // A modelled library may lack a version table, a real library does not.
                    if defined.has_symbols() {
                        for _ in &need.versions {
                            words.push_str(&format!(
                                "{program}: {}: no version information available (required by {})\n",
                                provider.name, object.name
                            ));
                        }
                    }
                    continue;
                }
                let lacks = |version: &&String| !defined.defined_versions.contains(version) && !base(defined, version);
                let lacking: Vec<&String> = need.versions.iter().filter(lacks).collect();
                let mut fatal: Vec<String> = Vec::new();
                for version in &lacking {
                    let weak = need.weak.contains(version);
                    let kind = if weak { "weak version" } else { "version" };
                    words.push_str(&format!(
                        "{program}: {}: {kind} `{version}' not found (required by {})\n",
                        provider.name, object.name
                    ));
                    if !weak {
                        outcome.misses("version", version, &object.name);
                        fatal.push(version.to_string());
                    }
                }
                // All versions that the program needs are steps; of libraries only missing ones.
                if lacking.is_empty() && object.parent.is_some() {
                    continue;
                }
                let shown = if fatal.is_empty() { need.versions.join(", ") } else { fatal.join(", ") };
                outcome.trace.push(TraceStep::new(
                    Who::LdSo,
                    "check-versions",
                    &[("library", &provider.name), ("versions", &shown)],
                    fatal.is_empty(),
                ));
                if !fatal.is_empty() {
                    first.get_or_insert((provider.name.clone(), Vec::new())).1.extend(fatal);
                }
            }
        }
        if words.len() == before {
            self.system.symbols_checked.agree(libraries);
        }
        let failed = first.is_some();
        if let Some((library, versions)) = first {
            let path = self.objects.first().map(|object| object.file.real.clone()).unwrap_or_default();
            outcome.fails(Cause::VersionMissing { path, library, versions });
        }
        (words, failed)
    }
}

/// Whether a version is the base version, the library's own name, which always exists.
fn base(elf: &Elf, version: &str) -> bool {
    elf.soname.as_deref() == Some(version)
}
