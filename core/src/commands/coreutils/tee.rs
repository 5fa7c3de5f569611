//! `tee`.

use crate::commands::text_inputs::write_to;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};

pub(crate) fn tee(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "");
    only(shell, "tee", &flags, &["a", "i"]);
    let bytes = std::mem::take(&mut shell.stdin);
    let mut status = 0;
    for name in &names {
        status = write_to(shell, "tee", name, bytes.clone(), has(&flags, &["a"])).max(status);
    }
    // The files have the download.
    if !names.is_empty() && bytes.is_empty() && shell.is_end_of_pipe() {
        let _ = shell.claim_download();
    }
    shell.out(bytes);
    status
}
