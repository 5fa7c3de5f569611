//! Launch by `chroot` of GNU coreutils.

use super::{Launch, Process};
use crate::exec::{Cause, Credentials, Outcome, Start, System};
use crate::fs::Errno;

impl Launch {
    /// `chroot ROOT PROGRAM`: without a container, with the caller's environment; `/bin/sh` runs a file of no known format.
    pub(super) fn chrooted(&mut self, system: &System<'_>, process: &Process<'_>) {
        let Some(program) = process.argv.first() else {
            return self.refuse(Cause::NothingToStart, "chroot: missing operand", 125);
        };
        let who = match Credentials::of(system.root(), process.user) {
            Ok(who) => who,
            Err(user) => {
                self.misses("user", &user);
                return self.refuse(Cause::UnknownUser { user }, "chroot: invalid user", 125);
            }
        };
        let start = Start { cwd: process.cwd, path: program, argv: process.argv, env: process.env, who: &who };
        // `execvp`: the first path that is neither missing nor forbidden decides.
        let search = start.variable("PATH").unwrap_or("/bin:/usr/bin").to_string();
        let places: Vec<String> = match program.contains('/') {
            true => vec![program.clone()],
            false => {
                search.split(':').map(|dir| format!("{}/{program}", if dir.is_empty() { "." } else { dir })).collect()
            }
        };
        let mut last = None;
        for place in &places {
            let mut outcome = system.execve(Start { path: place, ..start });
            if outcome.errno == Some(Errno::Enoexec) {
                let script = ["/bin/sh".to_string(), place.clone()];
                let argv: Vec<String> = script.into_iter().chain(process.argv.iter().skip(1).cloned()).collect();
                outcome = system.execve(Start { path: "/bin/sh", argv: &argv, ..start });
            }
            let goes_on = matches!(outcome.errno, Some(Errno::Enoent | Errno::Enotdir | Errno::Eacces));
            let forbidden = last.as_ref().is_some_and(|known: &Outcome| known.errno == Some(Errno::Eacces));
            if !(goes_on && forbidden) {
                last = Some(outcome);
            }
            if !goes_on {
                break;
            }
        }
        let Some(outcome) = last else { return };
        let words = |errno: Errno| format!("chroot: failed to run command '{program}': {}\n", errno.message());
        let code = |errno: Errno| if errno == Errno::Enoent { 127 } else { 126 };
        self.take_outcome(outcome, &words, &code, process.env, who);
    }
}
