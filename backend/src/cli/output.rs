//! The output format of a command, and writing to standard output and standard error.
//!
//! Within the command line `print!`, `println!`, `eprint!` and `eprintln!` are those of this module. Those of the standard
//! library panic when a pipe is closed, and send a terminal whatever is in a stranger's text.

use clap::ValueEnum;
use stageplay_report::without_control_characters;
use std::borrow::Cow;
use std::fs::Permissions;
use std::io::{ErrorKind, IsTerminal, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// The output format.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    /// Text for people
    Text,
    /// JSON for programs
    Json,
}

/// Writes to standard output. A terminal gets no control characters, because the text may be a stranger's; a file and a
/// pipe get the text as it is.
///
/// If the reader of a pipe has ended, so does the process, with exit code 0. Of any other error it ends with exit code 2
/// and a message: what is printed may be all that there is of it, such as grades.
pub(crate) fn print(text: &str) {
    let mut out = std::io::stdout().lock();
    let shown = shown(text, out.is_terminal());
    if let Err(error) = out.write_all(shown.as_bytes()).and_then(|()| out.flush()) {
        if error.kind() == ErrorKind::BrokenPipe {
            std::process::exit(0);
        }
        print_error(&format!("stageplay: cannot write the output: {error}\n"));
        std::process::exit(2);
    }
}

/// Writes to standard error, as [`print()`] does. Nobody is left to be told of an error.
pub(crate) fn print_error(text: &str) {
    let mut out = std::io::stderr().lock();
    let shown = shown(text, out.is_terminal());
    let _ = out.write_all(shown.as_bytes());
}

macro_rules! print {
    ($($text:tt)*) => { $crate::cli::output::print(&format!($($text)*)) };
}

macro_rules! println {
    ($($text:tt)*) => { $crate::cli::output::print(&format!("{}\n", format_args!($($text)*))) };
}

macro_rules! eprint {
    ($($text:tt)*) => { $crate::cli::output::print_error(&format!($($text)*)) };
}

macro_rules! eprintln {
    ($($text:tt)*) => { $crate::cli::output::print_error(&format!("{}\n", format_args!($($text)*))) };
}

/// Replaces the content of a file, or makes the file. It is written beside the file first, so that a full disk leaves what
/// was there. The permissions stay, and a link stays a link to the file.
///
/// # Errors
/// The file cannot be written.
pub(super) fn replace_file(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let place = path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let old = std::fs::metadata(&place).ok();
    if old.as_ref().is_some_and(|old| !old.is_file()) {
        return std::fs::write(&place, bytes);
    }
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let permissions = old.map_or_else(|| Permissions::from_mode(0o666), |old| old.permissions());
    // The mask of the process applies to a new file.
    let mut new = tempfile::Builder::new().permissions(permissions.clone()).tempfile_in(folder)?;
    new.write_all(bytes)?;
    if place.exists() {
        std::fs::set_permissions(new.path(), permissions)?;
    }
    new.persist(&place)?;
    Ok(())
}

fn shown(text: &str, is_terminal: bool) -> Cow<'_, str> {
    if is_terminal { without_control_characters(text) } else { Cow::Borrowed(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_replaced_whole_with_its_permissions() {
        let folder = tempfile::tempdir().unwrap();
        let (file, link) = (folder.path().join("file"), folder.path().join("link"));
        replace_file(&file, b"one").unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_ne!(mode(&file) & 0o600, 0);
        std::fs::set_permissions(&file, Permissions::from_mode(0o664)).unwrap();
        std::os::unix::fs::symlink("file", &link).unwrap();
        replace_file(&link, b"two").unwrap();
        assert!(link.is_symlink());
        assert_eq!((std::fs::read(&file).unwrap(), mode(&file)), (b"two".to_vec(), 0o664));
        replace_file(Path::new("/dev/null"), b"x").unwrap();
        // In a folder where nothing can be made the file stays.
        assert!(replace_file(Path::new("/proc/version"), b"x").is_err());
    }

    #[test]
    fn a_terminal_gets_no_control_characters() {
        let text = "FROM a \u{1b}]0;title\u{7}\u{1b}[2J\u{9b}31m\n";
        assert_eq!(shown(text, true), "FROM a \u{fffd}]0;title\u{fffd}\u{fffd}31m\n");
        assert_eq!(shown(text, false), text);
    }
}
