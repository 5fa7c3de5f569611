//! `gosu` and `su-exec`: run a command as another user.

use crate::commands::accounts::passwd_and_group_files::is_unlisted_account;
use crate::exec::Credentials;
use crate::shell::Shell;

/// A user by name or id, with group (`app`, `1000:1000`, `app:group`), and the home.
pub(crate) fn credentials(shell: &Shell, text: &str) -> Option<(Credentials, String)> {
    let who = Credentials::of(&shell.fs, text).ok()?;
    let home = who.home(&shell.fs);
    Some((who, home))
}

/// Runs something as another user.
pub(crate) fn acting(shell: &mut Shell, who: (Credentials, String), sets_home: bool, command: &[String]) -> i32 {
    let user = std::mem::replace(&mut shell.user, who.0);
    let (vars, cwd) = (shell.vars.clone(), shell.cwd.clone());
    if sets_home {
        shell.set_var("HOME", who.1, true);
    }
    let status = shell.call(command);
    (shell.user, shell.vars, shell.cwd) = (user, vars, cwd);
    status
}

/// `gosu user command …` and `su-exec`.
pub(crate) fn gosu(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = argv.first().cloned().unwrap_or_default();
    match argv.get(1..).unwrap_or(&[]) {
        [flag] if flag.starts_with("--") => 0,
        [user, command @ ..] if !command.is_empty() => match credentials(shell, user) {
            Some(who) => acting(shell, who, true, command),
            None if is_unlisted_account(shell, "/etc/passwd", user.split(':').next().unwrap_or(user)) => {
                shell.gap("unmodelled-command", format!("{name} {user}"));
                0
            }
            None => {
                match name.ends_with("gosu") {
                    true => shell.err(format!(
                        "error: failed switching to \"{user}\": unable to find user {user}: no matching entries in passwd \
                         file\n"
                    )),
                    false => shell.gap("unknown-log", name),
                }
                1
            }
        },
        _ => 1,
    }
}
