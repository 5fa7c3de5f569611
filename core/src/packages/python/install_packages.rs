//! Writes packages and their console scripts into the folders of a Python.

use super::interpreter::Python;
use super::requirements_txt::WHEEL;
use super::unknown_project::project_size;
use crate::commands::estimated_files::write_estimated_files;
use crate::fs::{Content, path};
use crate::measure::{Size, TypicalSize, Way, typical_tool_size};
use crate::packages::index::{ListedFile, PackageTable, Row};
use crate::packages::missing_packages::{cache_name, estimated_size, share_of, weigh_missing};
use crate::shell::Shell;
use std::collections::BTreeSet;

/// Whether an environment variable is set to a true value.
pub(crate) fn is_set(shell: &Shell, name: &str) -> bool {
    shell.var(name).is_some_and(|value| !["", "0", "false", "no", "off"].contains(&value.to_lowercase().as_str()))
}

/// A requested package: its name in the index, with an extra if one is requested, and the pinned version.
pub(crate) type Requirement = (String, Option<String>);

/// How packages are installed.
pub(crate) struct InstallOptions {
    /// The installer's name, for messages.
    pub(crate) by: &'static str,
    /// Whether dependencies are installed as well; otherwise the list is complete, as a lockfile's is.
    pub(crate) with_dependencies: bool,
    /// Whether modules are compiled to bytecode.
    pub(crate) compiles: bool,
}

/// What was installed.
#[derive(Default)]
pub(crate) struct InstallSummary {
    /// The number of newly installed packages.
    pub(crate) count: usize,
    /// The bytes of their wheels.
    pub(crate) wheels: u64,
    /// The bytes of their files, without compiled modules.
    pub(crate) plain: u64,
    /// Names that the index does not have.
    missing: Vec<String>,
    /// The estimated bytes of their wheels and of their files, if they can be estimated.
    missing_wheels: Option<Size>,
    missing_files: Option<Size>,
}

impl InstallSummary {
    /// Whether nothing was installed.
    pub(crate) fn is_empty(&self) -> bool {
        self.count == 0 && self.missing.is_empty()
    }

    /// The number of packages, with those that no index has.
    pub(crate) fn packages(&self) -> u64 {
        (self.count + self.missing.len()) as u64
    }

    /// The size of all wheels, as a download cache keeps them; `basis` says so.
    pub(crate) fn kept_wheels(&self, basis: &str) -> Size {
        Size::modelled(self.wheels, basis) + self.of_missing(self.missing_wheels.as_ref())
    }

    /// The size of copies of all files, without compiled modules, as a cache keeps them; `basis` says so.
    pub(crate) fn kept_files(&self, basis: &str) -> Size {
        Size::modelled(self.plain, basis) + self.of_missing(self.missing_files.as_ref())
    }

    fn of_missing(&self, estimated: Option<&Size>) -> Size {
        match estimated {
            _ if self.missing.is_empty() => Size::ZERO,
            Some(size) => size.clone(),
            None => Size::unknown(0, "what is kept of packages that no index has"),
        }
    }
}

/// Creates a folder and its parents, owned by the current user.
pub(crate) fn make_folder(shell: &mut Shell, place: &str) -> String {
    let mode = shell.folder_mode();
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    shell.fs.mkdir_all(place, mode, uid, gid).unwrap_or_else(|_| place.to_string())
}

