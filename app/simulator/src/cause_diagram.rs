//! The picture of a failed start: what the program requires, and what of its kind the image has.

use stageplay_core::exec::{Cause, visible_name};
use stageplay_core::image::Image;
use stageplay_core::simulate::Simulation;
use stageplay_protocol::CauseDiagram;

/// The interpreters of scripts that are looked for in the image.
const SHELLS: [&str; 3] = ["/bin/sh", "/bin/bash", "/usr/bin/env"];
/// The dynamic loaders that are looked for in the image.
pub(crate) const LOADERS: [&str; 4] = [
    "/lib64/ld-linux-x86-64.so.2",
    "/lib/ld-musl-x86_64.so.1",
    "/lib/ld-linux-aarch64.so.1",
    "/lib/ld-musl-aarch64.so.1",
];

/// What the program requires beside what the image has.
pub(crate) fn cause_diagram(done: &Simulation) -> Option<CauseDiagram> {
    let (cause, image) = (done.run.as_ref()?.cause.as_ref()?, done.built.image.as_ref()?);
    let (program, required) = match cause {
        Cause::InterpreterMissing { path, interpreter } => (path, vec![interpreter.clone()]),
        Cause::ScriptInterpreterMissing { path, interpreter, .. } => (path, vec![visible_name(interpreter)]),
        Cause::LibraryMissing { path, libraries } => (path, libraries.clone()),
        Cause::VersionMissing { path, library, versions } => {
            (path, versions.iter().map(|version| format!("{library}: {version}")).collect())
        }
        Cause::SymbolMissing { path, symbols } => (path, symbols.iter().take(6).cloned().collect()),
        Cause::WrongMachine { path, machine, .. } => (path, vec![machine.clone()]),
        Cause::PermissionDenied { path, .. } => {
            let user = if image.config.user.is_empty() { "root" } else { &image.config.user };
            (path, vec![format!("x · {user}")])
        }
        Cause::UnknownUser { user } => (user, vec![format!("/etc/passwd: {user}")]),
        _ => return None,
    };
    let existing = |paths: &[&str]| -> Vec<String> {
        paths.iter().filter(|path| image.tree.stat("/", path).is_ok()).map(|path| (*path).to_string()).collect()
    };
    let present = match cause {
        Cause::ScriptInterpreterMissing { .. } => existing(&SHELLS),
        Cause::WrongMachine { host, .. } => vec![host.clone()],
        Cause::PermissionDenied { path, mode } => {
            let owner = image.tree.stat("/", path).map(|(_, node)| format!(" {}:{}", node.uid, node.gid));
            vec![format!("{mode}{}", owner.unwrap_or_default())]
        }
        Cause::UnknownUser { .. } => users(image),
        _ => existing(&LOADERS),
    };
    Some(CauseDiagram { program: program.clone(), required, present })
}

/// The first user names of /etc/passwd, at most six.
fn users(image: &Image) -> Vec<String> {
    let passwd = image.tree.stat("/", "/etc/passwd").ok();
    let bytes = passwd.and_then(|(_, node)| node.content()?.bytes().map(<[u8]>::to_vec)).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    text.lines().filter_map(|line| line.split(':').next()).take(6).map(str::to_string).collect()
}
