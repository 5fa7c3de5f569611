//! What go keeps in its caches of modules that are not known: the modules and the compiled packages, both estimated.

use super::build_cache::{cache_bytes, cache_folder};
use super::go_mod::module_cache;
use super::measured_sizes::facts;
use crate::commands::estimated_files::write_estimated_files;
use crate::measure::{TypicalSize, Way, typical_tool_size};
use crate::shell::Shell;

/// The name of the modules in the module cache.
const MODULES: &str = "the modules of Go";
/// The name of the compiled packages in the build cache.
const COMPILED: &str = "Go's build cache";

/// Writes the modules that a go.mod of unknown content needs into the module cache. `of` names a program that has modules
/// of its own, and is empty for the project.
///
/// Modules that an earlier step downloaded are there already.
pub(super) fn write_modules(shell: &mut Shell, of: &str) -> bool {
    let (folder, what) = (module_cache(shell), named(MODULES, of));
    if is_weighed(shell, &folder, &what) {
        return true;
    }
    let typical = typical_tool_size("go-modules");
    let is_recorded =
        typical.is_some_and(|typical| write_estimated_files(shell, &folder, &what, typical, Way::RealBuild));
    if !is_recorded {
        shell.make_partial_folder(&folder);
    }
    is_recorded
}

/// Writes what is compiled of sources that are not known into the build cache: by the sizes that programs of Go usually
/// have. What a later build adds is at most as much.
pub(super) fn write_compiled(shell: &mut Shell, release: (u32, u32), of: &str) -> bool {
    let (folder, first) = (cache_folder(shell), named(COMPILED, ""));
    let Some(typical) = typical_cache(release) else {
        shell.make_partial_folder(&folder);
        return false;
    };
    let (what, typical) = match is_weighed(shell, &folder, &first) {
        true => (named(COMPILED, of), typical.following(0, typical.low, typical.high)),
        false => (first, typical),
    };
    let is_recorded =
        is_weighed(shell, &folder, &what) || write_estimated_files(shell, &folder, &what, &typical, Way::RealBuild);
    if !is_recorded {
        shell.make_partial_folder(&folder);
    }
    is_recorded
}

/// The size of the build cache after a build, by the sizes of programs.
///
/// Before Go 1.20 the standard library comes compiled, and only a build with other flags, such as `CGO_ENABLED=0`, compiles
/// it again.
fn typical_cache(release: (u32, u32)) -> Option<TypicalSize> {
    let program = typical_tool_size("go-build")?;
    let of = |bytes| cache_bytes(bytes, release, false);
    let (low, best, high) = (of(program.low)?, of(program.best)?, of(program.high)?);
    let compiled = if release < (1, 20) { facts()?.build_cache.server } else { 0 };
    let (low, best) = (low.saturating_sub(compiled), best.saturating_sub(compiled));
    Some(program.following(low, best, high))
}

fn named(what: &str, of: &str) -> String {
    if of.is_empty() { what.to_string() } else { format!("{what}: {of}") }
}

fn is_weighed(shell: &Shell, folder: &str, what: &str) -> bool {
    shell.fs.resolve(&shell.cwd, folder, true).is_ok_and(|real| shell.fs.weighed(&real, what).is_some())
}
