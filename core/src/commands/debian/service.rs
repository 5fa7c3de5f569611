//! `service`, and the init scripts that it runs.

use crate::shell::Shell;

pub(crate) const SCRIPTS: &str = "/etc/init.d";

/// `service NAME VERB …` runs the script of that name; what it then starts is a matter of that script.
pub(crate) fn service(shell: &mut Shell, argv: &[String]) -> i32 {
    let words: Vec<&String> = argv.iter().skip(1).collect();
    let [name, rest @ ..] = words.as_slice() else {
        shell.gap("unmodelled-option", "service");
        return 0;
    };
    if name.starts_with('-') || rest.first().is_some_and(|verb| *verb == "--full-restart") {
        shell.gap("unknown-output", format!("service {name}"));
        return 0;
    }
    let place = format!("{SCRIPTS}/{name}");
    if !is_program(shell, &place) {
        if shell.fs.may_hide("/", &place) {
            shell.gap("unmodelled-command", argv.join(" "));
            return 0;
        }
        shell.err(format!("{name}: unrecognized service\n"));
        return 1;
    }
    start(shell, &place, rest)
}

/// What the image's own policy answers; `None` where it has none.
pub(crate) fn policy(shell: &mut Shell, name: &str, verb: &str) -> Option<i32> {
    const POLICY: &str = "/usr/sbin/policy-rc.d";
    if !is_program(shell, POLICY) {
        return None;
    }
    Some(shell.run_argv(&[POLICY.to_string(), name.to_string(), verb.to_string()]))
}

pub(crate) fn is_program(shell: &Shell, place: &str) -> bool {
    shell.fs.stat("/", place).is_ok_and(|(_, node)| !node.is_dir() && node.mode & 0o111 != 0)
}

/// Runs a script from /, as both do.
pub(crate) fn start(shell: &mut Shell, place: &str, words: &[&String]) -> i32 {
    let argv: Vec<String> = [place.to_string()].into_iter().chain(words.iter().map(|word| (*word).clone())).collect();
    let from = std::mem::replace(&mut shell.cwd, "/".into());
    let status = shell.run_argv(&argv);
    shell.cwd = from;
    status
}
