//! `docker start`, `restart`, `pause`, `unpause`, `wait` and `rename`.

use super::{Call, Docker, daemon_error, note};
use crate::host::container_names;
use crate::host::containers::{Container, State};
use crate::shell::Shell;

impl Docker {
    /// Does something with each container that is named; the last error decides the exit code.
    pub(super) fn each(
        &self,
        shell: &mut Shell,
        call: &Call<'_>,
        act: impl FnMut(&mut Shell, &str, &mut Container) -> Result<(), String>,
    ) -> i32 {
        self.each_or(shell, call, "", act)
    }

    /// As [`Docker::each`]; `start` and the name go before the words for a container that is not there.
    pub(super) fn each_or(
        &self,
        shell: &mut Shell,
        call: &Call<'_>,
        start: &str,
        mut act: impl FnMut(&mut Shell, &str, &mut Container) -> Result<(), String>,
    ) -> i32 {
        let mut status = 0;
        for name in &call.words.operands {
            let mut store = self.lock();
            let number = store.container(name);
            let result = match number.and_then(|number| store.containers.get_mut(&number)) {
                Some(container) => act(shell, name, container),
                None if start.is_empty() => Err(format!("No such container: {name}")),
                None => Err(format!("{start}: {name}: No such container: {name}")),
            };
            let gone = number.filter(|number| {
                store.containers.get(number).is_some_and(|one| one.auto_remove && matches!(one.state, State::Exited(_)))
            });
            if let Some(number) = gone.filter(|_| result.is_ok()) {
                store.containers.remove(&number);
            }
            if let Err(error) = result {
                status = daemon_error(shell, &error);
            }
        }
        status
    }

    pub(super) fn pause(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let pauses = call.spec.id() == "pause";
        self.each(shell, call, |shell, name, container| {
            let id = &container.id;
            container.state = match (container.state, pauses) {
                (State::Running, true) => State::Paused,
                (State::Paused, false) => State::Running,
                (State::Paused, true) => return Err(format!("Container {id} is already paused")),
                (State::Running, false) => return Err(format!("Container {id} is not paused")),
                (_, true) => return Err(format!("Container {id} is not running")),
                (_, false) => return Err(format!("Container {id} is not paused")),
            };
            shell.out(format!("{name}\n"));
            Ok(())
        })
    }

    pub(super) fn wait(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        self.each(shell, call, |shell, name, container| {
            if container.state.is_up() {
                note(shell, "wait-never-ends", name.to_string());
                return Ok(());
            }
            shell.out(format!("{}\n", container.state.exit_code()));
            Ok(())
        })
    }

    pub(super) fn rename(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let [old, new] = call.words.operands.as_slice() else { return 1 };
        let mut store = self.lock();
        let taken = store.containers.values().find(|one| one.name == *new).map(|one| one.id.clone());
        let number = store.container(old);
        let error = match number.and_then(|number| store.containers.get_mut(&number)) {
            None => format!("No such container: {old}"),
            Some(container) if container.name == *new => {
                "Renaming a container with the same name as its current name".into()
            }
            Some(container) => match taken {
                Some(id) => container_names::conflict(new, &id),
                None => {
                    container.name = new.trim_start_matches('/').to_string();
                    return 0;
                }
            },
        };
        daemon_error(shell, &error);
        shell.err(format!("Error: failed to rename container named {old}\n"));
        1
    }

    pub(super) fn start(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let attach = call.words.has("attach") || call.words.has("interactive");
        let mut failed: Vec<&str> = Vec::new();
        let mut status = 0;
        for name in &call.words.operands {
            let (number, known) = {
                let store = self.lock();
                let number = store.container(name);
                (number, number.and_then(|number| store.containers.get(&number).cloned()))
            };
            let Some(container) = known else {
                daemon_error(shell, &format!("No such container: {name}"));
                failed.push(name);
                continue;
            };
            if container.state.is_up() {
                match number.filter(|_| attach) {
                    Some(number) => self.attach_to(shell, number, &container),
                    None => shell.out(format!("{name}\n")),
                }
                continue;
            }
            status = self.start_again(shell, &container, name, attach);
            if status >= 125 && !attach {
                failed.push(name);
            }
        }
        if failed.is_empty() {
            return if attach { status } else { 0 };
        }
        shell.err(format!("Error: failed to start containers: {}\n", failed.join(", ")));
        1
    }

    /// Starts the process of a container anew; prints its name, or what it prints.
    fn start_again(&self, shell: &mut Shell, container: &Container, name: &str, attach: bool) -> i32 {
        if attach {
            return self.run_main(shell, container.clone(), false, container.open_stdin);
        }
        // What a detached start prints, the id, is not what `docker start` prints.
        let mut quiet = container.clone();
        quiet.tty = false;
        let mut status = 0;
        shell.capture(|shell| status = self.run_main(shell, quiet, true, false));
        let mut store = self.lock();
        if let Some(number) = store.container(&container.id)
            && let Some(kept) = store.containers.get_mut(&number)
        {
            kept.tty = container.tty;
        }
        drop(store);
        if status < 125 {
            shell.out(format!("{name}\n"));
        }
        status
    }

    pub(super) fn restart(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let mut status = 0;
        for name in &call.words.operands {
            let known = {
                let store = self.lock();
                store.container(name).and_then(|number| store.containers.get(&number).cloned())
            };
            status = match known {
                Some(container) => self.start_again(shell, &container, name, false).max(status),
                None => daemon_error(shell, &format!("No such container: {name}")),
            };
        }
        status.min(1)
    }
}
