//! Launch in a container: what runc or crun checks before execve. `program_search` finds the program.

use super::run_error_messages::{Refusal, Refuse};
use super::{Launch, Process};
use crate::exec::{Cause, Credentials, Start, System, lists_accounts};
use crate::fs::Errno;
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
        let Some(place) = self.search_program(system, &start, refuse) else {
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
}
