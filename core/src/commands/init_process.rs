//! `tini`, `dumb-init` and `catatonit`: process 1 that starts one command and passes signals on to it.

use crate::shell::Shell;

/// Options whose value is the next word: tini's signal and exit code, dumb-init's signal.
const VALUES: [&str; 5] = ["-p", "-e", "-r", "--rewrite", "--single-child-timeout"];

/// `tini -g -- command …`: the command's exit code is its own.
pub(crate) fn init(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut words = argv.iter().skip(1).peekable();
    while let Some(word) = words.next_if(|word| word.starts_with('-')) {
        if word == "--" {
            break;
        }
        if VALUES.contains(&word.as_str()) {
            words.next();
        }
    }
    let command: Vec<String> = words.cloned().collect();
    if command.is_empty() {
        shell.gap("unknown-output", argv.join(" "));
        return i32::from(argv.len() == 1);
    }
    shell.call(&command)
}
