//! `more` and `pager` without a terminal.

use crate::shell::Shell;

/// `more FILE…` without a terminal: the files, each below its name in util-linux' one.
pub(crate) fn more(shell: &mut Shell, argv: &[String]) -> i32 {
    let names: Vec<String> = argv.iter().skip(1).filter(|word| !word.starts_with('-')).cloned().collect();
    let (all, status) = crate::commands::text_inputs::inputs(shell, "more", &names);
    for (name, bytes) in all {
        if name != "-" && shell.dialect() != "ash" {
            let line = ":".repeat(14);
            shell.out(format!("{line}\n{name}\n{line}\n"));
        }
        shell.out(bytes);
    }
    status
}
