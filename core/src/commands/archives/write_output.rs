//! Writes an unpacked or packed file.

use crate::fs::Content;
use crate::shell::Shell;

/// Puts what was made where it goes; `-` is standard output.
pub(crate) fn write_output(shell: &mut Shell, command: &str, name: &str, content: Content) -> i32 {
    if name == "-" {
        let bytes = content.bytes().unwrap_or(&[]).to_vec();
        shell.out(bytes);
        return 0;
    }
    match shell.put_file(name, content) {
        Ok(()) => 0,
        Err(error) => shell.complain(command, name, &error),
    }
}
