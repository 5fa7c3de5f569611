//! `update-rc.d`.

use crate::commands::debian::service::SCRIPTS;
use crate::shell::Shell;

/// `update-rc.d NAME defaults|remove|…`: links of runlevels, which no container has.
pub(crate) fn update_rc(shell: &mut Shell, argv: &[String]) -> i32 {
    let words: Vec<&String> = argv.iter().skip(1).filter(|word| *word != "-f").collect();
    let [name, verb, ..] = words.as_slice() else {
        shell.err("update-rc.d: error: not enough arguments\n");
        return 1;
    };
    let place = format!("{SCRIPTS}/{name}");
    if *verb != "remove" && shell.fs.stat("/", &place).is_err() && !shell.fs.may_hide("/", &place) {
        shell.err(format!("update-rc.d: error: unable to read {place}\n"));
        return 1;
    }
    0
}
