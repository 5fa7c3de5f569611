//! Packages of Python from PyPI: for which Python they are installed, and what they weigh there.
//!
//! What the index tells was measured with one release of Python on Linux x86-64; another one's files differ
//! little. A package that it does not have is told, and its size is not known.

mod marker;
mod pip;
mod poetry;
mod project;
mod requirements;
#[cfg(test)]
mod tests;
mod uv;
mod venv;

pub(crate) use pip::install as pip;
pub(crate) use poetry::poetry;
pub(crate) use uv::uv;
pub(crate) use venv::venv;

use crate::commands::os_release::{os_release, os_version};
use crate::fs::{Content, path};
use crate::measure::Size;
use crate::packages::index::{Listed, Row, Table};
use crate::packages::release::table;
use crate::shell::Shell;
use std::collections::BTreeSet;

/// A Python that packages are installed for.
#[derive(Clone)]
struct Python {
    /// The folder that programs go into.
    programs: String,
    /// The folder that packages go into.
    packages: String,
    /// What scripts are read by.
    interpreter: String,
    /// The distribution keeps it for itself (PEP 668).
    managed: bool,
}

impl Python {
    /// The one of a virtual environment, or of another folder of that form.
    fn of(shell: &Shell, root: &str) -> Python {
        Python {
            programs: format!("{root}/bin"),
            packages: format!("{root}/lib/python{}/site-packages", version(shell)),
            interpreter: format!("{root}/bin/python"),
            managed: false,
        }
    }

    /// The image's own; `None` where it is not known how the distribution keeps it.
    fn own(shell: &Shell) -> Option<Python> {
        if shell.fs.lstat("/", "/usr/local/bin/python3").is_ok() {
            return Some(Python {
                interpreter: format!("/usr/local/bin/python{}", version(shell)),
                ..Python::of(shell, "/usr/local")
            });
        }
        let id = os_release(shell, "ID").unwrap_or_default();
        let release = os_version(shell);
        let interpreter = "/usr/bin/python3".to_string();
        match id.as_str() {
            "alpine" => Some(Python { interpreter, managed: release >= Some((3, 19)), ..Python::of(shell, "/usr") }),
            "debian" | "ubuntu" => Some(Python {
                programs: "/usr/local/bin".into(),
                packages: format!("/usr/local/lib/python{}/dist-packages", version(shell)),
                interpreter,
                managed: release >= Some(if id == "debian" { (12, 0) } else { (23, 4) }),
            }),
            _ => None,
        }
    }
}

/// Whether a folder is a virtual environment.
fn is_environment(shell: &Shell, root: &str) -> bool {
    shell.fs.stat("/", &format!("{root}/pyvenv.cfg")).is_ok()
}

/// Whether a variable is set to something that means yes.
fn is_set(shell: &Shell, name: &str) -> bool {
    shell.var(name).is_some_and(|value| !["", "0", "false", "no", "off"].contains(&value.to_lowercase().as_str()))
}

/// Major and minor number of the Python at hand: the image's variable, else its library's folder.
fn version(shell: &Shell) -> String {
    let short = |text: &str| text.split('.').take(2).collect::<Vec<_>>().join(".");
    if let Some(version) = shell.var("PYTHON_VERSION") {
        return short(version);
    }
    let mut found: Vec<String> = ["/usr/local/bin", "/usr/bin"]
        .iter()
        .flat_map(|folder| shell.fs.children(folder))
        .filter_map(|(name, _)| name.strip_prefix("python3.").map(|minor| format!("3.{minor}")))
        .filter(|version| version.chars().all(|c| c.is_ascii_digit() || c == '.'))
        .collect();
    found.sort_by_key(|version| version.len());
    found.pop().unwrap_or_else(|| "3.12".into())
}

/// A name as indexes compare it (PEP 503).
fn canonical(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}

/// A package that is wanted: its name as the index has it, with an extra where one is asked for, and the version
/// that is pinned.
type Wanted = (String, Option<String>);

/// How packages are put into a folder.
struct Manner {
    /// Who does it, for people.
    by: &'static str,
    /// All that they need comes along; else the list is whole, as a lock file's is.
    with_needs: bool,
    /// Modules are compiled.
    compiles: bool,
}