/// Writes packages and their programs into the folders of a Python. Installed packages stay.
pub(crate) fn install_packages(
    shell: &mut Shell,
    table: &PackageTable,
    wanted: &[Requirement],
    python: &Python,
    install_options: &InstallOptions,
) -> InstallSummary {
    let (rows, missing) = dependency_closure(table, wanted, install_options.with_dependencies);
    let mut summary = InstallSummary { missing, ..InstallSummary::default() };
    let packages = make_folder(shell, &python.packages);
    for row in &rows {
        let pinned = wanted.iter().find(|(name, _)| name == row.name).and_then(|(_, version)| version.as_deref());
        let taken = match pinned.filter(|version| *version != row.version) {
            Some(version) => format!(", taken for {version}"),
            None => String::new(),
        };
        let basis =
            format!("{} {} as {} installs it{taken} ({})", row.name, row.version, install_options.by, table.source());
        // A package that an earlier step installed stays.
        let stem = format!("{}-", row.name.replace('-', "_"));
        let is_it = |name: &str| name.starts_with(&stem) && name.ends_with(".dist-info");
        if row.bytes == 0 || shell.fs.children(&packages).iter().any(|(name, _)| is_it(name)) {
            continue;
        }
        let mark = format!("{packages}/{stem}{}.dist-info", pinned.unwrap_or(row.version));
        let _ = shell.fs.mkdir_all(&mark, 0o755, shell.user.uid, shell.user.gid);
        shell.fs.hold_weighed(&mark);
        let plain = row.bytes.saturating_sub(row.compiled);
        summary.count += 1;
        summary.wheels = summary.wheels.saturating_add(row.records);
        summary.plain = summary.plain.saturating_add(plain);
        let mut bytes = if install_options.compiles { row.bytes } else { plain };
        for file in row.files() {
            if let ListedFile::File(_, name) = file {
                let programs = make_folder(shell, &python.programs);
                if write_console_script(shell, &format!("{programs}/{name}"), &python.interpreter) {
                    bytes = bytes.saturating_sub(CONSOLE_SCRIPT_BYTES);
                }
            }
        }
        shell.fs.weigh_whole(&packages, row.name, Size::modelled(bytes, basis));
    }
    // A package that an earlier step installed stays.
    summary.missing.retain(|what| shell.fs.weighed(&packages, what).is_none());
    if summary.missing.is_empty() {
        return summary;
    }
    let count = summary.missing.len();
    let one = table.typical_size(count, install_options.with_dependencies);
    weigh_missing(shell, &packages, &summary.missing, one, usize::MAX);
    match one {
        Some(_) => shell.fs.hold_weighed(&packages),
        None => shell.fs.set_partial(&packages),
    }
    let (archives, unpacked) = table.archive_bytes();
    let wheel = one.and_then(|one| share_of(one, archives, unpacked));
    let what = cache_name(install_options.by, &summary.missing);
    let kept = |one| estimated_size(&what, count as u64, one);
    (summary.missing_wheels, summary.missing_files) = (wheel.map(kept), one.map(kept));
    summary
}

/// Writes the wheels of packages into a folder, without a listing of their names.
pub(crate) fn write_wheels(
    shell: &mut Shell,
    table: &PackageTable,
    wanted: &[Requirement],
    folder: &str,
    with_dependencies: bool,
) -> InstallSummary {
    let (rows, missing) = dependency_closure(table, wanted, with_dependencies);
    let mut summary = InstallSummary { missing, ..InstallSummary::default() };
    for row in rows.iter().filter(|row| row.records > 0) {
        summary.count += 1;
        summary.wheels = summary.wheels.saturating_add(row.records);
        let basis = format!("the wheel of {} {} ({})", row.name, row.version, table.source());
        shell.fs.weigh(folder, &format!("{}{WHEEL}", row.name), Size::modelled(row.records, basis));
    }
    let one = table.typical_size(summary.missing.len(), with_dependencies);
    let (archives, unpacked) = table.archive_bytes();
    let wheel = one.and_then(|one| share_of(one, archives, unpacked));
    let wheels: Vec<String> = summary.missing.iter().map(|name| format!("{name}{WHEEL}")).collect();
    weigh_missing(shell, folder, &wheels, wheel, usize::MAX);
    let what = cache_name("pip", &summary.missing);
    summary.missing_wheels = wheel.map(|one| estimated_size(&what, summary.missing.len() as u64, one));
    match summary.missing.is_empty() || wheel.is_some() {
        true => shell.fs.hold_weighed(folder),
        false => shell.fs.set_partial(folder),
    }
    summary
}

