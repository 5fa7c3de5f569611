//! Package indexes that a build needs.

use crate::state::effect::Effect;
use crate::state::model::Model;
use stageplay_core::base_images::Catalogue;

impl Model {
    /// Requests the indexes that the last simulation lacked, each of them once.
    pub(super) fn request_package_indexes(&mut self) -> Vec<Effect> {
        let Some(simulation) = &self.simulation else { return Vec::new() };
        let names = self.package_indexes.request_missing(simulation);
        names.into_iter().map(Effect::FetchPackageIndex).collect()
    }

    /// Takes an index that arrived and simulates with it. After an error the next edit requests it again.
    pub(super) fn take_package_index(&mut self, name: &str, table: Result<String, String>) {
        match table {
            Ok(table) => {
                if !self.package_indexes.add(name, table) {
                    return;
                }
                self.set_catalogue(Catalogue::clone(&self.catalogue));
                self.simulate();
            }
            Err(error) => {
                self.package_indexes.request_failed(name);
                self.notice = Some(error);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::message::Msg;
    use crate::state::package_indexes::PackageIndexes;
    use stageplay_core::words::Language;

    #[test]
    fn an_index_is_requested_once_and_then_used() {
        let mut model = Model::new(Language::English, Default::default());
        model.package_indexes = PackageIndexes::empty();
        model.set_catalogue(Catalogue::builtin());
        let text = "FROM debian:12\nRUN apt-get update && apt-get install -y curl && rm -rf /var/lib/apt/lists/*\nCMD [\"curl\"]\n";
        let effects = model.update(Msg::FileEdited("Dockerfile".into(), text.into()));
        assert!(effects.contains(&Effect::FetchPackageIndex("debian-12".into())), "{effects:?}");
        let again = model.update(Msg::FileEdited("Dockerfile".into(), format!("{text}\n")));
        assert!(!again.iter().any(|effect| matches!(effect, Effect::FetchPackageIndex(_))));
        let table = "# source: a test\n*libc6\t2\t10\n*curl\t1\t20\t\t\t/usr/bin curl\n".replace("*curl", "curl");
        let sorted: Vec<&str> = table.lines().rev().collect();
        let table = format!("{}\n{}\n{}\n", sorted[2], sorted[0], sorted[1]);
        model.update(Msg::PackageIndexLoaded("debian-12".into(), Ok(table)));
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
