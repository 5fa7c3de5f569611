//! Programs that run another one: `nice`, `nohup`, `stdbuf`, `timeout`, and `ionice`, `setsid`, `taskset`, `time`.

use crate::shell::Shell;

/// Options of the wrappers that take the next word.
pub(crate) fn with_value(command: &str) -> &'static [&'static str] {
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
pub(crate) fn before(command: &str) -> usize {
    match command {
        "timeout" | "taskset" => 1,
        _ => 0,
    }
}

/// The words behind the options of such a program.
pub(crate) fn behind_options<'a>(name: &str, argv: &'a [String]) -> &'a [String] {
    let mut rest = argv.get(1..).unwrap_or(&[]);
    while let Some((word, more)) = rest.split_first().filter(|(word, _)| word.starts_with('-') && word.len() > 1) {
        rest = more;
        if word == "--" {
            break;
        }
        if with_value(name).contains(&word.as_str()) {
            rest = rest.get(1..).unwrap_or(&[]);
        }
    }
    rest
}

/// Runs the command as if it stood alone: time, priority and terminal are nothing that a build shows.
pub(crate) fn wrapped(shell: &mut Shell, argv: &[String]) -> i32 {
    let name = crate::fs::path::file_name(argv.first().map_or("", String::as_str)).to_string();
    let mut rest = behind_options(&name, argv);
    let operand = rest.first().cloned().unwrap_or_default();
    rest = rest.get(before(&name)..).unwrap_or(&[]);
    // Of what takes time only sleep tells how much.
    if let (true, [sleep, time]) = (name == "timeout", rest)
        && sleep == "sleep"
        && seconds(time) > seconds(&operand)
    {
        return if shell.dialect() == "ash" { 143 } else { 124 };
    }
    match rest.is_empty() {
        true => 0,
        false => shell.call(rest),
    }
}

/// `1.5`, `10s`, `2m`, `1h`, `1d`.
pub(crate) fn seconds(text: &str) -> f64 {
    let (number, unit) = text.split_at(text.trim_end_matches(char::is_alphabetic).len());
    let scale = match unit {
        "m" => 60.0,
        "h" => 3_600.0,
        "d" => 86_400.0,
        _ => 1.0,
    };
    number.parse::<f64>().unwrap_or(0.0) * scale
}
