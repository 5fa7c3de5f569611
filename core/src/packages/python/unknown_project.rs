//! Projects of Python of which neither pyproject.toml nor the lock file is known: their installation is estimated.

use super::install_packages::make_folder;
use super::interpreter::Python;
use crate::commands::estimated_files::write_estimated_files;
use crate::measure::{ContextKind, TypicalSize, Way, typical_context_size, typical_tool_size};
use crate::packages::index_lookup::language_index;
use crate::shell::Shell;

/// Notes that a tool installed a project of unknown content, with all that it needs, into the folders of a Python. `by` names
/// the command; `compiles`: it compiles modules to bytecode.
///
/// The packages of a project that an earlier step installed stay. Then only the project itself may be new.
pub(super) fn install_unknown_project(shell: &mut Shell, python: &Python, by: &str, compiles: bool) {
    let packages = make_folder(shell, &python.packages);
    let programs = make_folder(shell, &python.programs);
    let (what, typical) = match shell.fs.weighed(&packages, by) {
        None => (by.to_string(), usual_packages(shell, compiles)),
        Some(_) => (format!("{by}: the project"), project_size()),
    };
    if shell.fs.weighed(&packages, &what).is_some() {
        return;
    }
    match typical.filter(|typical| write_estimated_files(shell, &packages, &what, typical, Way::RequirementsFile)) {
        Some(_) => {
            shell.fs.hold_weighed(&programs);
            shell.recorded_sizes.insert(what.clone());
        }
        None => {
            shell.fs.set_partial(&packages);
            shell.fs.set_partial(&programs);
        }
    }
    shell.gap("unknown-files", what);
}

/// What an installation usually brings. Pip, of which it was measured, compiles modules: the share that compiled ones have of
/// the packages in the index is missing where a tool does not.
fn usual_packages(shell: &mut Shell, compiles: bool) -> Option<TypicalSize> {
    let typical = typical_tool_size("pip-install")?;
    if compiles {
        return Some(typical.clone());
    }
    let (compiled, all) = language_index(shell, "pypi")?.compiled_bytes();
    let plain = |bytes: u64| bytes - (u128::from(bytes) * u128::from(compiled) / u128::from(all.max(1))) as u64;
    Some(typical.following(plain(typical.low), plain(typical.best), plain(typical.high)))
}

/// What a project adds to an environment that has its packages: its files, or only a link to them.
pub(super) fn project_size() -> Option<TypicalSize> {
    let directory = typical_context_size(ContextKind::Directory, "src")?;
    Some(directory.following(0, directory.best, directory.high))
}

/// Keeps the wheels of a project of unknown content in a tool's cache.
pub(super) fn keep_unknown_wheels(shell: &mut Shell, cache: &str, by: &str, figure: &str) {
    let folder = make_folder(shell, cache);
    let what = format!("the cache of {by}");
    if shell.fs.weighed(&folder, &what).is_some() {
        return;
    }
    let typical = typical_tool_size(figure);
    if typical.is_some_and(|typical| write_estimated_files(shell, &folder, &what, typical, Way::RequirementsFile)) {
        shell.recorded_sizes.insert(what.clone());
    } else {
        shell.fs.set_partial(&folder);
    }
    shell.gap("unknown-files", what);
}
