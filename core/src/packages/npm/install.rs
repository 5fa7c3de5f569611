//! `npm install`, `npm ci`, `yarn install`, `pnpm install`: which packages are installed, and what is written.

use super::cache::{Fetched, cached_size, write_cache};
use super::ci::{has_no_lockfile, missing_lockfile, out_of_sync};
use super::frozen_lockfile::{absent_lockfile, outdated_lockfile};
use super::install_global::install_global;
use super::install_scripts::report_install_scripts;
use super::lockfile::package_lock::LockedPackage;
use super::lockfile::write_lockfile::{lockfile_bytes, write_file_of_size, write_package_lock};
use super::lockfile::{LockedVersions, package_lock, pnpm_lock, yarn_lock};
use super::node_modules::{NodeModules, add_missing, metadata_files, write_node_modules};
use super::package_json::{self, PackageJson, PackageSpec, missing_package_json};
use super::registry::Registry;
use super::request::Request;
use super::run_scripts;
use crate::fs::path;
use crate::packages::index::Row;
use crate::packages::language_managers::run_language_manager;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// The packages of an installation.
#[derive(Default)]
struct ChosenPackages<'t> {
    /// Rows of the table, each with the version that is installed.
    rows: Vec<(Row<'t>, String)>,
    /// The names that the table does not have.
    missing: BTreeSet<String>,
    /// The dependencies that are not from the registry.
    elsewhere: BTreeSet<String>,
}

impl<'t> ChosenPackages<'t> {
    fn from_package_lock(registry: &Registry<'t>, lock: &[LockedPackage], omits_dev: bool) -> ChosenPackages<'t> {
        let mut chosen = ChosenPackages::default();
        for one in lock.iter().filter(|one| !(one.dev && omits_dev)) {
            chosen.add(registry, &one.name, &one.version);
        }
        chosen
    }

    /// Adds a package in this version, if the table has its name.
    fn add(&mut self, registry: &Registry<'t>, name: &str, version: &str) {
        match registry.find(name, version) {
            Some(row) => self.rows.push((row, version.to_string())),
            None => {
                self.missing.insert(name.to_string());
            }
        }
    }

    /// The packages of yarn's or pnpm's lockfile; for dependencies that it lacks, those of the table.
    fn from_yarn_or_pnpm_lock(
        registry: &Registry<'t>,
        pinned: &LockedVersions,
        package_json: &PackageJson,
        dev: bool,
        added: &[PackageSpec],
    ) -> ChosenPackages<'t> {
        let unlocked = |one: &PackageSpec| pinned.unlocked.contains(&one.name);
        let wanted: Vec<PackageSpec> =
            package_json.dependencies(dev).into_iter().filter(unlocked).chain(added.iter().cloned()).collect();
        let mut chosen = ChosenPackages::from_specs(registry, &wanted);
        for (name, version) in &pinned.packages {
            chosen.add(registry, name, version);
        }
        chosen
    }

