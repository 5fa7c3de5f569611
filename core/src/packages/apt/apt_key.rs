//! `apt-key`.

use crate::commands::gpg::keyring;
use crate::packages::root_file::write_root_file;
use crate::shell::Shell;

/// `apt-key add FILE` and `apt-key adv …`: adds keys to the one keyring.
pub(crate) fn apt_key(shell: &mut Shell, argv: &[String]) -> i32 {
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
            if argv.get(2).is_none_or(|name| name == "-") {
                let _ = shell.claim_download();
            }
            // The folder may be there unlisted, and hold more.
            let unlisted = shell.fs.unlisted_folders("/etc/apt");
            write_root_file(shell, BOX, keyring("the keys that apt-key adds"));
            unlisted.iter().for_each(|folder| shell.fs.set_partial(folder));
            shell.gap("unknown-size", BOX);
            shell.out("OK\n");
        }
        "del" => shell.gap("unmodelled-option", "apt-key del"),
        _ => shell.gap("unknown-output", "apt-key"),
    }
    0
}
