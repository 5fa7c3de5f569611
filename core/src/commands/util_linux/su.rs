//! `su` and `runuser`.

use crate::commands::accounts::passwd_and_group_files::is_unlisted_account;
use crate::commands::gosu::acting;
use crate::commands::gosu::credentials;
use crate::exec::Credentials;
use crate::shell::Shell;
use crate::shell::getopt::options;

/// `su [-] [user] [-c script]`, and `runuser`, which takes a command as well.
pub(crate) fn su(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("su", String::as_str).to_string();
    let (flags, operands) =
        options(&crate::shell::getopt::with_long_values(argv, &["command", "shell", "user", "group"]), "csugG");
    let mut operands: Vec<String> = operands.into_iter().filter(|word| word != "-").collect();
    let user = match crate::shell::getopt::value(&flags, &["u", "user"]) {
        Some(user) => user.to_string(),
        None if operands.is_empty() => "root".into(),
        None => operands.remove(0),
    };
    let Some(who) = credentials(shell, &user) else {
        if is_unlisted_account(shell, "/etc/passwd", &user) {
            shell.gap("unmodelled-command", format!("{command} {user}"));
            return 0;
        }
        shell.err(format!(
            "{command}: user {user} does not exist or the user entry does not contain all the required fields\n"
        ));
        return 1;
    };
    // Debian's asks PAM, for which an account without a line in shadow is none.
    if shell.dialect() != "ash" && !has_secret(shell, &user) {
        shell.err(format!("{command}: Authentication failure\n"));
        return 1;
    }
    let sh = crate::shell::getopt::value(&flags, &["s", "shell"]).unwrap_or("/bin/sh").to_string();
    let words: Vec<String> = match crate::shell::getopt::value(&flags, &["c", "command"]) {
        Some(script) => [sh, "-c".into(), script.to_string()].into_iter().chain(operands).collect(),
        None if crate::shell::getopt::has(&flags, &["u", "user"]) => operands,
        None => vec![sh],
    };
    let login = argv.iter().any(|word| word == "-" || word == "-l" || word == "--login");
    // What su sets beside the home; of root's name nothing, unless it logs in.
    let vars = shell.vars.clone();
    if login || who.0.uid != 0 {
        for name in ["USER", "LOGNAME"] {
            shell.set_var(name, user.clone(), true);
        }
    }
    if login && shell.dialect() == "ash" {
        let path = if who.0.uid == 0 { "/sbin:/usr/sbin:/bin:/usr/bin" } else { "/bin:/usr/bin" };
        shell.set_var("PATH", path.into(), true);
    }
    let status = if login { shell_in_home(shell, who, &words) } else { acting(shell, who, true, &words) };
    shell.vars = vars;
    status
}

/// Whether a user whose password is said to be in shadow is there; where neither file is known it is taken so.
pub(crate) fn has_secret(shell: &Shell, user: &str) -> bool {
    let line = |file: &str| {
        let text = shell.read(file).ok().flatten()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        Some(text.lines().find(|line| line.split(':').next() == Some(user)).map(str::to_string))
    };
    let shadowed = line("/etc/passwd").flatten().is_some_and(|line| line.split(':').nth(1) == Some("x"));
    !shadowed || line("/etc/shadow").is_none_or(|line| line.is_some())
}

pub(crate) fn shell_in_home(shell: &mut Shell, who: (Credentials, String), command: &[String]) -> i32 {
    let cwd = shell.cwd.clone();
    if shell.fs.stat("/", &who.1).is_ok() {
        shell.cwd.clone_from(&who.1);
    }
    let status = acting(shell, who, true, command);
    shell.cwd = cwd;
    status
}
