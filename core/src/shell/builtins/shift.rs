//! `shift`.

use crate::shell::Shell;
use crate::shell::builtins::export_readonly::refuse;
use crate::shell::language::Language;

pub(crate) fn shift(shell: &mut Shell, argv: &[String]) -> i32 {
    let count = argv.get(1).and_then(|text| text.parse::<usize>().ok()).unwrap_or(1);
    if count > shell.positional.len() {
        if shell.language() == Language::Dash {
            let prefix = shell.builtin_prefix("shift");
            return refuse(shell, format!("{prefix}: can't shift that many"));
        }
        return 1;
    }
    shell.positional.drain(..count);
    0
}
