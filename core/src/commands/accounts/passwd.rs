//! `passwd` and `chpasswd` of Debian's passwd package.

use super::passwd_and_group_files::{PASSWD, SHADOW, has_name, is_unlisted_account, text_of};
use crate::commands::accounts::shadow_utils::{change, is_of};
use crate::shell::Shell;
use crate::shell::getopt::{has, options};

/// Sets the second field of a user's line in shadow.
pub(crate) fn set_secret(shell: &mut Shell, user: &str, new: impl Fn(&str) -> String) {
    change(shell, SHADOW, |fields| {
        if let (true, Some(field)) = (is_of(fields, user), fields.get_mut(1)) {
            *field = new(field);
        }
        true
    });
}

pub(crate) fn passwd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "nxwiR");
    let Some(user) = names.first().cloned() else {
        shell.err("passwd: Authentication token manipulation error\npasswd: password unchanged\n");
        return 10;
    };
    if !text_of(shell, PASSWD).is_some_and(|users| has_name(&users, &user)) {
        if is_unlisted_account(shell, PASSWD, &user) {
            return 0;
        }
        shell.err(format!("passwd: user '{user}' does not exist\n"));
        return 1;
    }
    let quiet = has(&flags, &["q", "quiet"]);
    if has(&flags, &["S", "status"]) {
        shell.gap("unknown-output", "passwd -S");
        return 0;
    }
    if has(&flags, &["d", "delete"]) {
        set_secret(shell, &user, |_| String::new());
    } else if has(&flags, &["l", "lock"]) {
        set_secret(shell, &user, |old| if old.starts_with('!') { old.to_string() } else { format!("!{old}") });
    } else if has(&flags, &["u", "unlock"]) {
        set_secret(shell, &user, |old| old.trim_start_matches('!').to_string());
    } else if !shell.stdin.is_empty() {
        shell.stdin.clear();
        set_secret(shell, &user, |_| secret());
    } else {
        shell.err("passwd: Authentication token manipulation error\npasswd: password unchanged\n");
        return 10;
    }
    if !quiet {
        shell.out("passwd: password changed.\n");
    }
    0
}

/// What stands for a password: its salt is drawn by chance, and its length is that of yescrypt's.
pub(crate) fn secret() -> String {
    format!("$y$j9T${}${}", "0".repeat(22), "0".repeat(43))
}

/// `user:password` lines.
pub(crate) fn chpasswd(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, _) = options(argv, "csR");
    let encrypted = has(&flags, &["e", "encrypted"]);
    let text = String::from_utf8_lossy(&std::mem::take(&mut shell.stdin)).into_owned();
    for (number, line) in text.lines().enumerate() {
        let known = text_of(shell, PASSWD).unwrap_or_default();
        let Some((user, word)) = line.split_once(':').filter(|(user, _)| has_name(&known, user)) else {
            let user = line.split(':').next().unwrap_or("");
            if is_unlisted_account(shell, PASSWD, user) {
                continue;
            }
            shell.err(format!(
                "chpasswd: (user {user}) pam_chauthtok() failed, error:\nAuthentication token manipulation error\nchpasswd: (line {}, user {user}) password not changed\n",
                number + 1
            ));
            return 1;
        };
        set_secret(shell, user, |_| if encrypted { word.to_string() } else { secret() });
    }
    0
}
