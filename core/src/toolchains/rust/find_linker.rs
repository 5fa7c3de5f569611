//! Whether a program can be linked for a target: the standard library of the target, and the linker; "linker `cc` not
//! found".

use super::target_triple::{Target, host, library_of};
use crate::shell::Shell;

/// Whether programs can be linked for a target here.
///
/// # Errors
/// What the compiler says: no standard library of the target, or no linker.
pub(crate) fn can_link(shell: &mut Shell, target: &Target) -> Result<(), String> {
    let triple = &target.triple;
    let own = host(shell);
    // The official images have the machine's own target alone; elsewhere it is not known.
    let folder = library_of(shell, triple);
    let official = shell.var("RUST_VERSION").is_some();
    if *triple != own && official && shell.fs.stat("/", &folder).is_err() {
        return Err(format!(
            "error[E0463]: can't find crate for `std`\n  |\n  = note: the `{triple}` target may not be installed\n  = help: consider downloading the target with `rustup target add {triple}`\n\nFor more information about this error, try `rustc --explain E0463`.\n"
        ));
    }
    if target.is_linux() && shell.which("cc") == (None, false) {
        return Err("error: linker `cc` not found\n  |\n  = note: No such file or directory (os error 2)\n\n".into());
    }
    Ok(())
}
