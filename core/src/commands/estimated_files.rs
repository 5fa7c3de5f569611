//! What a tool writes whose input is not known: its size is estimated by what was measured in public projects.

use crate::fs::path;
use crate::measure::{TypicalSize, Way};
use crate::shell::Shell;

/// Notes that a tool wrote files of an estimated size into a folder, which is made if it is missing. `what` names them: a
/// gap of this name adds nothing more to the size of the layer.
///
/// Returns whether the size is recorded. It is not if an earlier step wrote there under this name, since what is written
/// again is not known.
pub(crate) fn write_estimated_files(
    shell: &mut Shell,
    folder: &str,
    what: &str,
    typical: &TypicalSize,
    way: Way,
) -> bool {
    let (mode, uid, gid) = (shell.folder_mode(), shell.user.uid, shell.user.gid);
    let place = path::join(&shell.cwd, folder);
    let Ok(real) = shell.fs.mkdir_all(&place, mode, uid, gid) else { return false };
    if shell.fs.weighed(&real, what).is_some() {
        shell.fs.set_partial(&real);
        return false;
    }
    shell.fs.weigh_whole(&real, what, typical.size_of(what, way));
    shell.fs.touch(&real);
    true
}
