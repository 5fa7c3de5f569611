//! `docker rm`.

use super::{Call, Docker, daemon_error};
use crate::host::containers::State;
use crate::host::store::Store;
use crate::shell::Shell;

impl Docker {
    pub(super) fn rm(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let force = call.words.has("force");
        let mut status = 0;
        let mut store = self.lock();
        for name in &call.words.operands {
            let Some(number) = store.container(name) else {
                match store.engine.major() {
                    0..23 => shell.err(format!("Error: No such container: {name}\n")),
                    _ => drop(daemon_error(shell, &format!("No such container: {name}"))),
                }
                // A forced removal counts what is not there as removed.
                status = if force { status } else { 1 };
                continue;
            };
            let Some(container) = store.containers.get(&number) else { continue };
            if container.state.is_up() && !force {
                status = daemon_error(shell, &running_error(&store, number, name));
                continue;
            }
            store.containers.remove(&number);
            shell.out(format!("{name}\n"));
        }
        status
    }
}

/// Why a running container is not removed. Asked of 20.10.24; the words of newer engines as people print them, with a slash
/// before the name until 28.
fn running_error(store: &Store, number: u64, given: &str) -> String {
    let Some(container) = store.containers.get(&number) else { return String::new() };
    let major = store.engine.major();
    if major < 25 {
        let id = &container.id;
        return format!(
            "You cannot remove a {} container {id}. {} before attempting removal or force remove",
            if container.state == State::Paused { "paused" } else { "running" },
            if container.state == State::Paused { "Unpause and then stop the container" } else { "Stop the container" },
        );
    }
    let name = if major < 28 { format!("/{}", container.name) } else { given.to_string() };
    match container.state {
        State::Paused => {
            format!("cannot remove container \"{name}\": container is paused and must be unpaused first")
        }
        _ => format!(
            "cannot remove container \"{name}\": container is running: stop the container before removing or force remove"
        ),
    }
}
