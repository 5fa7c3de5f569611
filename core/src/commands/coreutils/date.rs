//! `date`.

use crate::commands::coreutils::parse_datetime::{ParsedDate, read};
use crate::fs::Time;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};
use crate::shell::strftime::print;

/// The complaint of a text that is no date.
pub(crate) fn invalid(shell: &Shell, command: &str, text: &str) -> String {
    match (shell.dialect(), command) {
        ("ash", _) => format!("{command}: invalid date '{text}'\n"),
        (_, "touch") => format!("touch: invalid date format ‘{text}’\n"),
        _ => format!("{command}: invalid date ‘{text}’\n"),
    }
}

/// There is no clock here: only a date that is given can be printed.
pub(crate) fn date(shell: &mut Shell, argv: &[String]) -> i32 {
    // The unit of `-I` stands at it or not at all.
    let long = |word: &String| match word.strip_prefix("-I") {
        Some("") => "--iso-8601".to_string(),
        Some(unit) => format!("--iso-8601={unit}"),
        None => word.clone(),
    };
    let argv: Vec<String> = argv.iter().map(long).collect();
    let (flags, operands) = options(&argv, "dr");
    only(
        shell,
        "date",
        &flags,
        &["d", "date", "r", "reference", "u", "utc", "universal", "R", "rfc-email", "iso-8601"],
    );
    let time = match (value(&flags, &["d", "date"]), value(&flags, &["r", "reference"])) {
        (Some(text), _) => match read(text) {
            ParsedDate::At(time) => time,
            ParsedDate::FromNow => Time::Past,
            ParsedDate::Invalid => {
                shell.err(invalid(shell, "date", text));
                return 1;
            }
        },
        (None, Some(file)) => match shell.fs.stat(&shell.cwd, file).map(|(_, node)| node.modified) {
            Ok(time) => time,
            Err(error) => {
                let what = if shell.dialect() == "ash" { format!("can't stat '{file}'") } else { file.to_string() };
                return shell.complain("date", &what, &error);
            }
        },
        (None, None) => Time::Past,
    };
    let (seconds, nanoseconds) = time.known().unwrap_or_else(|| {
        // The epoch stands in, so that a file named after the date has a name.
        shell.gap("no-clock", "date");
        (0, 0)
    });
    let busybox = shell.dialect() == "ash";
    let usual = match value(&flags, &["iso-8601"]) {
        Some("hours") => "%FT%H%:z",
        Some("minutes") => "%FT%H:%M%:z",
        Some("seconds") => "%FT%T%:z",
        Some("ns") => "%FT%T,%N%:z",
        _ if has(&flags, &["iso-8601"]) => "%F",
        _ if has(&flags, &["R", "rfc-email"]) => "%a, %d %b %Y %H:%M:%S %z",
        _ => "%a %b %e %H:%M:%S %Z %Y",
    };
    // busybox has its own idea of where the zone's colon stands.
    let usual = if busybox { usual.replace("%:z", "+00:00") } else { usual.to_string() };
    let format = operands.first().map_or(usual.as_str(), |text| text.trim_start_matches('+'));
    match print(seconds, nanoseconds, format) {
        Ok(text) => shell.out(text + "\n"),
        Err(field) => shell.gap("unmodelled-option", format!("date +%{field}")),
    }
    0
}
