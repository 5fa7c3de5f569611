//! `let`.

use crate::shell::Shell;

/// `let` of bash and busybox: the last value decides the exit status.
pub(crate) fn let_(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut last = 0;
    for text in argv.iter().skip(1) {
        match shell.arithmetic(text) {
            Ok(value) => last = value,
            Err(text) => {
                shell.err(text + "\n");
                return 1;
            }
        }
    }
    i32::from(last == 0)
}
