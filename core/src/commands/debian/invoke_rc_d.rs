//! `invoke-rc.d`.

use crate::commands::debian::service::SCRIPTS;
use crate::commands::debian::service::is_program;
use crate::commands::debian::service::policy;
use crate::commands::debian::service::start;
use crate::shell::Shell;

/// `invoke-rc.d NAME VERB`: without a runlevel nothing is to be started, as packages' scripts rely on.
pub(crate) fn invoke(shell: &mut Shell, argv: &[String]) -> i32 {
    let words: Vec<&String> = argv.iter().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [name, verb, rest @ ..] = words.as_slice() else {
        shell.err("invoke-rc.d: syntax error: missing required parameter\n");
        return 103;
    };
    let place = format!("{SCRIPTS}/{name}");
    if shell.fs.stat("/", &place).is_err() && !shell.fs.may_hide("/", &place) {
        shell.err(format!("invoke-rc.d: unknown initscript, {place} not found.\n"));
    }
    shell.err("invoke-rc.d: could not determine current runlevel\n");
    let starts = ["start", "restart", "try-restart"].contains(&verb.as_str());
    if !is_program(shell, &place) {
        return 0;
    }
    match policy(shell, name, verb) {
        Some(101) => {
            shell.err(format!("invoke-rc.d: policy-rc.d denied execution of {verb}.\n"));
            0
        }
        // Its other answers are asked for by hardly anybody.
        Some(other) if other != 0 && other != 104 => {
            shell.gap("unmodelled-option", "policy-rc.d");
            0
        }
        Some(_) => start(shell, &place, &[&[*verb], rest].concat()),
        None if starts => 0,
        None => start(shell, &place, &[&[*verb], rest].concat()),
    }
}
