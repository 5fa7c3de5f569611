//! `basename`.

use crate::fs::path;
use crate::shell::Shell;
use crate::shell::getopt::{only, options, value};

pub(crate) fn basename(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, mut names) = options(argv, "s");
    only(shell, "basename", &flags, &["a", "s", "multiple", "suffix"]);
    let mut suffix = value(&flags, &["s", "suffix"]).map(str::to_string);
    // Without a flag the second word is what is cut off.
    if flags.is_empty() && names.len() > 1 {
        suffix = names.get(1).cloned();
        names.truncate(1);
    }
    for name in &names {
        if name.starts_with('/') && name.trim_end_matches('/').is_empty() {
            shell.out("/\n");
            continue;
        }
        let base = path::file_name(name.trim_end_matches('/'));
        let cut = suffix.as_ref().and_then(|suffix| base.strip_suffix(suffix.as_str())).filter(|cut| !cut.is_empty());
        shell.out(format!("{}\n", cut.unwrap_or(base)));
    }
    0
}