/// What came.
#[derive(Default)]
struct Brought {
    /// Packages that were not there.
    count: usize,
    /// Bytes of their wheels.
    wheels: u64,
    /// Bytes of their files, without compiled modules.
    plain: u64,
    /// Names that the index does not have.
    missing: Vec<String>,
}

/// Makes a folder with those above it, for the user at work.
fn folder(shell: &mut Shell, place: &str) -> String {
    let mode = shell.folder_mode();
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    shell.fs.mkdir_all(place, mode, uid, gid).unwrap_or_else(|_| place.to_string())
}

/// Puts packages and their programs into a Python's folders; what is there already stays.
fn bring(shell: &mut Shell, table: &Table, wanted: &[Wanted], python: &Python, manner: &Manner) -> Brought {
    let (rows, missing) = closure(table, wanted, manner.with_needs);
    let mut brought = Brought { missing, ..Brought::default() };
    let packages = folder(shell, &python.packages);
    for row in &rows {
        let pinned = wanted.iter().find(|(name, _)| name == row.name).and_then(|(_, version)| version.as_deref());
        let taken = match pinned.filter(|version| *version != row.version) {
            Some(version) => format!(", taken for {version}"),
            None => String::new(),
        };
        let basis = format!("{} {} as {} installs it{taken} ({})", row.name, row.version, manner.by, table.source());
        // One that an earlier step brought is there already.
        let stem = format!("{}-", row.name.replace('-', "_"));
        let is_it = |name: &str| name.starts_with(&stem) && name.ends_with(".dist-info");
        if row.bytes == 0 || shell.fs.children(&packages).iter().any(|(name, _)| is_it(name)) {
            continue;
        }
        let mark = format!("{packages}/{stem}{}.dist-info", pinned.unwrap_or(row.version));
        let _ = shell.fs.mkdir_all(&mark, 0o755, shell.user.uid, shell.user.gid);
        shell.fs.hold_weighed(&mark);
        let plain = row.bytes.saturating_sub(row.compiled);
        brought.count += 1;
        brought.wheels = brought.wheels.saturating_add(row.records);
        brought.plain = brought.plain.saturating_add(plain);
        let mut bytes = if manner.compiles { row.bytes } else { plain };
        for file in row.files() {
            if let Listed::File(_, name) = file {
                let programs = folder(shell, &python.programs);
                if write_script(shell, &format!("{programs}/{name}"), &python.interpreter) {
                    bytes = bytes.saturating_sub(SCRIPT);
                }
            }
        }
        shell.fs.weigh_whole(&packages, row.name, Size::modelled(bytes, basis));
    }
    for what in &brought.missing {
        shell.fs.set_partial(&packages);
        shell.gap("unlisted-package", what.as_str());
    }
    brought
}

/// All rows that a list of names means, each once; those that the table does not have come second.
fn closure<'t>(table: &'t Table, wanted: &[Wanted], with_needs: bool) -> (Vec<Row<'t>>, Vec<String>) {
    let (mut rows, mut missing): (Vec<Row<'t>>, Vec<String>) = (Vec::new(), Vec::new());
    let mut open: Vec<String> = Vec::new();
    for (name, _) in wanted {
        match table.find(name) {
            Some(_) => open.push(name.clone()),
            None => {
                // Without the extra a part is known.
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
            open.extend(row.depends().filter(|_| with_needs).map(str::to_string));
            rows.push(row);
        }
    }
    (rows, missing)
}

/// What is in no index makes folders hold more than is told.
fn bring_elsewhere(shell: &mut Shell, what: &str, by: &str, python: &Python) {
    for place in [&python.packages, &python.programs] {
        let place = folder(shell, place);
        shell.fs.set_partial(&place);
    }
    shell.gap("unknown-files", format!("{by} {what}"));
}

/// Bytes of a script that starts a package's program, as pip writes it.
const SCRIPT: u64 = 240;

fn write_script(shell: &mut Shell, place: &str, interpreter: &str) -> bool {
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let script = format!("#!{interpreter}\n").into_bytes();
    shell.fs.write(place, Content::modelled(script, SCRIPT, "as long as pip writes it"), 0o755, uid, gid).is_ok()
}

/// A path under the home of the user at work.
fn at_home(shell: &Shell, place: &str) -> String {
    path::join(shell.var("HOME").unwrap_or("/root"), place)
}
