//! What a tool writes whose input is not known: its size is estimated by what was measured in public projects.

use crate::fs::path;
use crate::measure::{Part, Size, TypicalSize, Way, typical_download};
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
    weigh(shell, folder, what, typical.size_of(what, way))
}

/// As [`write_estimated_files`], for files of which not even the size is known. It counts only where they stay.
pub(crate) fn write_unknown_files(shell: &mut Shell, folder: &str, what: &str, way: Way) -> bool {
    let why = format!("the size of what {what} brings is not known");
    let part = Part { code: Some("unknown-files"), ..Part::new(what, why, way) };
    weigh(shell, folder, what, Size::unknown_part(part))
}

fn weigh(shell: &mut Shell, folder: &str, what: &str, size: Size) -> bool {
    let (mode, uid, gid) = (shell.folder_mode(), shell.user.uid, shell.user.gid);
    let place = path::join(&shell.cwd, folder);
    let unlisted = shell.fs.unlisted_folders(path::parent(&place));
    let Ok(real) = shell.fs.mkdir_all(&place, mode, uid, gid) else { return false };
    unlisted.iter().for_each(|folder| shell.fs.set_partial(folder));
    if shell.fs.weighed(&real, what).is_some() {
        shell.fs.set_partial(&real);
        return false;
    }
    shell.fs.weigh_whole(&real, what, size);
    shell.fs.touch(&real);
    true
}

/// Unpacks one member of an archive of which nothing is known but its origin into a folder. Its name tells no type, and it is
/// at most as large as what such archives unpack to.
pub(crate) fn unpack_unknown_file(shell: &mut Shell, folder: &str, member: &str, origin: &str) {
    let way = if origin.contains("://") { Way::Answers } else { Way::ContextFile };
    let Some(typical) = typical_download(origin).unpacked else {
        return unpack_unknown_archive(shell, folder, origin, true);
    };
    let place = path::join(&path::join(&shell.cwd, folder), member);
    let place = shell.fs.resolve("/", &place, true).unwrap_or(place);
    let why = format!("{origin} is not unpacked here");
    shell.fs.put_weighed_unknown_type(&place, &why, typical.size_of(origin, way).at_most());
    shell.gap("unlisted-files", origin);
}

/// Unpacks an archive of which nothing is known but its origin, the address of a download or a path, into a folder.
///
/// What archives of its kind unpack to is estimated, with `members` up to all of it. Below the root directory and in a
/// folder of programs or libraries it may replace any file.
pub(crate) fn unpack_unknown_archive(shell: &mut Shell, folder: &str, origin: &str, members: bool) {
    let way = if origin.contains("://") { Way::Answers } else { Way::ContextFile };
    let is_recorded = match typical_download(origin).unpacked {
        Some(typical) => {
            let size = typical.size_of(origin, way);
            weigh(shell, folder, origin, if members { size.at_most() } else { size })
        }
        None => write_unknown_files(shell, folder, origin, way),
    };
    if !is_recorded {
        shell.gap("unknown-files", origin);
    }
    let is_system = ["/", "/usr", "/lib", "/usr/lib", "/bin", "/usr/bin"].contains(&folder);
    shell.gap(if is_system { "estimated-command" } else { "unlisted-files" }, origin);
}
