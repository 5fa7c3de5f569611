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

/// A file whose bytes are not known is changed: what it holds then is not known either.
pub(crate) fn change_unknown_content(shell: &mut Shell, name: &str) {
    let Ok((place, node)) = shell.fs.stat(&shell.cwd, name) else { return };
    if node.content().is_none_or(|content| content.bytes().is_some()) {
        return;
    }
    let (mode, uid, gid) = (node.mode, node.uid, node.gid);
    let content = Content::unknown("a command changed the file, of which the bytes were not known before");
    let _ = shell.fs.write(&place, content, mode, uid, gid);
}
