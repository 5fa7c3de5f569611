//! `fallocate`: reserves space for a file.

use crate::commands::coreutils::byte_sizes::{size, zeros};
use crate::fs::Content;
use crate::shell::Shell;
use crate::shell::getopt::{only, options, value, with_long_values};

pub(crate) fn fallocate(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(&with_long_values(argv, &["length", "offset"]), "lo");
    only(shell, "fallocate", &flags, &["l", "length", "o", "offset", "x", "posix", "v"]);
    let Some(length) = value(&flags, &["l", "length"]) else {
        shell.err("fallocate: no length argument specified\n");
        return 1;
    };
    let (Some(length), Some(offset), Some(name)) =
        (size(length), size(value(&flags, &["o", "offset"]).unwrap_or("0")), names.first())
    else {
        shell.err("fallocate: invalid length value specified\n");
        return 1;
    };
    let wanted = offset.saturating_add(length);
    let known = shell.fs.stat(&shell.cwd, name).ok().map(|(_, node)| (node.mode, node.content().cloned()));
    let content = match known {
        Some((_, Some(content))) if content.len >= wanted => return 0,
        // What was there stays in front.
        Some((_, Some(content))) if content.len > 0 => Content::partial(content.head().to_vec(), wanted),
        _ => zeros(wanted),
    };
    match shell.put_file(name, content) {
        Ok(()) => 0,
        Err(error) => {
            shell.err(format!("fallocate: cannot open {name}: {}\n", error.errno.message()));
            1
        }
    }
}
