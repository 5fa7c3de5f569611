//! `which`.

use crate::shell::Shell;
use crate::shell::builtins::command::file;

pub(crate) fn which(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut status = 0;
    for name in argv.iter().skip(1).filter(|word| !word.starts_with('-')) {
        match file(shell, name) {
            Some(place) => shell.out(place + "\n"),
            None => status = 1,
        }
    }
    status
}
