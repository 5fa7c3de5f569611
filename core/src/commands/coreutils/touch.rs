//! touch: sets times, makes empty files.

use super::parse_datetime;
use crate::commands::coreutils::parse_datetime::ParsedDate;
use crate::fs::{Content, Time};
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options, value};

pub(crate) fn touch(shell: &mut Shell, argv: &[String]) -> i32 {
    let (flags, names) = options(argv, "dtr");
    only(shell, "touch", &flags, &["c", "no-create", "a", "m", "f", "h", "d", "date", "t", "r", "reference"]);
    let time = match wanted_time(shell, &flags) {
        Ok(time) => time,
        Err(text) => {
            shell.err(text);
            return 1;
        }
    };
    if names.is_empty() {
        shell.err("touch: missing file operand\n");
        return 1;
    }
    // Nobody here asks when a file was read.
    let reads_only = has(&flags, &["a"]) && !has(&flags, &["m"]);
    let mut status = 0;
    for name in &names {
        let place = match has(&flags, &["h"]) {
            true => shell.fs.resolve(&shell.cwd, name, false),
            false => shell.destination(name),
        };
        let done = place.and_then(|place| match shell.fs.get(&place).map(|node| node.modified) {
            Some(old) => {
                shell.fs.writable(&place)?;
                shell.fs.touch(&place);
                if let Some(time) = time.or(Some(old).filter(|_| reads_only)) {
                    shell.fs.set_modified(&place, if reads_only { old } else { time });
                }
                Ok(())
            }
            None if has(&flags, &["c", "no-create", "h"]) => Ok(()),
            None => {
                let (uid, gid, mode) = (shell.user.uid, shell.user.gid, shell.file_mode());
                shell.fs.write(&place, Content::inline([]), mode, uid, gid)?;
                if let Some(time) = time {
                    shell.fs.set_modified(&place, time);
                }
                Ok(())
            }
        });
        if let Err(error) = done {
            status = shell.complain("touch", &format!("cannot touch '{name}'"), &error);
        }
    }
    status
}

/// The time that touch sets; `None` for the current one.
///
/// # Errors
/// The complaint.
fn wanted_time(shell: &mut Shell, flags: &[(String, Option<String>)]) -> Result<Option<Time>, String> {
    let (read, text) = match (value(flags, &["d", "date"]), value(flags, &["t"]), value(flags, &["r", "reference"])) {
        (_, _, Some(file)) => {
            return match shell.fs.stat(&shell.cwd, file) {
                Ok((_, node)) => Ok(Some(node.modified)),
                Err(error) if shell.dialect() == "ash" => Err(format!("touch: {file}: {}\n", error.errno.message())),
                Err(error) => Err(format!("touch: failed to get attributes of '{file}': {}\n", error.errno.message())),
            };
        }
        (Some(text), ..) => {
            // busybox takes what a date does not say from the clock.
            if shell.dialect() == "ash" && !text.contains([':', '@']) {
                shell.gap("no-clock", "touch");
            }
            (parse_datetime::read(text), text)
        }
        (None, Some(text), None) => (parse_datetime::stamp(text), text),
        (None, None, None) => return Ok(None),
    };
    match read {
        ParsedDate::At(time) => Ok(Some(time)),
        ParsedDate::FromNow if ["now", "today"].contains(&text) => Ok(None),
        ParsedDate::FromNow => {
            shell.gap("no-clock", "touch");
            Ok(Some(Time::Past))
        }
        ParsedDate::Invalid => Err(super::date::invalid(shell, "touch", text)),
    }
}
