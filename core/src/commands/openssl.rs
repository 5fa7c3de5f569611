//! `openssl`. Keys and certificates differ in each build.

use crate::fs::Content;
use crate::measure::typical_tool_size;
use crate::shell::Shell;

pub(crate) const WHY: &str = "a key or a certificate, made anew each time";

/// What makes keys, certificates and parameters. Other verbs write what depends on their input.
const MAKING: [&str; 6] = ["dhparam", "ecparam", "genpkey", "genrsa", "req", "x509"];

/// What is written with `-out` and `-keyout`; the rest goes to the standard output.
pub(crate) fn openssl(shell: &mut Shell, argv: &[String]) -> i32 {
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
            let typical = typical_tool_size("key-or-certificate").filter(|_| MAKING.contains(&verb));
            if let Err(error) = shell.put_file(name, Content::unknown(WHY).estimated(typical)) {
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
