//! `truncate`: sets the size of a file.

use crate::commands::coreutils::byte_sizes::MAX_INLINE;
use crate::commands::coreutils::byte_sizes::size;
use crate::fs::Content;
use crate::shell::Shell;
use crate::shell::getopt::{only, options, value};

pub(crate) fn truncate(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "sr");
    only(shell, "truncate", &flags, &["s", "c", "size"]);
    let Some(len) = value(&flags, &["s", "size"]).and_then(size) else {
        shell.gap("unmodelled-option", "truncate with a relative size");
        return 0;
    };
    let mut status = 0;
    for name in &names {
        let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
        let made = shell.destination(name).and_then(|place| {
            let old = shell.fs.get(&place).and_then(|node| node.content()).map(|content| content.head().to_vec());
            let mut head = old.unwrap_or_default();
            head.resize(usize::try_from(len.min(MAX_INLINE)).unwrap_or(0), 0);
            shell.fs.write(&place, Content::partial(head, len), mode, uid, gid)
        });
        if let Err(error) = made {
            status = shell.complain("truncate", &format!("cannot open '{name}' for writing"), &error);
        }
    }
    status
}
