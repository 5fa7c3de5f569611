//! Install scripts of packages (`postinstall`): which write nothing, and what `--ignore-scripts` leaves out.

use super::registry::name_of;
use super::request::Request;
use crate::packages::index::Row;
use crate::shell::Shell;

/// Packages whose install script writes nothing if the package contains what it needs (seen with npm 11 on x86-64).
const HARMLESS_SCRIPTS: [&str; 18] = [
    "@apollo/protobufjs",
    "@firebase/util",
    "@parcel/watcher",
    "@scarf/scarf",
    "@swc/core",
    "aws-sdk",
    "bcrypt",
    "core-js",
    "core-js-pure",
    "es5-ext",
    "esbuild",
    "lmdb",
    "msgpackr-extract",
    "msw",
    "nx",
    "pnpm",
    "protobufjs",
    "workerd",
];

/// Whether a package's install script may write files that are not in the package.
fn has_script(row: &Row<'_>) -> bool {
    row.notes().ends_with(" script") && !HARMLESS_SCRIPTS.contains(&name_of(row.name))
}

/// Reports install scripts that may write further files.
pub(crate) fn report_install_scripts(shell: &mut Shell, rows: &[(Row<'_>, String)], request: &Request) {
    if request.runs_scripts {
        for (row, _) in rows.iter().filter(|(row, _)| has_script(row)) {
            shell.gap("unknown-files", format!("the install script of {}", name_of(row.name)));
        }
    }
}
