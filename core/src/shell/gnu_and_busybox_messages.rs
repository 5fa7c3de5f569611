//! Error messages of commands in the wording of GNU's tools, and of busybox where it is at work: `cannot …` and `can't
//! …`.

use super::Shell;
use crate::fs::{Errno, FsError};

/// Commands that write a copy of a file, or its attributes anew, and read nothing else of it.
const REWRITING: [&str; 8] = ["chgrp", "chmod", "chown", "cp", "install", "mv", "sed", "touch"];

impl Shell {
    /// Prints `command: what: reason` and returns 1, as most tools do. `what` has coreutils' wording. Of a file that may be
    /// there unlisted nothing is said, and the tool is taken to succeed.
    pub(crate) fn complain(&mut self, command: &str, what: &str, error: &FsError) -> i32 {
        if error.errno == Errno::Enoent && self.fs.may_hide(&self.cwd, &error.path) {
            match REWRITING.contains(&command) {
                true => self.gap_of_rewritten(&error.path),
                false => self.gap("unlisted-file", &error.path),
            }
            return 0;
        }
        let what = if self.dialect() == "ash" { busybox_words(command, what) } else { what.to_string() };
        self.err(format!("{command}: {what}: {}\n", error.errno.message()));
        1
    }
}

/// busybox's wording of coreutils' `what` (observed with busybox 1.35).
fn busybox_words(command: &str, what: &str) -> String {
    let quoted = |text: &str| text.replace(['‘', '’'], "'");
    let name = |text: &str| text.split('\'').nth(1).map_or_else(|| text.to_string(), str::to_string);
    match (command, what) {
        ("ls" | "touch" | "chmod" | "chown" | "chgrp" | "ln" | "env", what) => name(&quoted(what)),
        ("gunzip" | "zcat", _) if what.ends_with("magic") => what.to_string(),
        ("dd", what) => quoted(what).replacen("failed to", "can't", 1),
        ("truncate", what) => format!("{}: open", name(what)),
        ("mv", what) if what.starts_with("cannot move") => format!("can't rename '{}'", name(&quoted(what))),
        (_, what) => quoted(what).replacen("cannot ", "can't ", 1),
    }
}
