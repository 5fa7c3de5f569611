//! openssl, ssh-keygen, ssh-keyscan: keys and certificates, of which no build makes the same twice.

use super::{has, options, value, with_long_values};
use crate::fs::{Content, path};
use crate::shell::Shell;

const WHY: &str = "a key or a certificate, made anew each time";

/// What is written with `-out` and `-keyout`; the rest goes to the standard output.
pub(super) fn openssl(shell: &mut Shell, argv: &[String]) -> i32 {
    let verb = argv.get(1).map_or("", String::as_str);
    if ["version", "help", "list", "ciphers"].contains(&verb) {
        shell.gap("unknown-output", "openssl");
        return 0;
    }
    let mut written = false;
    for (at, word) in argv.iter().enumerate() {
        if ["-out", "-keyout", "-CAcreateserial"].contains(&word.as_str())
            && let Some(name) = argv.get(at + 1)
        {
            let is_key = word == "-keyout" || verb.starts_with("gen");
            if let Err(error) = shell.put_file(name, Content::unknown(WHY)) {
                return shell.complain("openssl", name, &error);
            }
            if let Ok((place, _)) = shell.fs.stat(&shell.cwd, name)
                && is_key
            {
                shell.fs.chmod(&place, 0o600);
            }
            shell.gap("unknown-size", format!("openssl {verb} {name}"));
            written = true;
        }
    }
    if !written {
        shell.gap("unknown-output", format!("openssl {verb}"));
    }
    0
}

pub(super) fn ssh_keygen(shell: &mut Shell, argv: &[String]) -> i32 {
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

/// The keys of hosts: what they answer is not known.
pub(super) fn ssh_keyscan(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = with_long_values(argv, &[]);
    let (_, hosts) = options(&argv, "tpTf");
    shell.gap("unknown-output", format!("ssh-keyscan {}", hosts.join(" ")));
    0
}
