//! apt-cache, apt-config, apt-key, add-apt-repository: what stands around apt.

use super::managers::fill;
use super::traces::put;
use crate::fs::Content;
use crate::shell::Shell;

/// apt-cache and apt-config only ask.
pub(in crate::shell) fn asks(shell: &mut Shell, argv: &[String]) -> i32 {
    if argv.first().is_some_and(|name| name.ends_with("apt-cache")) {
        shell.fs.touch("/tmp");
        super::traces::keep_caches(shell);
    }
    let words: Vec<&str> = argv.iter().take(2).map(String::as_str).collect();
    shell.gap("unknown-output", words.join(" "));
    0
}

/// `apt-key add FILE`, `apt-key adv …`: keys go into one box.
pub(in crate::shell) fn apt_key(shell: &mut Shell, argv: &[String]) -> i32 {
    const BOX: &str = "/etc/apt/trusted.gpg";
    if shell.which("gpg") == (None, false) && shell.which("gpg1") == (None, false) {
        shell.err(
            "E: gnupg, gnupg2 and gnupg1 do not seem to be installed, but one of them is required for this operation\n",
        );
        return 255;
    }
    shell.err("Warning: apt-key is deprecated. Manage keyring files in trusted.gpg.d instead (see apt-key(8)).\n");
    match argv.get(1).map_or("", String::as_str) {
        "add" | "adv" => {
            put(shell, BOX, Content::unknown("keys"));
            shell.gap("unknown-size", BOX);
            shell.out("OK\n");
        }
        "del" => shell.gap("unmodelled-option", "apt-key del"),
        _ => shell.gap("unknown-output", "apt-key"),
    }
    0
}

/// `add-apt-repository`: a list, a key, and new lists of what there is.
pub(in crate::shell) fn add_repository(shell: &mut Shell, argv: &[String]) -> i32 {
    for folder in ["/etc/apt/sources.list.d", "/etc/apt/trusted.gpg.d", "/etc/apt/keyrings", "/var/lib/apt/lists"] {
        fill(shell, folder);
    }
    let words: Vec<&str> = argv.iter().skip(1).map(String::as_str).filter(|word| !word.starts_with('-')).collect();
    shell.gap("unknown-files", format!("add-apt-repository {}", words.join(" ")));
    0
}
