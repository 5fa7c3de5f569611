//! `ssh-keygen`.

use crate::commands::openssl::WHY;
use crate::fs::{Content, path};
use crate::shell::Shell;
use crate::shell::getopt::{has, options, value};

pub(crate) fn ssh_keygen(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, _) = options(argv, "tbfCNPERmI");
    if has(&flags, &["l", "y", "e", "B", "F", "L"]) {
        shell.gap("unknown-output", "ssh-keygen");
        return 0;
    }
    let mut names: Vec<String> = Vec::new();
    if has(&flags, &["A"]) {
        names.extend(["rsa", "ecdsa", "ed25519"].map(|kind| format!("/etc/ssh/ssh_host_{kind}_key")));
    } else {
        let kind = value(&flags, &["t"]).unwrap_or("ed25519");
        let home = shell.var("HOME").unwrap_or("/root").to_string();
        names.push(value(&flags, &["f"]).map_or_else(|| format!("{home}/.ssh/id_{kind}"), str::to_string));
    }
    for name in names {
        if shell.fs.stat(&shell.cwd, &name).is_ok() {
            continue;
        }
        let whole = path::join(&shell.cwd, &name);
        let _ = shell.fs.mkdir_all(path::parent(&whole), 0o700, shell.user.uid, shell.user.gid);
        for (ending, mode) in [("", 0o600), (".pub", 0o644)] {
            let place = format!("{whole}{ending}");
            if let Err(error) = shell.put_file(&place, Content::unknown(WHY)) {
                return shell.complain("ssh-keygen", &place, &error);
            }
            shell.fs.chmod(&place, mode);
        }
        shell.gap("unknown-size", format!("ssh-keygen {name}"));
    }
    0
}
