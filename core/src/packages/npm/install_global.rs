//! `npm install -g`.

use super::cache::{Fetched, cached_size, write_cache};
use super::install_scripts::report_install_scripts;
use super::node_modules::add_missing;
use super::package_json::PackageSpec;
use super::registry::{Registry, name_of, programs, size_basis};
use super::request::Request;
use crate::measure::Size;
use crate::packages::index::PackageTable;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// `npm install -g`: each package gets a folder of its own, with its dependencies below it.
pub(crate) fn install_global(
    shell: &mut Shell,
    tool: &str,
    table: &PackageTable,
    registry: &Registry<'_>,
    request: &Request,
) -> i32 {
    let prefix = shell.var("NPM_CONFIG_PREFIX").unwrap_or("/usr/local").to_string();
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.folder_mode());
    let mut all = Vec::new();
    let mut missing = BTreeSet::new();
    for word in &request.names {
        let one = PackageSpec::read(word);
        let Some(top) = registry.find(&one.name, &one.range).filter(|_| !one.is_outside_registry()) else {
            missing.insert(one.name.clone());
            continue;
        };
        let place = format!("{prefix}/lib/node_modules/{}", one.name);
        if let Ok(real) = shell.fs.resolve("/", &place, true) {
            let _ = shell.fs.remove(&real);
        }
        let Ok(folder) = shell.fs.mkdir_all(&place, mode, uid, gid) else { continue };
        for row in registry.closure([top]) {
            let id = format!("{}@{}", name_of(row.name), row.version);
            shell.fs.weigh_whole(&folder, &id, Size::modelled(row.bytes, size_basis(table, &row, row.version)));
            all.push((row, row.version.to_string()));
        }
        for (word, file) in programs(&top) {
            if shell.fs.mkdir_all(&format!("{prefix}/bin"), mode, uid, gid).is_ok() {
                let link = format!("{prefix}/bin/{word}");
                let _ = shell.fs.remove(&link);
                let _ = shell.fs.symlink(&format!("../lib/node_modules/{}/{file}", one.name), &link, uid, gid);
            }
        }
    }
    let one = table.typical_size(missing.len(), true);
    for name in &missing {
        add_missing(shell, &format!("{prefix}/lib/node_modules/{name}"), &BTreeSet::from([name.clone()]), one);
    }
    let fetched = Fetched {
        rows: &all,
        missing: &missing,
        missing_one: one.map(|one| cached_size(table, tool, one, true)),
        asks_registry: true,
        is_complete: missing.is_empty() || one.is_some(),
    };
    write_cache(shell, tool, &fetched);
    report_install_scripts(shell, &all, request);
    0
}
