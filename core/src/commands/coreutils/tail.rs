//! `tail`.

use crate::commands::coreutils::head_tail_counts::{Amount, counted, print_parts};
use crate::commands::text_inputs::inputs;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

pub(crate) fn tail(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = counted(argv);
    let (flags, names) = options(&argv, "nc");
    only(shell, "tail", &flags, &["n", "c", "f", "q", "lines", "bytes"]);
    if has(&flags, &["f"]) {
        shell.gap("never-ends", "tail -f");
    }
    let bytewise = value(&flags, &["c", "bytes"]);
    let wanted = bytewise.or_else(|| value(&flags, &["n", "lines"])).unwrap_or("10");
    let Some(wanted) = Amount::read(shell, "tail", wanted, bytewise.is_some()) else { return 1 };
    let (all, status) = inputs(shell, "tail", &names);
    if all.is_empty() && shell.dialect() == "ash" && !names.iter().any(|name| shell.fs.stat(&shell.cwd, name).is_ok()) {
        shell.err("tail: no files\n");
    }
    print_parts(shell, all, has(&flags, &["q"]), bytewise.is_some(), |count| match wanted.sign {
        Some('+') => wanted.count.saturating_sub(1)..count,
        _ => count.saturating_sub(wanted.count)..count,
    });
    status
}
