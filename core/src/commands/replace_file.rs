//! Replaces a file by a new one, as `sed -i` and `patch` do.

use crate::fs::Content;
use crate::shell::Shell;

/// A new file takes the place of one that is there, with its mode and owner.
pub(crate) fn replace_file(shell: &mut Shell, name: &str, bytes: Vec<u8>) -> i32 {
    let Ok((place, node)) = shell.fs.stat(&shell.cwd, name) else { return 2 };
    let (mode, uid, gid) = (node.mode, node.uid, node.gid);
    let _ = shell.fs.remove(&place);
    let _ = shell.fs.write(&place, Content::inline(bytes), mode, uid, gid);
    0
}
