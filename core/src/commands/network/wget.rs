//! `wget`.

use crate::commands::network::download::last_part;
use crate::commands::network::download::take;
use crate::fs::path;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value, with_long_values};

pub(crate) fn wget(shell: &mut Shell, argv: &[String]) -> i32 {
    const VALUES: [&str; 12] = [
        "output-document",
        "directory-prefix",
        "tries",
        "timeout",
        "header",
        "user",
        "password",
        "user-agent",
        "output-file",
        "progress",
        "waitretry",
        "post-data",
    ];
    const KNOWN: [&str; 29] = [
        "O",
        "P",
        "q",
        "n",
        "v",
        "c",
        "t",
        "T",
        "U",
        "o",
        "4",
        "6",
        "N",
        "S",
        "quiet",
        "no-verbose",
        "continue",
        "no-check-certificate",
        "show-progress",
        "https-only",
        "no-cache",
        "no-hsts",
        "timestamping",
        "retry-connrefused",
        "inet4-only",
        "inet6-only",
        "content-disposition",
        "no-clobber",
        "secure-protocol",
    ];
    let argv = with_long_values(argv, &VALUES);
    let (flags, addresses) = options(&argv, "OPtTUoi");
    let known: Vec<&str> = KNOWN.iter().chain(&VALUES).copied().collect();
    if has(&flags, &["version", "V"]) {
        shell.gap("unknown-output", "wget --version");
        return 0;
    }
    only(shell, "wget", &flags, &known);
    if addresses.is_empty() {
        shell.err("wget: missing URL\n");
        return 2;
    }
    let folder = value(&flags, &["P", "directory-prefix"]).map(str::to_string);
    let document = value(&flags, &["O", "output-document"]).map(str::to_string);
    for address in &addresses {
        let file = match (&document, &folder) {
            (Some(document), _) => document.clone(),
            (None, Some(folder)) => {
                let place = path::join(&shell.cwd, folder);
                let _ = shell.make_folders(&place, shell.folder_mode(), shell.user.uid, shell.user.gid);
                format!("{folder}/{}", last_part(address))
            }
            (None, None) => last_part(address).to_string(),
        };
        if let Err(place) = take(shell, address, Some(file.as_str()).filter(|file| *file != "-")) {
            shell.err(format!("{place}: No such file or directory\n"));
            return 3;
        }
    }
    0
}
