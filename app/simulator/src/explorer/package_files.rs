//! The files of an image's packages: by the package manager's database of the image and the package index.

use super::image_files::{FileFact, FileType, PACKAGE};
use super::path_changes::Scope;
use stageplay_core::fs::{Tree, path};
use stageplay_core::image::os_field;
use stageplay_core::measure::Bounds;
use stageplay_core::packages::index::{Indexes, ListedFile};
use stageplay_core::packages::package_database::{APK_INSTALLED, DPKG_STATUS, Database};
use std::collections::BTreeMap;

/// The longest database that is read, in bytes.
const MAX_DATABASE: usize = 16 << 20;

/// The package of each file that the index lists.
#[derive(Debug, Default)]
pub(crate) struct PackageFiles {
    owners: BTreeMap<String, String>,
}

impl PackageFiles {
    /// The files of the packages that are installed; none if the image's release has no index that is loaded.
    pub(crate) fn of(tree: &Tree, indexes: &Indexes) -> PackageFiles {
        Self::read(tree, indexes).unwrap_or_default()
    }

    fn read(tree: &Tree, indexes: &Indexes) -> Option<PackageFiles> {
        let text = |path: &str| {
            let (_, node) = tree.stat("/", path).ok()?;
            Some(String::from_utf8_lossy(&node.content()?.read_at(0, MAX_DATABASE)).into_owned())
        };
        let os = text("/etc/os-release")?;
        let version = os_field(&os, "VERSION_ID").unwrap_or_default();
        let release = indexes.release(&os_field(&os, "ID")?, &version).ok()?;
        let database = [&DPKG_STATUS, &APK_INSTALLED]
            .into_iter()
            .find_map(|format| Some(Database::read(&text(format.path)?, format)))?;
        // A package may name a folder by a link: /bin is /usr/bin.
        let mut folders: BTreeMap<String, String> = BTreeMap::new();
        let mut owners = BTreeMap::new();
        for package in database.names() {
            let Some(row) = release.files(&package) else { continue };
            for listed in row.files() {
                let ListedFile::File(folder, name) = listed else { continue };
                let real = folders
                    .entry(folder.to_string())
                    .or_insert_with(|| tree.stat("/", folder).map_or_else(|_| folder.to_string(), |(real, _)| real));
                owners.insert(path::join(real, name), package.clone());
            }
        }
        Some(PackageFiles { owners })
    }

    /// The name of the package that installed a file; `None` if none is known to.
    pub(crate) fn owner(&self, file: &str) -> Option<&str> {
        self.owners.get(file).map(String::as_str)
    }

    /// The size of a package holds that of its listed files: what remains is that of the others.
    pub(crate) fn leave_others(&self, scope: &mut Scope) {
        let mut listed: BTreeMap<&str, u64> = BTreeMap::new();
        for (path, file) in scope.files.iter().filter(|(_, file)| file.fact.kind == FileType::File) {
            if let Some(package) = self.owner(path) {
                let sum = listed.entry(package).or_default();
                *sum = sum.saturating_add(file.fact.size.best);
            }
        }
        for (path, file) in &mut scope.files {
            let name = path::file_name(path).strip_prefix(PACKAGE);
            if let Some(bytes) = name.and_then(|name| listed.get(name)) {
                take(&mut file.fact, *bytes);
            }
        }
    }
}

fn take(fact: &mut FileFact, bytes: u64) {
    let size = fact.size;
    fact.size = Bounds {
        known: size.known.saturating_sub(bytes),
        low: size.low.saturating_sub(bytes),
        best: size.best.saturating_sub(bytes),
        high: size.high.map(|high| high.saturating_sub(bytes)),
        is_counted: size.is_counted,
    };
}