/// The rows of the requested packages, each once, with their dependencies if `with_dependencies`; and the names that
/// the table does not have.
fn dependency_closure<'t>(
    table: &'t PackageTable,
    wanted: &[Requirement],
    with_dependencies: bool,
) -> (Vec<Row<'t>>, Vec<String>) {
    let (mut rows, mut missing): (Vec<Row<'t>>, Vec<String>) = (Vec::new(), Vec::new());
    let mut open: Vec<String> = Vec::new();
    for (name, _) in wanted {
        match table.find(name) {
            Some(_) => open.push(name.clone()),
            None => {
                // The package without the extra is still known.
                open.extend(name.split_once('[').map(|(base, _)| base.to_string()));
                missing.push(name.clone());
            }
        }
    }
    let mut seen: BTreeSet<String> = BTreeSet::new();
    while let Some(name) = open.pop() {
        if !seen.insert(name.clone()) {
            continue;
        }
        if let Some(row) = table.find(&name) {
            open.extend(row.depends().filter(|_| with_dependencies).map(str::to_string));
            rows.push(row);
        }
    }
    (rows, missing)
}

/// Marks the folders as listed in part, since the files of a package from no index are not known. What a requirements file
/// of unknown content brings is estimated.
///
/// Returns whether the size is recorded.
pub(crate) fn mark_unlisted_files(shell: &mut Shell, what: &str, by: &str, python: &Python) -> bool {
    let shown = format!("{by} {what}");
    let typical = typical_packages(shell, what, by, python);
    let (packages, programs) = (make_folder(shell, &python.packages), make_folder(shell, &python.programs));
    let is_weighed = match typical {
        Some(typical) => write_estimated_files(shell, &packages, &shown, &typical, Way::RequirementsFile),
        None => {
            shell.fs.set_partial(&packages);
            false
        }
    };
    match is_weighed {
        true => {
            shell.fs.hold_weighed(&programs);
            shell.recorded_sizes.insert(shown.clone());
        }
        false => shell.fs.set_partial(&programs),
    }
    shell.gap("unknown-files", shown);
    is_weighed
}

/// What the installation of a requirements file of unknown content, or of a project in a folder, usually brings. `None` for
/// anything else.
///
/// What an installer of locked packages (`uv sync`, `poetry install`) has left to install is the project itself. Where a list
/// is installed already, a project may need nothing more.
fn typical_packages(shell: &Shell, what: &str, by: &str, python: &Python) -> Option<TypicalSize> {
    let typical = typical_tool_size("pip-install")?;
    if [".txt", ".in"].iter().any(|extension| what.ends_with(extension)) {
        return Some(typical.clone());
    }
    let folder = what.split('[').next().unwrap_or(what);
    let is_folder = shell.fs.stat(&shell.cwd, folder).is_ok_and(|(_, node)| node.is_dir());
    if !is_folder || what.contains("://") {
        return None;
    }
    if !by.ends_with("pip install") {
        return project_size();
    }
    let held = shell.fs.stat("/", &python.packages).ok().and_then(|(_, node)| node.unlisted());
    let has_list = held.is_some_and(|held| held.parts().any(|(name, _)| name.contains("pip install ")));
    Some(if has_list { typical.following(0, typical.low, typical.high) } else { typical.clone() })
}

/// Bytes of a console script as pip writes it.
const CONSOLE_SCRIPT_BYTES: u64 = 240;

pub(crate) fn write_console_script(shell: &mut Shell, place: &str, interpreter: &str) -> bool {
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let script = format!("#!{interpreter}\n").into_bytes();
    shell
        .fs
        .write(place, Content::modelled(script, CONSOLE_SCRIPT_BYTES, "as long as pip writes it"), 0o755, uid, gid)
        .is_ok()
}

/// A path in the current user's home.
pub(crate) fn at_home(shell: &Shell, place: &str) -> String {
    path::join(shell.var("HOME").unwrap_or("/root"), place)
}
