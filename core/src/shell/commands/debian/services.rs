//! service, invoke-rc.d, update-rc.d: what starts in a container, where no init runs.

use crate::shell::Shell;

const SCRIPTS: &str = "/etc/init.d";

/// `service NAME VERB …` runs the script of that name; what it then starts is a matter of that script.
pub(in crate::shell) fn service(shell: &mut Shell, argv: &[String]) -> i32 {
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

/// `invoke-rc.d NAME VERB`: without a runlevel nothing is to be started, as packages' scripts rely on.
pub(in crate::shell) fn invoke(shell: &mut Shell, argv: &[String]) -> i32 {
    let words: Vec<&String> = argv.iter().skip(1).filter(|word| !word.starts_with("--")).collect();
    let [name, verb, rest @ ..] = words.as_slice() else {
        shell.err("invoke-rc.d: syntax error: missing required parameter\n");
        return 103;
    };
    let place = format!("{SCRIPTS}/{name}");
    if shell.fs.stat("/", &place).is_err() && !shell.fs.may_hide("/", &place) {
        shell.err(format!("invoke-rc.d: unknown initscript, {place} not found.\n"));
    }
    shell.err("invoke-rc.d: could not determine current runlevel\n");
    let starts = ["start", "restart", "try-restart"].contains(&verb.as_str());
    if !is_program(shell, &place) {
        return 0;
    }
    match policy(shell, name, verb) {
        Some(101) => {
            shell.err(format!("invoke-rc.d: policy-rc.d denied execution of {verb}.\n"));
            0
        }
        // Its other answers are asked for by hardly anybody.
        Some(other) if other != 0 && other != 104 => {
            shell.gap("unmodelled-option", "policy-rc.d");
            0
        }
        Some(_) => start(shell, &place, &[&[*verb], rest].concat()),
        None if starts => 0,
        None => start(shell, &place, &[&[*verb], rest].concat()),
    }
}

/// What the image's own policy answers; `None` where it has none.
fn policy(shell: &mut Shell, name: &str, verb: &str) -> Option<i32> {
    const POLICY: &str = "/usr/sbin/policy-rc.d";
    if !is_program(shell, POLICY) {
        return None;
    }
    Some(shell.run_argv(&[POLICY.to_string(), name.to_string(), verb.to_string()]))
}

/// `update-rc.d NAME defaults|remove|…`: links of runlevels, which no container has.
pub(in crate::shell) fn update_rc(shell: &mut Shell, argv: &[String]) -> i32 {
    let words: Vec<&String> = argv.iter().skip(1).filter(|word| *word != "-f").collect();
    let [name, verb, ..] = words.as_slice() else {
        shell.err("update-rc.d: error: not enough arguments\n");
        return 1;
    };
    let place = format!("{SCRIPTS}/{name}");
    if *verb != "remove" && shell.fs.stat("/", &place).is_err() && !shell.fs.may_hide("/", &place) {
        shell.err(format!("update-rc.d: error: unable to read {place}\n"));
        return 1;
    }
    0
}

fn is_program(shell: &Shell, place: &str) -> bool {
    shell.fs.stat("/", place).is_ok_and(|(_, node)| !node.is_dir() && node.mode & 0o111 != 0)
}

/// Runs a script from /, as both do.
fn start(shell: &mut Shell, place: &str, words: &[&String]) -> i32 {
    let argv: Vec<String> = [place.to_string()].into_iter().chain(words.iter().map(|word| (*word).clone())).collect();
    let from = std::mem::replace(&mut shell.cwd, "/".into());
    let status = shell.run_argv(&argv);
    shell.cwd = from;
    status
}
