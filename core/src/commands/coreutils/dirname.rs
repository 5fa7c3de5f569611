//! `dirname`.

use crate::shell::Shell;

pub(crate) fn dirname(shell: &mut Shell, argv: &[String]) -> i32 {
    for name in argv.iter().skip(1).filter(|word| *word != "--") {
        let rooted = name.starts_with('/');
        let name = name.trim_end_matches('/');
        let parent = match name.rsplit_once('/') {
            Some((parent, _)) => parent.trim_end_matches('/'),
            None if rooted => "",
            None => ".",
        };
        shell.out(format!("{}\n", if parent.is_empty() { "/" } else { parent }));
    }
    0
}
