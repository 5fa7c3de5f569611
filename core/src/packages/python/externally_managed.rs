//! Whether the distribution manages Python's packages (PEP 668): pip and uv then refuse to install beside them.
//!
//! The packages of Python bring the file `EXTERNALLY-MANAGED` since Debian 12, Ubuntu 23.04 and Alpine 3.19; where
//! it was removed, pip installs.

use super::interpreter::python_version;
use crate::commands::os_release::{os_release, os_version};
use crate::fs::{Content, path};
use crate::packages::installed_files::mark_packaged;
use crate::shell::Shell;

pub(crate) const MARKER: &str = "EXTERNALLY-MANAGED";

/// Whether an environment is managed by the distribution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Managed {
    /// The marker is there.
    Yes,
    /// It is not.
    No,
    /// The files of Python are not listed.
    Unknown,
}

/// Whether Python's packages of the image's release bring the marker.
fn release_has_marker(shell: &Shell) -> bool {
    let release = os_version(shell);
    match os_release(shell, "ID").as_deref() {
        Some("alpine") => release >= Some((3, 19)),
        Some("debian") => release.is_none() || release >= Some((12, 0)),
        Some("ubuntu") => release >= Some((23, 4)),
        _ => false,
    }
}

/// Writes the marker if it belongs to one of these new packages.
pub(crate) fn write_marker<'n>(shell: &mut Shell, packages: impl IntoIterator<Item = &'n String>) {
    let version = packages.into_iter().find_map(|name| match name.strip_prefix("libpython3.") {
        Some(rest) => rest.strip_suffix("-stdlib").map(|minor| Some(format!("3.{minor}"))),
        None => (name == "python3").then_some(None),
    });
    let Some(version) = version.filter(|_| release_has_marker(shell)) else { return };
    let version = version.unwrap_or_else(|| python_version(shell));
    let Ok(folder) = shell.fs.mkdir_all(&format!("/usr/lib/python{version}"), 0o755, 0, 0) else { return };
    shell.fs.set_partial(&folder);
    let place = path::join(&folder, MARKER);
    if shell.fs.get(&place).is_none() {
        let content = Content::unknown("a file of Python's package, of which the whole size is known");
        let _ = shell.fs.write(&place, content, 0o644, 0, 0);
        mark_packaged(shell, &place);
    }
}

/// Whether the distribution's Python is managed.
pub(crate) fn of_distribution(shell: &Shell) -> Managed {
    let folders = shell.fs.children("/usr/lib").into_iter().filter(|(name, _)| name.starts_with("python3"));
    let mut places = folders.map(|(name, _)| format!("/usr/lib/{name}/{MARKER}")).peekable();
    let has_folder = places.peek().is_some();
    match places.any(|place| shell.fs.stat("/", &place).is_ok()) {
        true => Managed::Yes,
        // Steps that are known put the marker beside Python: it was removed.
        false if has_folder || !release_has_marker(shell) => Managed::No,
        false => Managed::Unknown,
    }
}

/// Whether an installation into a Python is refused. Nothing is concluded from files that are not listed.
pub(crate) fn refuses(shell: &mut Shell, managed: Managed) -> bool {
    if managed == Managed::Unknown {
        shell.gap("unlisted-marker", MARKER);
    }
    managed == Managed::Yes
}
