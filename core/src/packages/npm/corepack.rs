//! corepack: shims for yarn and pnpm that fetch the real programs when they are first called.

use super::package_json::{PackageJson, PackageSpec};
use super::registry::{Registry, name_of, size_basis};
use crate::fs::path;
use crate::measure::Size;
use crate::packages::index::PackageTable;
use crate::packages::index_lookup::language_index;
use crate::packages::language_managers::run_language_manager;
use crate::shell::Shell;

/// The shims that `corepack enable` creates, by tool.
const SHIMS: [(&str, &[&str]); 2] = [("pnpm", &["pnpm", "pnpx"]), ("yarn", &["yarn", "yarnpkg"])];
/// The path of corepack in Node's official images, relative to /usr/local/bin.
const DIST: &str = "../lib/node_modules/corepack/dist";

/// The command model of `corepack`.
pub(crate) fn corepack(shell: &mut Shell, argv: &[String]) -> i32 {
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    match words.split_first() {
        Some((&"enable", tools)) => {
            link(shell, tools, true);
            0
        }
        Some((&"disable", tools)) => {
            link(shell, tools, false);
            0
        }
        Some((&("prepare" | "install" | "use" | "up"), tools)) => {
            match tools.is_empty() {
                true => {
                    if let Some((tool, version)) = package_manager_field(shell) {
                        fetch(shell, &tool, &version);
                    }
                }
                false => tools.iter().for_each(|word| {
                    let one = PackageSpec::read(word);
                    fetch(shell, &one.name, &one.range);
                }),
            }
            0
        }
        _ => run_language_manager(shell, argv),
    }
}

fn link(shell: &mut Shell, tools: &[&str], on: bool) {
    for (_, names) in SHIMS.iter().filter(|(tool, _)| tools.is_empty() || tools.contains(tool)) {
        for name in *names {
            let place = format!("/usr/local/bin/{name}");
            if shell.fs.get(&place).is_some() {
                let _ = shell.fs.remove(&place);
            }
            if on {
                let (uid, gid) = (shell.user.uid, shell.user.gid);
                let _ = shell.fs.symlink(&format!("{DIST}/{name}.js"), &place, uid, gid);
            }
        }
    }
}

/// The tool that package.json names in `packageManager`, with its version.
fn package_manager_field(shell: &Shell) -> Option<(String, String)> {
    let package_json = PackageJson::read(shell).ok().flatten()?;
    let one = PackageSpec::read(package_json.text("packageManager")?);
    Some((one.name, one.range.split('+').next().unwrap_or("").to_string()))
}

/// Called before a tool runs. If the tool is a shim of corepack, the real program is fetched.
pub(crate) fn fetch_behind_shim(shell: &mut Shell, tool: &str) {
    let place = format!("/usr/local/bin/{tool}");
    let is_shim = shell.fs.get(&place).is_some_and(|node| match &node.kind {
        crate::fs::Kind::Symlink(target) => target.starts_with(DIST),
        _ => false,
    });
    if is_shim {
        let version = package_manager_field(shell).filter(|(name, _)| name == tool).map(|(_, version)| version);
        fetch(shell, tool, &version.unwrap_or_default());
    }
}

/// Writes a tool into corepack's cache.
fn fetch(shell: &mut Shell, tool: &str, version: &str) {
    let home = shell.var("HOME").unwrap_or("/root");
    let kept = shell.var("COREPACK_HOME").map_or_else(|| format!("{home}/.cache/node/corepack"), str::to_string);
    let folder = path::join(&kept, &format!("v1/{tool}"));
    if version.is_empty() && shell.fs.stat("/", &folder).is_ok() {
        return;
    }
    let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.folder_mode());
    let Ok(folder) = shell.fs.mkdir_all(&folder, mode, uid, gid) else { return };
    let table: Option<std::sync::Arc<PackageTable>> = language_index(shell, "npm");
    let size = table.as_ref().and_then(|table| {
        let row = Registry::read(table, false).find(tool, version)?;
        // The size of another major version is not known.
        let major = |text: &str| text.split('.').next().map(str::to_string);
        if !version.is_empty()
            && version.starts_with(|c: char| c.is_ascii_digit())
            && major(version) != major(row.version)
        {
            return None;
        }
        Some((
            format!("{}@{version}", name_of(row.name)),
            Size::modelled(row.bytes, size_basis(table, &row, row.version)),
        ))
    });
    match size {
        Some((what, size)) => shell.fs.weigh_whole(&folder, &what, size),
        None => {
            shell.fs.set_partial(&folder);
            shell.gap("unknown-files", format!("corepack's {tool}"));
        }
    }
}
