//! `sudo`: runs a command as another user, with a reset environment.

use crate::commands::accounts::passwd_and_group_files::is_unlisted_account;
use crate::exec::Credentials;
use crate::shell::Shell;
use crate::shell::getopt::{only, with_long_values};
use std::collections::BTreeSet;

/// The search path that Debian's and Ubuntu's settings give.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
/// The variables that stay in the environment, beside those of the locale.
const KEPT: [&str; 4] = ["TERM", "DISPLAY", "COLORTERM", "XAUTHORITY"];
const RULES: &str = "/etc/sudoers";

/// `sudo [-EHSn] [-u USER] [-g GROUP] [NAME=VALUE…] COMMAND …`; `-i` and `-s` start a shell.
pub(crate) fn sudo(shell: &mut Shell, argv: &[String]) -> i32 {
    let argv = with_long_values(argv, &["user", "group", "chdir", "preserve-env"]);
    let mut flags: Vec<(String, Option<String>)> = Vec::new();
    let mut rest = argv.get(1..).unwrap_or(&[]);
    while let Some((word, more)) = rest.split_first().filter(|(word, _)| word.starts_with('-') && word.len() > 1) {
        rest = more;
        if word == "--" {
            break;
        }
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').map_or((long, None), |(name, value)| (name, Some(value)));
            flags.push((name.to_string(), value.map(str::to_string)));
            continue;
        }
        let mut letters = word.get(1..).unwrap_or("").chars();
        while let Some(letter) = letters.next() {
            if !"ugCDhpRrtT".contains(letter) {
                flags.push((letter.to_string(), None));
                continue;
            }
            let glued = letters.as_str().to_string();
            let value = match glued.is_empty() {
                true => rest.split_first().map(|(value, more)| {
                    rest = more;
                    value.clone()
                }),
                false => Some(glued),
            };
            flags.push((letter.to_string(), value));
            break;
        }
    }
    let known = ["u", "user", "E", "preserve-env", "H", "set-home", "n", "non-interactive", "S", "stdin", "i", "login"];
    only(shell, "sudo", &flags, &[&known[..], &["s", "shell", "V", "v", "validate", "k", "K", "D", "chdir"]].concat());
    let has = |names: &[&str]| crate::shell::getopt::has(&flags, names);
    let name = crate::shell::getopt::value(&flags, &["u", "user"]).unwrap_or("root").to_string();
    let Ok(who) = Credentials::of(&shell.fs, name.trim_start_matches('#')) else {
        if is_unlisted_account(shell, "/etc/passwd", &name) {
            shell.gap("unmodelled-command", format!("sudo -u {name}"));
            return 0;
        }
        shell.err(format!("sudo: unknown user {name}\nsudo: error initializing audit plugin sudoers_audit\n"));
        return 1;
    };
    if !may(shell) {
        shell.err(
            "sudo: a terminal is required to read the password; either use the -S option to read from standard input \
             or configure an askpass helper\nsudo: a password is required\n",
        );
        return 1;
    }
    let (mut given, mut command) = (Vec::new(), rest);
    while let Some((word, more)) = command.split_first()
        && let Some((name, value)) =
            word.split_once('=').filter(|(name, _)| crate::shell::builtins::export_readonly::is_name(name))
    {
        given.push((name.to_string(), value.to_string()));
        command = more;
    }
    let home = who.home(&shell.fs);
    let mut command = command.to_vec();
    if has(&["i", "login", "s", "shell"]) {
        let program = field(shell, &who, 6).filter(|shell| !shell.is_empty()).unwrap_or_else(|| "/bin/sh".into());
        let script = command.join(" ");
        command = if script.is_empty() { vec![program] } else { vec![program, "-c".into(), script] };
    }
    if command.is_empty() {
        return i32::from(!has(&["V", "v", "validate", "k", "K"]));
    }
    let (user, vars, cwd) = (shell.user.clone(), shell.vars.clone(), shell.cwd.clone());
    let was = field(shell, &user, 0).unwrap_or_else(|| user.uid.to_string());
    let listed = crate::shell::getopt::value(&flags, &["preserve-env"]).unwrap_or("").to_string();
    let keeps_all = has(&["E"]) || has(&["preserve-env"]) && listed.is_empty();
    let listed: BTreeSet<&str> = listed.split(',').collect();
    shell.vars.retain(|name, variable| {
        !variable.exported
            || keeps_all
            || KEPT.contains(&name.as_str())
            || name.starts_with("LC_")
            || name.starts_with("LANG")
            || listed.contains(name.as_str())
    });
    let target = field(shell, &who, 0).unwrap_or_else(|| name.clone());
    let mut set = |name: &str, value: String| shell.set_var(name, value, true);
    set("PATH", PATH.into());
    set("LOGNAME", target.clone());
    set("USER", target.clone());
    set("MAIL", format!("/var/mail/{target}"));
    set("SUDO_USER", was);
    set("SUDO_UID", user.uid.to_string());
    set("SUDO_GID", user.gid.to_string());
    set("SUDO_COMMAND", command.join(" "));
    if !keeps_all || has(&["H", "set-home", "i", "login"]) {
        set("HOME", home.clone());
    }
    given.into_iter().for_each(|(name, value)| set(&name, value));
    if has(&["i", "login"]) {
        shell.cwd = home;
    } else if let Some(folder) = crate::shell::getopt::value(&flags, &["D", "chdir"]) {
        shell.cwd = crate::fs::path::join(&shell.cwd, folder);
    }
    shell.user = who;
    let status = shell.call(&command);
    (shell.user, shell.vars, shell.cwd) = (user, vars, cwd);
    status
}

