//! `crontab`: a user's table of scheduled commands.

use crate::fs::Content;
use crate::shell::Shell;
use crate::shell::getopt::{has, options, value};

/// `crontab [-u USER] FILE|-`, `-l`, `-r`. Debian's tables belong to the group crontab, busybox' to root.
pub(crate) fn crontab(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "uc");
    let user = value(&flags, &["u"]).unwrap_or("root").to_string();
    let is_busybox = shell.dialect() == "ash";
    let folder = if is_busybox { "/etc/crontabs" } else { "/var/spool/cron/crontabs" };
    let folder = value(&flags, &["c"]).unwrap_or(folder).to_string();
    let place = format!("{folder}/{user}");
    if has(&flags, &["l"]) {
        match shell.read(&place) {
            Ok(Some(text)) => shell.out(text),
            Ok(None) => shell.gap("unknown-output", "crontab -l"),
            Err(_) if shell.fs.may_hide("/", &place) => shell.gap("unknown-output", "crontab -l"),
            Err(_) => {
                shell.err(format!("no crontab for {user}\n"));
                return 1;
            }
        }
        return 0;
    }
    if has(&flags, &["r"]) {
        let _ = shell.fs.remove(&place);
        return 0;
    }
    let name = names.first().map_or("-", String::as_str).to_string();
    let text = match name.as_str() {
        "-" => std::mem::take(&mut shell.stdin),
        name => match shell.read(name) {
            Ok(Some(text)) => text,
            Ok(None) => {
                shell.gap("unknown-content", name);
                return 0;
            }
            Err(_) if shell.is_unknown_file(name) => {
                shell.gap("unlisted-file", name);
                return 0;
            }
            Err(error) => {
                shell.err(format!("{name}: {}\n", error.errno.message()));
                return 1;
            }
        },
    };
    let gid = match is_busybox {
        true => 0,
        false => crate::exec::id_of_name(&shell.fs, "/etc/group", "crontab").unwrap_or(0),
    };
    let _ = shell.fs.mkdir_all(&folder, 0o755, 0, 0);
    let _ = shell.fs.remove(&place);
    let _ = shell.fs.write(&place, Content::inline(text), 0o600, 0, gid);
    0
}
