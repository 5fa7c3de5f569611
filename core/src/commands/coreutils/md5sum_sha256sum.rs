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

pub(crate) fn check(shell: &mut Shell, command: &str, names: &[String], quiet: bool) -> i32 {
    let (all, mut status) = inputs(shell, command, names);
    let mut failed = 0;
    for (_, bytes) in all {
        for line in String::from_utf8_lossy(&bytes).lines() {
            let Some((wanted, name)) = line.split_once(' ') else { continue };
            let name = name.trim_start_matches([' ', '*']);
            let (found, _) = inputs(shell, command, &[name.to_string()]);
            // What cannot be read here is told as a gap; the sum is then taken as right.
            let right = found.first().map(|(_, bytes)| digest(command, bytes) == wanted.to_lowercase());
            let word = match right {
                Some(false) => "FAILED",
                Some(true) => "OK",
                None if shell.fs.stat(&shell.cwd, name).is_ok() || shell.fs.may_hide(&shell.cwd, name) => continue,
                None => "FAILED",
            };
            if word == "FAILED" {
                failed += 1;
            }
            if !quiet || word == "FAILED" {
                shell.out(format!("{name}: {word}\n"));
            }
        }
    }
    if failed > 0 {
        shell.err(format!("{command}: WARNING: {failed} computed checksum did NOT match\n"));
        status = 1;
    }
    status
}
