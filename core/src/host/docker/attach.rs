//! `docker attach`.

use super::{Call, Docker, note};
use crate::host::containers::{Container, State};
use crate::host::session::Opening;
use crate::shell::Shell;

impl Docker {
    /// `docker attach`.
    pub(super) fn attach(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let name = call.words.operand();
        let number = match self.container_or_error(shell, name, "Error: ") {
            Ok(number) => number,
            Err(status) => return status,
        };
        let known = self.lock().containers.get(&number).cloned();
        match known {
            Some(container) if container.state == State::Running => self.attach_to(shell, number, &container),
            Some(container) if container.state == State::Paused => {
                shell.err("You cannot attach to a paused container, unpause it first\n");
            }
            _ => {
                shell.err("You cannot attach to a stopped container, start it first\n");
                return 1;
            }
        }
        0
    }

    /// Goes on in the shell that waits in a running container.
    pub(super) fn attach_to(&self, shell: &mut Shell, number: u64, container: &Container) {
        match container.waiting.clone() {
            Some(opened) => {
                let mut store = self.lock();
                if let Some(kept) = store.containers.get_mut(&number) {
                    kept.waiting = None;
                }
                store.opening = Some(Opening { container: number, opened, is_exec: false });
            }
            None => note(shell, "container-keeps-running", container.name.clone()),
        }
    }
}
