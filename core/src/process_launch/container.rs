//! Launch in a container: the look-ups that runc or crun makes before execve.

use super::run_error_messages::{Refusal, Refuse};
use super::{Launch, Process};
use crate::exec::{Cause, Credentials, Searched, Start, System, lists_accounts};
use crate::fs::{Errno, Kind};
use crate::image::DEFAULT_PATH;

impl Launch {
    /// Launches a program in a container.
    pub(super) fn contained(&mut self, system: &System<'_>, process: &Process<'_>, refuse: Refuse<'_>) {
        let Some(program) = process.argv.first() else {
            self.step("read-config", &[("command", "")], false);
            return self.refused(Cause::NothingToStart, refuse(Refusal::NoCommand));
        };
        self.step("read-config", &[("command", &process.argv.join(" "))], true);
        let who = match Credentials::of(system.root(), process.user) {
            Ok(who) => who,
            Err(user) if !lists_accounts(system.root()) => {
                self.step("find-user", &[("user", &user)], false);
                return self.is_unknown("unlisted-user", &user);
            }
            Err(user) => {
                self.step("find-user", &[("user", &user)], false);
                self.misses("user", &user);
                return match refuse(Refusal::NoUser(&user)) {
                    None => self.is_unknown("unlisted-user", &user),
                    refusal => self.refused(Cause::UnknownUser { user }, refusal),
                };
            }
        };
        let mut env = process.env.to_vec();
        let is_set = |name: &str| process.env.iter().any(|pair| pair.split('=').next() == Some(name));
        if !is_set("PATH") {
            env.push(format!("PATH={DEFAULT_PATH}"));
        }
        if !is_set("HOME") {
            env.push(format!("HOME={}", who.home(system.root())));
        }
        let start = Start { cwd: process.cwd, path: program, argv: process.argv, env: &env, who: &who };
        let Some(place) = self.look_up(system, &start, refuse) else {
            return;
        };
        if let Some(refusal) = refuse(Refusal::NotPermitted(&place))
            && let Ok((real, node)) = system.look_up(&start, &place)
            && !who.may(&node, 1)
        {
            let mode = format!("{:04o}", node.mode);
            self.step("check-mode", &[("path", &real), ("mode", &mode)], false);
            return self.refused(Cause::PermissionDenied { path: real, mode }, Some(refusal));
        }
        let outcome = system.execve(Start { path: &place, ..start });
        let refusal = |errno: Errno| refuse(Refusal::Exec(&place, errno)).unwrap_or_default();
        self.take_outcome(outcome, &|errno| format!("{}\n", refusal(errno).0), &|errno| refusal(errno).1, &env, who);
    }

    /// The look-up of the program that runc makes as root before execve.
    fn look_up(&mut self, system: &System<'_>, start: &Start<'_>, refuse: Refuse<'_>) -> Option<String> {
        let program = start.path;
        let root = Credentials::default();
        let as_root = Start { who: &root, ..*start };
        let hides = |place: &str| system.root().may_hide(&crate::fs::path::join(start.cwd, place));
        if !program.contains('/') {
            let search = start.variable("PATH").unwrap_or(DEFAULT_PATH).to_string();
            let mut hidden = false;
            let mut searched = Vec::new();
            for directory in search.split(':').filter(|directory| !directory.is_empty()) {
                let place = format!("{}/{program}", directory.trim_end_matches('/'));
                searched.push(Searched { by: "path", place: place.clone() });
                match system.look_up(&as_root, &place) {
                    Ok((_, node)) if !node.is_dir() && node.mode & 0o111 != 0 => {
                        self.step("search-path", &[("program", program), ("path", &place)], true);
                        self.searched(searched);
                        return Some(place);
                    }
                    Ok(_) => {}
                    Err(_) => hidden |= hides(&place),
                }
            }
            let code = if hidden { "search-path-unlisted" } else { "search-path" };
            self.step(code, &[("program", program), ("path", &search)], false);
            self.searched(searched);
            if hidden {
                self.is_unknown("unlisted-file", program);
            } else {
                self.misses("program", program);
                let cause = Cause::NotFound { path: program.to_string(), in_path: true };
                self.refused(cause, refuse(Refusal::NotInPath(program)));
            }
            return None;
        }
        match system.look_up(&as_root, program) {
            Ok((real, node)) => {
                let mode = format!("{:04o}", node.mode);
                if node.is_dir() || node.mode & 0o111 == 0 {
                    self.step("find-program", &[("path", program), ("mode", &mode)], false);
                    let refusal = refuse(Refusal::NoProgram { path: program, is_dir: node.is_dir() });
                    let cause = match node.kind {
                        Kind::Dir { .. } => Cause::IsDirectory { path: real },
                        _ => Cause::PermissionDenied { path: real, mode },
                    };
                    self.refused(cause, refusal);
                    return None;
                }
                self.step("find-program", &[("path", program), ("mode", &mode)], true);
                Some(program.to_string())
            }
            Err(Errno::Enoent) if hides(program) => {
                self.step("find-program-unlisted", &[("path", program)], false);
                self.is_unknown("unlisted-file", program);
                None
            }
            Err(errno) => {
                self.step("find-program", &[("path", program), ("mode", "")], false);
                let cause = match errno {
                    Errno::Eloop => Cause::SymlinkLoop { path: program.to_string() },
                    _ => Cause::NotFound { path: program.to_string(), in_path: false },
                };
                if errno != Errno::Eloop {
                    self.misses("program", program);
                }
                self.refused(cause, refuse(Refusal::Lookup(program, errno)));
                None
            }
        }
    }
}