    fn from_specs(registry: &Registry<'t>, wanted: &[PackageSpec]) -> ChosenPackages<'t> {
        let mut chosen = ChosenPackages::default();
        let mut tops = Vec::new();
        for one in wanted {
            match registry.find(&one.name, &one.range) {
                _ if one.is_outside_registry() => {
                    chosen.elsewhere.insert(one.name.clone());
                }
                Some(row) => tops.push(row),
                None => {
                    chosen.missing.insert(one.name.clone());
                }
            }
        }
        chosen.rows.extend(registry.closure(tops).into_iter().map(|row| (row, row.version.to_string())));
        chosen
    }
}

pub(crate) fn install(shell: &mut Shell, argv: &[String], tool: &str, request: &Request) -> i32 {
    let Some(table) = crate::packages::index_lookup::language_index(shell, "npm") else {
        return run_language_manager(shell, argv);
    };
    let registry = Registry::read(&table, crate::commands::c_library::is_musl(shell));
    if request.global {
        return install_global(shell, tool, &table, &registry, request);
    }
    let clean = request.verb == "ci" || request.verb == "clean-install";
    if clean && tool == "npm" && has_no_lockfile(shell, argv) {
        return missing_lockfile(shell);
    }
    let package_json = match PackageJson::read(shell) {
        Ok(Some(package_json)) => package_json,
        Ok(None) if shell.is_unknown_file("package.json") => return run_language_manager(shell, argv),
        Ok(None) if clean && tool == "npm" => return missing_lockfile(shell),
        // yarn and pnpm, and npm with package names, create a package.json.
        Ok(None) if !request.names.is_empty() || tool != "npm" => PackageJson::default(),
        Ok(None) => return missing_package_json(shell),
        Err(words) => {
            shell.err(format!("npm error code EJSONPARSE\nnpm error path {}/package.json\nnpm error JSON.parse Invalid package.json: {words}\n", shell.cwd));
            return 1;
        }
    };
    if package_json.has_workspaces() {
        return run_language_manager(shell, argv);
    }
    let musl = registry.matches_c_library("musl");
    let lock = if tool == "npm" { package_lock::read_package_lock(shell, musl) } else { None };
    let lock = lock.filter(|_| request.names.is_empty());
    let has_unknown_lock = |shell: &Shell| {
        package_lock::NAMES.iter().any(|name| match shell.fs.stat(&shell.cwd, name) {
            // A lockfile that npm wrote here fits package.json, although not all of its bytes are known.
            Ok((_, node)) => clean || node.content().is_some_and(|content| !content.len_known),
            Err(_) => shell.fs.may_hide(&shell.cwd, name),
        })
    };
    if tool == "npm" && lock.is_none() && request.names.is_empty() && has_unknown_lock(shell) {
        return run_language_manager(shell, argv);
    }
    if clean && tool == "npm" {
        match &lock {
            None => return missing_lockfile(shell),
            Some(lock) => {
                if let Some(status) = out_of_sync(shell, &registry, &package_json, lock) {
                    return status;
                }
            }
        }
    }
    let added: Vec<PackageSpec> = request.names.iter().map(|word| PackageSpec::read(word)).collect();
    let dev = !request.omits_dev;
    let pinned = match read_locked_versions(shell, tool, &package_json, dev, musl) {
        // Lockfiles of newer yarn versions are not read.
        Err(()) => return run_language_manager(shell, argv),
        Ok(pinned) => pinned,
    };
    if let Some(pinned) = &pinned
        && request.frozen
        && !pinned.unlocked.is_empty()
    {
        return outdated_lockfile(shell, tool, pinned);
    }
    let chosen = match (&lock, &pinned) {
        (Some(lock), _) => ChosenPackages::from_package_lock(&registry, lock, request.omits_dev),
        (None, Some(pinned)) => ChosenPackages::from_yarn_or_pnpm_lock(&registry, pinned, &package_json, dev, &added),
        (None, None) if request.frozen && tool == "pnpm" => return absent_lockfile(shell),
        (None, None) => {
            let mut wanted = package_json.dependencies(dev);
            wanted.extend(added.iter().cloned());
            ChosenPackages::from_specs(&registry, &wanted)
        }
    };
    let ChosenPackages { rows, missing, elsewhere } = &chosen;
    let modules = path::join(&shell.cwd, request.modules.as_deref().unwrap_or("node_modules"));
    if clean && shell.fs.get(&modules).is_some() {
        let _ = shell.fs.remove(&modules);
    }
    let one = table.typical_size(missing.len(), lock.is_none() && pinned.is_none());
    if !request.lock_only {
        let prunes = request.verb == "prune";
        let names =
            package_json.dependencies(dev).into_iter().chain(added.iter().cloned()).map(|one| one.name).collect();
        write_node_modules(
            shell,
            &NodeModules { table: &table, tool, modules: &modules, direct: names, missing },
            rows,
            prunes,
            clean,
        );
        let asks = lock.as_ref().is_none_or(|lock| lock.iter().any(|one| !one.resolved)) && pinned.is_none();
        if !prunes {
            // yarn always fetches development dependencies and builds for other systems.
            let all = match &pinned {
                Some(_) if tool == "yarn" && !dev => {
                    read_locked_versions(shell, tool, &package_json, true, musl).ok().flatten()
                }
                _ => None,
            };
            let fetched = all
                .as_ref()
                .map(|all| ChosenPackages::from_yarn_or_pnpm_lock(&registry, all, &package_json, true, &added).rows);
            let builds = all.as_ref().or(pinned.as_ref()).filter(|_| tool == "yarn");
            let foreign = builds.is_some_and(|all| !all.foreign.is_empty());
            if foreign {
                shell.gap("unknown-files", "yarn's cache: builds for other systems");
            }
            let fetched = Fetched {
                rows: fetched.as_ref().unwrap_or(rows),
                missing,
                missing_one: one.map(|one| cached_size(&table, tool, one, asks)),
                asks_registry: asks,
                is_complete: (missing.is_empty() || one.is_some()) && !foreign,
            };
            write_cache(shell, tool, &fetched);
        }
        if !missing.is_empty() {
            add_missing(shell, &modules, missing, one);
        }
        report_install_scripts(shell, rows, request);
        if !elsewhere.is_empty() {
            let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.folder_mode());
            if let Ok(modules) = shell.fs.mkdir_all(&modules, mode, uid, gid) {
                shell.fs.set_partial(&modules);
            }
        }
        for what in elsewhere {
            shell.gap("unknown-files", format!("{tool} install {what}"));
        }
    }
    if tool == "npm" && request.saves {
        let copies = !request.lock_only && (clean || !rows.is_empty());
        write_package_lock(shell, rows, copies, lock.is_none() && request.verb != "prune");
    } else if tool != "npm" && request.verb != "prune" {
        let name = if tool == "yarn" { "yarn.lock" } else { "pnpm-lock.yaml" };
        if !request.frozen {
            write_file_of_size(shell, name, lockfile_bytes(tool, rows.len()), true);
        }
        if !request.lock_only && !rows.is_empty() {
            for (name, bytes) in metadata_files(tool, rows.len()) {
                write_file_of_size(shell, &path::join(&modules, name), bytes, false);
            }
        }
    }
    if !added.is_empty() && request.saves {
        package_json::save_dependencies(shell, &package_json, &added, request.dev, |one| {
            registry.find(&one.name, &one.range).map(|row| row.version.to_string())
        });
    }
    match request.runs_scripts && request.names.is_empty() && request.verb != "prune" && !request.lock_only {
        true => run_scripts::run_lifecycle_scripts(shell, argv),
        false => 0,
    }
}

/// The versions that yarn's or pnpm's lockfile locks; `None` without a lockfile.
///
/// # Errors
/// One that is not read here.
fn read_locked_versions(
    shell: &Shell,
    tool: &str,
    package_json: &PackageJson,
    dev: bool,
    musl: bool,
) -> Result<Option<LockedVersions>, ()> {
    let name = match tool {
        "yarn" => "yarn.lock",
        "pnpm" => "pnpm-lock.yaml",
        _ => return Ok(None),
    };
    let text = match shell.read(name) {
        Ok(Some(bytes)) => String::from_utf8_lossy(&bytes).into_owned(),
        Ok(None) => return Err(()),
        Err(_) if shell.fs.may_hide(&shell.cwd, name) => return Err(()),
        Err(_) => return Ok(None),
    };
    let pinned = match tool {
        "yarn" => yarn_lock::read_yarn_lock(&text, package_json, dev),
        _ => pnpm_lock::read_pnpm_lock(&text, package_json, dev, musl),
    };
    pinned.map(Some).ok_or(())
}
