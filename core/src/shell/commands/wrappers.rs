//! Programs that run another one: nohup, nice, timeout, setsid …, and as somebody else: su, gosu, setpriv.

use super::options;
use super::ownership::id;
use crate::exec::Credentials;
use crate::fs::Content;
use crate::shell::Shell;

/// Options of the wrappers that take the next word.
fn with_value(command: &str) -> &'static [&'static str] {
    match command {
        "timeout" => &["-k", "-s", "--kill-after", "--signal"],
        "nice" => &["-n", "--adjustment"],
        "ionice" => &["-c", "-n", "-p", "--class", "--classdata"],
        "stdbuf" => &["-i", "-o", "-e", "--input", "--output", "--error"],
        "flock" => &["-w", "-E", "--timeout", "--conflict-exit-code"],
        "time" => &["-f", "-o", "--format", "--output"],
        _ => &[],
    }
}

/// Operands that stand before the command itself.
fn before(command: &str) -> usize {
    match command {
        "timeout" | "flock" | "taskset" => 1,
        _ => 0,
    }
}

/// Runs the command as if it stood alone: time, priority and terminal are nothing that a build shows.
pub(super) fn wrapped(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = crate::fs::path::file_name(argv.first().map_or("", String::as_str)).to_string();
    let mut rest = argv.get(1..).unwrap_or(&[]);
    while let Some((word, more)) = rest.split_first().filter(|(word, _)| word.starts_with('-') && word.len() > 1) {
        rest = more;
        if word == "--" {
            break;
        }
        if with_value(&name).contains(&word.as_str()) {
            rest = rest.get(1..).unwrap_or(&[]);
        }
    }
    if let (true, Some(file)) = (name == "flock", rest.first().cloned())
        && shell.fs.stat(&shell.cwd, &file).is_err()
        && let Err(error) = shell.put_file(&file, Content::inline([]))
    {
        return shell.complain("flock", &format!("cannot open lock file {file}"), &error);
    }
    let operand = rest.first().cloned().unwrap_or_default();
    rest = rest.get(before(&name)..).unwrap_or(&[]);
    // Of what takes time only sleep tells how much.
    if let (true, [sleep, time]) = (name == "timeout", rest)
        && sleep == "sleep"
        && seconds(time) > seconds(&operand)
    {
        return if shell.dialect() == "ash" { 143 } else { 124 };
    }
    // `flock FILE -c 'script'`.
    if let [flag, script, ..] = rest
        && flag == "-c"
        && name == "flock"
    {
        return shell.call(&["sh".into(), "-c".into(), script.clone()]);
    }
    match rest.is_empty() {
        true => 0,
        false => shell.call(rest),
    }
}

/// `1.5`, `10s`, `2m`, `1h`, `1d`.
fn seconds(text: &str) -> f64 {
    let (number, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    let scale = match unit {
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => 1.0,
    };
    number.parse::<f64>().unwrap_or(0.0) * scale
}

/// `chroot DIRECTORY command …`, of the root itself.
pub(super) fn chroot(shell: &mut Shell, argv: &[String]) -> i32 {
    match argv.get(1..).unwrap_or(&[]) {
        [root, command @ ..] if crate::fs::path::join(&shell.cwd, root) == "/" && !command.is_empty() => {
            let here = std::mem::replace(&mut shell.cwd, "/".into());
            let status = shell.call(command);
            shell.cwd = here;
            status
        }
        _ => {
            shell.gap("unmodelled-command", "chroot");
            0
        }
    }
}

/// A user by name or id, with group (`app`, `1000:1000`, `app:group`), and the home.
fn credentials(shell: &Shell, text: &str) -> Option<(Credentials, String)> {
    let who = Credentials::of(&shell.fs, text).ok()?;
    let home = who.home(&shell.fs);
    Some((who, home))
}

/// Runs something as another user.
fn acting(shell: &mut Shell, who: (Credentials, String), sets_home: bool, command: &[String]) -> i32 {
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
pub(super) fn gosu(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = argv.first().cloned().unwrap_or_default();
    match argv.get(1..).unwrap_or(&[]) {
        [flag] if flag.starts_with("--") => 0,
        [user, command @ ..] if !command.is_empty() => match credentials(shell, user) {
            Some(who) => acting(shell, who, true, command),
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

/// `su [-] [user] [-c script]`, and `runuser`, which takes a command as well.
pub(super) fn su(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = argv.first().map_or("su", String::as_str).to_string();
    let (flags, operands) = options(&super::with_long_values(argv, &["command", "shell", "user", "group"]), "csugG");
    let mut operands: Vec<String> = operands.into_iter().filter(|word| word != "-").collect();
    let user = match super::value(&flags, &["u", "user"]) {
        Some(user) => user.to_string(),
        None if operands.is_empty() => "root".into(),
        None => operands.remove(0),
    };
    let Some(who) = credentials(shell, &user) else {
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
    let sh = super::value(&flags, &["s", "shell"]).unwrap_or("/bin/sh").to_string();
    let words: Vec<String> = match super::value(&flags, &["c", "command"]) {
        Some(script) => [sh, "-c".into(), script.to_string()].into_iter().chain(operands).collect(),
        None if super::has(&flags, &["u", "user"]) => operands,
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
fn has_secret(shell: &Shell, user: &str) -> bool {
    let line = |file: &str| {
        let text = shell.read(file).ok().flatten()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        Some(text.lines().find(|line| line.split(':').next() == Some(user)).map(str::to_string))
    };
    let shadowed = line("/etc/passwd").flatten().is_some_and(|line| line.split(':').nth(1) == Some("x"));
    !shadowed || line("/etc/shadow").is_none_or(|line| line.is_some())
}

fn shell_in_home(shell: &mut Shell, who: (Credentials, String), command: &[String]) -> i32 {
    let cwd = shell.cwd.clone();
    if shell.fs.stat("/", &who.1).is_ok() {
        shell.cwd.clone_from(&who.1);
    }
    let status = acting(shell, who, true, command);
    shell.cwd = cwd;
    status
}

/// `setpriv --reuid=… --regid=… command …`.
pub(super) fn setpriv(shell: &mut Shell, argv: &[String]) -> i32 {
    let mut who = shell.user.clone();
    let argv = super::with_long_values(
        argv,
        &["reuid", "regid", "ruid", "rgid", "euid", "egid", "groups", "inh-caps", "bounding-set", "ambient-caps"],
    );
    let mut rest = argv.get(1..).unwrap_or(&[]);
    while let Some((word, more)) = rest.split_first().filter(|(word, _)| word.starts_with("--")) {
        rest = more;
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        match name {
            "--" => break,
            "--reuid" | "--euid" => who.uid = id(&shell.fs, "/etc/passwd", value).unwrap_or(who.uid),
            "--regid" | "--egid" => who.gid = id(&shell.fs, "/etc/group", value).unwrap_or(who.gid),
            "--clear-groups" | "--init-groups" | "--no-new-privs" | "--keep-groups" | "--nnp" => {}
            other => shell.gap("unmodelled-option", format!("setpriv {other}")),
        }
    }
    if rest.is_empty() {
        return 0;
    }
    acting(shell, (who, String::new()), false, rest)
}
