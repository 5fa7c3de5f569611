//! Package indexes: too large for everybody, so one is fetched when a build asks for it.

use super::model::{Effect, Model};
use stageplay_core::base_images::Catalogue;
use stageplay_core::packages::index::Indexes;
use std::collections::BTreeSet;
use std::sync::Arc;

/// What came, and what was asked for.
#[derive(Debug)]
pub struct Fetched {
    indexes: Indexes,
    asked: BTreeSet<String>,
}

impl Default for Fetched {
    fn default() -> Self {
        Fetched { indexes: Indexes::builtin(), asked: BTreeSet::new() }
    }
}

impl Fetched {
    /// Puts what came into a new catalogue.
    pub(super) fn fill(&self, mut catalogue: Catalogue) -> Catalogue {
        catalogue.packages = self.indexes.clone();
        catalogue
    }
}

impl Model {
    /// Asks for the indexes that the last simulation lacked; for each of them once.
    pub(super) fn wanted_indexes(&mut self) -> Vec<Effect> {
        let Some(done) = &self.simulation else { return Vec::new() };
        let lacked = done.built.diagnostics.iter().filter(|one| one.code == "package-index-not-loaded");
        let names = lacked.flat_map(|one| &one.params).filter(|(key, _)| *key == "what").map(|(_, name)| name.clone());
        // A fix may be in a package, too.
        let names: Vec<String> = names.chain(done.wants.map(str::to_string)).collect();
        names.into_iter().filter(|name| self.fetched.asked.insert(name.clone())).map(Effect::FetchIndex).collect()
    }

    /// An index came: what was simulated without it is simulated with it.
    pub(super) fn take_index(&mut self, name: &str, text: Result<String, String>) {
        match text {
            Ok(text) => {
                if !self.fetched.indexes.add(name, text) {
                    return;
                }
                let mut catalogue = Catalogue::builtin();
                // What was kept could be read when it was taken.
                let _ = catalogue.add(&self.real.calibration);
                self.set_catalogue(catalogue);
                self.simulate();
            }
            Err(error) => {
                // The next edit asks again.
                self.fetched.asked.remove(name);
                self.notice = Some(error);
            }
        }
    }

    pub(super) fn set_catalogue(&mut self, catalogue: Catalogue) {
        self.catalogue = Arc::new(self.fetched.fill(catalogue));
        self.host.set_catalogue(self.catalogue.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Msg;
    use stageplay_core::words::Language;

    #[test]
    fn an_index_is_asked_for_once_and_then_known() {
        let mut model = Model::new(Language::English, None);
        model.fetched = Fetched { indexes: Indexes::default(), asked: BTreeSet::new() };
        model.set_catalogue(Catalogue::builtin());
        let text = "FROM debian:12\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\nCMD [\"curl\"]\n";
        let effects = model.update(Msg::Edited("Dockerfile".into(), text.into()));
        assert!(effects.contains(&Effect::FetchIndex("debian-12".into())), "{effects:?}");
        let again = model.update(Msg::Edited("Dockerfile".into(), format!("{text}\n")));
        assert!(!again.iter().any(|effect| matches!(effect, Effect::FetchIndex(_))));
        let table = "# source: a test\n*libc6\t2\t10\n*curl\t1\t20\t\t\t/usr/bin curl\n".replace("*curl", "curl");
        let sorted: Vec<&str> = table.lines().rev().collect();
        let table = format!("{}\n{}\n{}\n", sorted[2], sorted[0], sorted[1]);
        model.update(Msg::Index("debian-12".into(), Ok(table)));
        let report = model.report.as_ref().unwrap();
        assert!(
            report.warnings.iter().all(|warning| warning.rule != "package-index-not-loaded"),
            "{:?}",
            report.warnings
        );
        let image = model.simulation.as_ref().unwrap().built.image.as_ref().unwrap();
        assert!(image.layers[1].size.bytes().is_some(), "{:?}", image.layers[1].size);
        let layer = report.steps[1].layer.as_ref().unwrap();
        assert!(layer.entries.iter().any(|entry| entry.path == "/usr/bin/curl"));
    }
}
