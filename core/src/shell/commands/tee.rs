//! `tee`.

use super::streams::write_to;
use super::{has, only, options};
use crate::shell::Shell;

pub(super) fn tee(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "tee", &flags, &["a", "i"]);
    let bytes = std::mem::take(&mut shell.stdin);
    let mut status = 0;
    for name in &names {
        status = write_to(shell, "tee", name, bytes.clone(), has(&flags, &["a"])).max(status);
    }
    shell.out(bytes);
    status
}
