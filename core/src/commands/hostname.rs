//! `hostname`.

use crate::shell::Shell;

pub(crate) fn hostname(shell: &mut Shell, _: &[String]) -> i32 {
    let name = shell.hostname.clone().or_else(|| shell.var("HOSTNAME").map(str::to_string));
    if name.is_none() {
        shell.gap("unknown-output", "hostname");
    }
    shell.out(format!("{}\n", name.unwrap_or_else(|| "localhost".into())));
    0
}
