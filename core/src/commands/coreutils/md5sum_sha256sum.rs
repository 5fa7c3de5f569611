//! `md5sum`, `sha1sum`, `sha224sum`, `sha256sum`, `sha384sum`, `sha512sum`.

use crate::commands::text_inputs::inputs;
use crate::fs::path;
use crate::shell::Shell;
use crate::shell::getopt::{has, only, options};
use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha224, Sha256, Sha384, Sha512};

pub(crate) fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

pub(crate) fn digest(command: &str, bytes: &[u8]) -> String {
    match command {
        "md5sum" => hex(Md5::digest(bytes)),
        "sha1sum" => hex(Sha1::digest(bytes)),
        "sha224sum" => hex(Sha224::digest(bytes)),
        "sha384sum" => hex(Sha384::digest(bytes)),
        "sha512sum" => hex(Sha512::digest(bytes)),
        _ => hex(Sha256::digest(bytes)),
    }
}

pub(crate) fn sum(shell: &mut Shell, argv: &[String]) -> i32 {
    let command = path::file_name(argv.first().map_or("sha256sum", String::as_str)).to_string();
    let (flags, names) = options(argv, "");
    only(shell, &command, &flags, &["c", "check", "s", "w", "b", "t", "status", "quiet", "strict"]);
    if has(&flags, &["c", "check"]) {
        return check(shell, &command, &names, has(&flags, &["s", "status", "quiet"]));
    }
    let (all, status) = inputs(shell, &command, &names);
    for (name, bytes) in all {
        let line = format!("{}  {name}\n", digest(&command, &bytes));
        shell.out(line);
    }
    status
}

/// Hash and file name of a line of a list: `HASH  NAME`, `HASH *NAME`, or GNU's `SHA256 (NAME) = HASH`.
fn listed<'t>(command: &str, line: &'t str) -> Option<(&'t str, &'t str)> {
    let length = match command {
        "md5sum" => 32,
        "sha1sum" => 40,
        "sha224sum" => 56,
        "sha384sum" => 96,
        "sha512sum" => 128,
        _ => 64,
    };
    let (hash, name) = match line.split_once(" (").and_then(|(_, rest)| rest.rsplit_once(") = ")) {
        Some((name, hash)) => (hash, name),
        None => line.split_once(' ').map(|(hash, name)| (hash, name.strip_prefix([' ', '*']).unwrap_or(name)))?,
    };
    let is_hash = hash.len() == length && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_hash && !name.is_empty()).then_some((hash, name))
}

/// What came of the lines of a list.
#[derive(Default)]
struct Checked {
    lines: usize,
    improper: usize,
    unread: usize,
    mismatched: usize,
}

pub(crate) fn check(shell: &mut Shell, command: &str, names: &[String], quiet: bool) -> i32 {
    let busybox = shell.dialect() == "ash";
    let (all, mut status) = inputs(shell, command, names);
    for (file, bytes) in all {
        let mut checked = Checked::default();
        for line in String::from_utf8_lossy(&bytes).lines() {
            checked.lines += 1;
            let entry = match busybox {
                true => line.split_once("  ").or_else(|| line.split_once(" *")),
                false => listed(command, line),
            };
            let Some((wanted, name)) = entry else {
                checked.improper += 1;
                continue;
            };
            let (found, _) = inputs(shell, command, &[name.to_string()]);
            // What cannot be read here is told as a gap; the sum is then taken as right.
            let right = found.first().map(|(_, bytes)| digest(command, bytes) == wanted.to_lowercase());
            let word = match right {
                Some(false) => "FAILED",
                Some(true) => "OK",
                None if shell.fs.stat(&shell.cwd, name).is_ok() || shell.fs.may_hide(&shell.cwd, name) => continue,
                None if busybox => "FAILED",
                None => "FAILED open or read",
            };
            match (word, right) {
                ("OK", _) => {}
                (_, None) => checked.unread += 1,
                _ => checked.mismatched += 1,
            }
            if !quiet || word != "OK" {
                shell.out(format!("{name}: {word}\n"));
            }
        }
        status = status.max(checked.report(shell, command, &file, busybox));
    }
    status
}

impl Checked {
    /// Prints the warnings about a list; returns the exit code.
    fn report(&self, shell: &mut Shell, command: &str, file: &str, busybox: bool) -> i32 {
        let Checked { lines, improper, unread, mismatched } = *self;
        if busybox {
            let failed = improper + unread + mismatched;
            if failed > 0 {
                shell.err(format!("{command}: WARNING: {failed} of {lines} computed checksums did NOT match\n"));
            }
            return i32::from(failed > 0);
        }
        if improper == lines {
            let file = if file == "-" { "'standard input'" } else { file };
            shell.err(format!("{command}: {file}: no properly formatted checksum lines found\n"));
            return 1;
        }
        for (count, one, many) in [
            (improper, "line is improperly formatted", "lines are improperly formatted"),
            (unread, "listed file could not be read", "listed files could not be read"),
            (mismatched, "computed checksum did NOT match", "computed checksums did NOT match"),
        ] {
            if count > 0 {
                let words = if count == 1 { one } else { many };
                shell.err(format!("{command}: WARNING: {count} {words}\n"));
            }
        }
        i32::from(unread + mismatched > 0)
    }
}