/// A field of a user's line in passwd.
fn field(shell: &Shell, who: &Credentials, at: usize) -> Option<String> {
    let text = shell.read("/etc/passwd").ok().flatten()?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let line = text.lines().find(|line| line.split(':').nth(2) == Some(who.uid.to_string().as_str()))?;
    line.split(':').nth(at).map(str::to_string)
}

/// Whether the current user needs no password: root, and users with a NOPASSWD rule. In a build nobody can enter a
/// password.
fn may(shell: &mut Shell) -> bool {
    if shell.user.uid == 0 {
        return true;
    }
    let mut texts = Vec::new();
    let more: Vec<String> =
        shell.fs.children("/etc/sudoers.d").iter().map(|(name, _)| format!("/etc/sudoers.d/{name}")).collect();
    for place in std::iter::once(RULES.to_string()).chain(more) {
        let Ok((_, node)) = shell.fs.stat("/", &place) else { continue };
        match node.content().and_then(crate::fs::Content::bytes) {
            Some(bytes) => texts.push(String::from_utf8_lossy(bytes).into_owned()),
            None => {
                shell.gap("unknown-content", place);
                return true;
            }
        }
    }
    let user = shell.user.clone();
    let name = field(shell, &user, 0).unwrap_or_default();
    let groups = shell.read("/etc/group").ok().flatten().unwrap_or_default();
    let groups = String::from_utf8_lossy(&groups).into_owned();
    let is_member = |group: &str| {
        groups.lines().map(|line| line.split(':').collect::<Vec<_>>()).any(|line| {
            let gid = line.get(2).and_then(|gid| gid.parse::<u32>().ok());
            line.first() == Some(&group) && gid.is_some_and(|gid| gid == user.gid || user.groups.contains(&gid))
        })
    };
    let is_for = |who: &str| match who.strip_prefix('%') {
        Some(group) => is_member(group),
        None => who == name || who == "ALL",
    };
    // Of the rules that fit the last one counts.
    let rules = texts.iter().flat_map(|text| text.lines()).map(str::trim).filter(|line| !line.starts_with('#'));
    let mut fitting = rules.filter(|line| line.split_whitespace().next().is_some_and(is_for));
    fitting.next_back().is_some_and(|line| line.contains("NOPASSWD:"))
}
