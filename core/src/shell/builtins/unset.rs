//! `unset`.

use crate::shell::Shell;
use crate::shell::arrays::subscript;
use crate::shell::builtins::export_readonly::refuse;
use crate::shell::language::Language;

pub(crate) fn unset(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut status = 0;
    let only_functions = argv.iter().any(|word| word == "-f");
    for name in argv.iter().skip(1).filter(|word| !word.starts_with('-')) {
        if shell.vars.get(name).is_some_and(|var| var.readonly) && !only_functions {
            let words =
                if shell.language() == Language::Bash { "cannot unset: readonly variable" } else { "is read only" };
            let text = format!("{}: {name}: {words}", shell.builtin_prefix("unset"));
            status = refuse(shell, text);
            continue;
        }
        match subscript(name) {
            Some((array, index)) => shell.unset_element(array, index),
            None => {
                if !only_functions {
                    shell.vars.remove(name);
                }
                shell.functions.remove(name);
            }
        }
    }
    status
}
