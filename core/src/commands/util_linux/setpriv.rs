//! `setpriv`.

use crate::commands::gosu::acting;
use crate::exec::id_of_name as id;
use crate::shell::Shell;

/// `setpriv --reuid=… --regid=… command …`.
pub(crate) fn setpriv(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut who = shell.user.clone();
    let argv = crate::shell::getopt::with_long_values(
        argv,
        &["reuid", "regid", "ruid", "rgid", "euid", "egid", "groups", "inh-caps", "bounding-set", "ambient-caps"],
    );
    let mut rest = argv.get(1..).unwrap_or(&[]);
    while let Some((word, more)) = rest.split_first().filter(|(word, _)| word.starts_with("--")) {
        rest = more;
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "--" => break,
            "--reuid" | "--euid" => who.uid = id(&shell.fs, "/etc/passwd", value).unwrap_or(who.uid),
            "--regid" | "--egid" => who.gid = id(&shell.fs, "/etc/group", value).unwrap_or(who.gid),
            "--clear-groups" | "--init-groups" | "--no-new-privs" | "--keep-groups" | "--nnp" => {}
            other => shell.gap("unmodelled-option", format!("setpriv {other}")),
        }
    }
    if rest.is_empty() {
        return 0;
    }
    acting(shell, (who, String::new()), false, rest)
}
