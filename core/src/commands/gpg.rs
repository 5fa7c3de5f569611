//! `gpg` and its helpers: keys are imported, and signatures count as valid.

use crate::fs::{Content, path};
use crate::measure::typical_tool_size;
use crate::shell::Shell;
use crate::shell::getopt::{has, options, value};

/// A file of keys that are not known, as large as keyrings usually are.
pub(crate) fn keyring(why: &str) -> Content {
    Content::unknown(why).estimated(typical_tool_size("keyring"))
}

/// gpg: keys go into its home, which is usually removed again; what is signed is taken as good, for there is
/// no key here to doubt it.
pub(crate) fn gpg(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("gpg", |name| path::file_name(name)).to_string();
    let long = ["homedir", "keyserver", "output", "recv-keys", "keyserver-options", "keyring", "no-default-keyring"];
    let with_values: Vec<&str> =
        long.iter().copied().filter(|name| !["recv-keys", "no-default-keyring"].contains(name)).collect();
    let (flags, names) = options(&crate::shell::getopt::with_long_values(argv, &with_values), "ou");
    if has(&flags, &["version", "help", "dump-options", "list-config"]) {
        shell.gap("unknown-output", command);
        return 0;
    }
    // What stops the agent or asks for it leaves nothing.
    if ["gpgconf", "dirmngr", "gpg-agent"].contains(&command.as_str()) {
        return 0;
    }
    let home = value(&flags, &["homedir"]).map(str::to_string);
    let home = home.or_else(|| shell.var("GNUPGHOME").map(str::to_string));
    let home = home.unwrap_or_else(|| format!("{}/.gnupg", shell.var("HOME").unwrap_or("/root")));
    let home = path::join(&shell.cwd, &home);
    // Whatever it does with keys it does in its home, which has a box for them then: empty it has 32 bytes.
    let (uid, gid) = (shell.user.uid, shell.user.gid);
    let needs_keys = ["verify", "recv-keys", "receive-keys", "import", "export", "decrypt", "list-keys", "batch"];
    if shell.fs.stat("/", &home).is_err() && shell.fs.mkdir_all(&home, 0o700, uid, gid).is_ok() {
        shell.fs.chmod(&home, 0o700);
        if has(&flags, &needs_keys) && !has(&flags, &["no-default-keyring"]) {
            let _ = shell.fs.write(&format!("{home}/pubring.kbx"), Content::inline(vec![0; 32]), 0o600, uid, gid);
        }
    }
    if has(&flags, &["verify"]) {
        for name in &names {
            if shell.fs.stat(&shell.cwd, name).is_err() && !shell.fs.may_hide(&shell.cwd, name) {
                shell.err(format!("gpg: can't open '{name}': No such file or directory\n"));
                return 2;
            }
        }
        shell.gap("taken-as-good", format!("{command} --verify"));
    }
    let absent = |name: &&String| shell.fs.stat(&shell.cwd, name).is_err() && !shell.fs.may_hide(&shell.cwd, name);
    if let Some(name) = names.iter().find(absent).filter(|_| has(&flags, &["import"])) {
        shell.err(format!("gpg: can't open '{name}': No such file or directory\ngpg: Total number processed: 0\n"));
        return 2;
    }
    // The boxes and sockets that it keeps there are not followed one by one.
    if has(&flags, &["recv-keys", "import", "receive-keys"]) {
        let _ = shell.fs.write(&format!("{home}/pubring.kbx"), keyring("keys from a keyserver"), 0o644, uid, gid);
    }
    let known = ["verify", "recv-keys", "receive-keys", "import", "dearmor", "export", "armor", "enarmor", "decrypt"];
    if has(&flags, &["list-keys", "fingerprint", "show-keys", "k", "list-secret-keys"]) {
        shell.gap("unknown-output", command);
        return 0;
    }
    if !has(&flags, &known) {
        shell.gap("unmodelled-command", command);
        return 0;
    }
    // A key from a pipe.
    if names.iter().all(|name| name == "-") && has(&flags, &["dearmor", "enarmor", "import"]) {
        let _ = shell.claim_download();
    }
    let output = value(&flags, &["o", "output"]).map(str::to_string);
    if has(&flags, &["dearmor", "export", "armor", "enarmor", "decrypt"]) {
        let content = keyring("what gpg makes of a key");
        match output {
            Some(name) => {
                if let Err(error) = shell.put_file(&name, content) {
                    return shell.complain("gpg", &name, &error);
                }
                shell.gap("unknown-size", format!("{command} -o {name}"));
            }
            None => shell.gap("unknown-output", command),
        }
    }
    0
}
