//! `docker top`.

use super::tabwriter::table;
use super::{Call, Docker, daemon_error, note};
use crate::shell::Shell;

impl Docker {
    pub(super) fn top(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let name = call.words.operand();
        let store = self.lock();
        let Some(container) = store.container(name).and_then(|number| store.containers.get(&number)) else {
            return daemon_error(shell, &format!("No such container: {name}"));
        };
        if !container.state.is_up() {
            let start = if store.engine.major() < 28 { "Container" } else { "container" };
            return daemon_error(shell, &format!("{start} {} is not running", container.id));
        }
        let command = container.command().join(" ");
        let user = if container.config.user.is_empty() { "root" } else { &container.config.user };
        let head = ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"].map(str::to_string).to_vec();
        let row = [user, "-", "-", "-", "-", "?", "-", &command].map(str::to_string).to_vec();
        shell.out(table(&[head, row], 20));
        note(shell, "processes-not-followed", "");
        0
    }
}
