//! `sleep`: there is no clock, so it ends at once, but `sleep infinity` never does.

use crate::shell::Shell;

/// `sleep NUMBER[smhd] …`; the words of GNU's (`strtod` takes `inf` and `infinity`).
pub(crate) fn sleep(shell: &mut Shell, argv: &[String]) -> i32 {
    let is_endless = |word: &String| {
        let number = word.trim_end_matches(['s', 'm', 'h', 'd']).to_ascii_lowercase();
        ["inf", "infinity"].contains(&number.as_str())
    };
    if argv.iter().skip(1).any(is_endless) {
        shell.gap("never-ends", "sleep");
    }
    0
}
