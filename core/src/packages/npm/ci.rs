//! `npm ci`: it refuses to install without a lockfile that fits package.json.

use super::lockfile::package_lock::LockedPackage;
use super::package_json::{PackageJson, PackageSpec};
use super::registry::Registry;
use crate::shell::Shell;

const MISSING_LOCKFILE: &str = "npm error code EUSAGE
npm error
npm error The `npm ci` command can only install with an existing package-lock.json or
npm error npm-shrinkwrap.json with lockfileVersion >= 1. Run an install with npm@5 or
npm error later to generate a package-lock.json file, then try again.
";

/// Whether no lockfile can be there, whatever package.json says.
pub(crate) fn has_no_lockfile(shell: &Shell, argv: &[String]) -> bool {
    let is_elsewhere =
        argv.iter().any(|word| word.starts_with("--prefix") || word.starts_with("-C") || word == "--workspace");
    let is_absent = |name: &&str| shell.read(name).is_err() && !shell.fs.may_hide(&shell.cwd, name);
    !is_elsewhere && ["package-lock.json", "npm-shrinkwrap.json"].iter().all(is_absent)
}

pub(crate) fn missing_lockfile(shell: &mut Shell) -> i32 {
    shell.err(MISSING_LOCKFILE);
    1
}

/// `npm ci` fails if the lockfile lacks a dependency of package.json.
pub(crate) fn out_of_sync(
    shell: &mut Shell,
    registry: &Registry<'_>,
    package_json: &PackageJson,
    lock: &[LockedPackage],
) -> Option<i32> {
    let is_there = |name: &str| lock.iter().any(|one| one.top && one.name == name);
    let unlocked: Vec<PackageSpec> =
        package_json.dependencies(true).into_iter().filter(|one| !one.optional && !is_there(&one.name)).collect();
    if unlocked.is_empty() {
        return None;
    }
    let mut words = String::from(
        "npm error code EUSAGE\nnpm error\nnpm error `npm ci` can only install packages when your package.json and package-lock.json or npm-shrinkwrap.json are in sync. Please update your lock file with `npm install` before continuing.\nnpm error\n",
    );
    for one in unlocked {
        let version = registry.find(&one.name, &one.range).map_or(one.range.clone(), |row| row.version.to_string());
        words += &format!("npm error Missing: {}@{version} from lock file\n", one.name);
    }
    shell.err(words);
    Some(1)
}
