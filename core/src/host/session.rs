//! A shell in a container at which the terminal waits: `docker run -it IMAGE sh`, `docker exec -it CONTAINER sh`.

use super::container_mounts::{mounted, unmount};
use super::containers::State;
use super::store::Store;
use super::{CommandOutput, Host, HostEvent, host_commands, take_output};
use crate::elf::Machine;
use crate::shell::{OpenedShell, Shell};
use std::sync::PoisonError;

/// The most shells that may be open one in another.
const MAX_SESSIONS: usize = 16;

/// A shell that a command opened in a container.
#[derive(Clone, Debug)]
pub(super) struct Opening {
    /// The number of the container.
    pub(super) container: u64,
    pub(super) opened: OpenedShell,
    /// Whether the container goes on when the shell ends.
    pub(super) is_exec: bool,
}

/// A shell in a container.
pub(super) struct Session {
    container: u64,
    pub(super) shell: Shell,
    /// Whether the container goes on when the shell ends: it is not the container's main process.
    is_exec: bool,
    /// The ID of /etc/os-release.
    release: String,
}

/// The container that the prompt is in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionPlace {
    /// Its name.
    pub container: String,
    /// The first twelve digits of its id.
    pub id: String,
    /// The name of its image, as it was given.
    pub image: String,
}

impl Session {
    fn new(store: &Store, container: u64, opened: &OpenedShell, is_exec: bool, host: &Shell) -> Option<Session> {
        let known = store.containers.get(&container)?;
        let tree = mounted(known, &host.fs, store);
        let os_release = tree.stat("/", "/etc/os-release").ok().and_then(|(_, node)| node.content()?.bytes());
        let os_release = String::from_utf8_lossy(os_release.unwrap_or(&[])).into_owned();
        let from_base = known.image.base.as_ref().and_then(|base| base.distro.get("id").cloned());
        let release = crate::image::os_field(&os_release, "ID").map(|id| id.to_string()).or(from_base);
        let mut shell =
            crate::command_table::new_shell(tree, &opened.cwd, &opened.env, opened.user.clone(), Machine::X86_64);
        crate::packages::use_indexes(&mut shell, store.catalogue.packages.clone());
        crate::packages::use_repositories(&mut shell, store.day(), known.image.base.as_deref());
        shell.hostname = Some(known.hostname.clone());
        shell.attach_terminal();
        shell.become_interactive(&opened.name);
        Some(Session { container, shell, is_exec, release: release.unwrap_or_default() })
    }

    pub(super) fn prompt(&self) -> String {
        self.shell.prompt(&self.release)
    }

    fn is_bash(&self) -> bool {
        self.shell.name.ends_with("bash")
    }
}

impl Host {
    /// Opens the shell that a command of the host asked for.
    pub(super) fn open_session(&mut self) {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(opening) = store.opening.take() else { return };
        let session = Session::new(&store, opening.container, &opening.opened, opening.is_exec, &self.shell);
        drop(store);
        self.sessions.extend(session);
    }

    /// The container that the prompt is in, if it is in one.
    pub fn session(&self) -> Option<SessionPlace> {
        let session = self.sessions.last()?;
        let store = self.store.lock().ok()?;
        let container = store.containers.get(&session.container)?;
        Some(SessionPlace {
            container: container.name.clone(),
            id: container.short_id().to_string(),
            image: container.reference.clone(),
        })
    }

    /// Runs a command in the innermost shell of a container.
    pub(super) fn run_in_session(&mut self, line: &str) -> CommandOutput {
        let Some(mut session) = self.sessions.pop() else { return CommandOutput::default() };
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(mut container) = store.containers.get(&session.container).cloned() else {
            return CommandOutput::default();
        };
        let before = mounted(&container, &self.shell.fs, &store);
        let shell = &mut session.shell;
        shell.fs = before.clone();
        shell.output.clear();
        shell.gaps.clear();
        shell.reset_limits();
        let (status, ends) = match host_commands::typed_in_container(shell, line) {
            Some(event) => {
                store.events.extend(event);
                (0, false)
            }
            None => shell.run_typed(line),
        };
        let opened = shell.take_opened();
        unmount(&mut container, &before, shell.fs.clone(), &mut self.shell.fs, &mut store);
        let output = std::mem::take(&mut shell.output);
        let gaps = std::mem::take(&mut shell.gaps);
        if !session.is_exec {
            // What the main process prints is the log of the container.
            container.add_to_log(&output);
        }
        store.containers.insert(session.container, container);
        let mut answer = take_output(&output, gaps, status);
        for gap in &mut answer.gaps {
            if gap.code == "unmodelled-command" {
                gap.code = "unmodelled-in-container";
            }
        }
        if ends {
            if session.is_bash() {
                answer.text.push_str("exit\n");
            }
            drop(store);
            self.end_session(&session, status);
        } else {
            let inner = opened.filter(|_| self.sessions.len() + 1 < MAX_SESSIONS).and_then(|opened| {
                // The shell within a shell ends without the container.
                Session::new(&store, session.container, &opened, true, &self.shell)
            });
            drop(store);
            self.sessions.push(session);
            self.sessions.extend(inner);
        }
        answer
    }

    /// Ends the shell that was left: the container ends with its main process.
    fn end_session(&mut self, session: &Session, status: i32) {
        let mut store = self.store.lock().unwrap_or_else(PoisonError::into_inner);
        if session.is_exec {
            drop(store);
        } else {
            let gone = store.containers.get(&session.container).is_some_and(|one| one.auto_remove);
            if gone {
                store.containers.remove(&session.container);
            } else if let Some(container) = store.containers.get_mut(&session.container) {
                container.state = State::Exited(status & 255);
            }
            drop(store);
        }
        if let Some(outer) = self.sessions.last_mut() {
            outer.shell.set_last_status(status & 255);
        } else {
            self.shell.set_last_status(status & 255);
        }
    }

    /// Ends the input of the innermost shell, as Ctrl-D does. On the host nothing happens.
    pub fn end_of_input(&mut self) -> CommandOutput {
        if self.sessions.is_empty() { CommandOutput::default() } else { self.run("exit") }
    }
}

impl HostEvent {
    /// The event of a file that a person asks to edit, for a path of the working directory.
    pub(super) fn open(place: &str) -> Option<HostEvent> {
        let rest = place.strip_prefix(super::WORK_DIR)?.strip_prefix('/')?;
        (!rest.is_empty()).then(|| HostEvent::OpenFile(rest.to_string()))
    }
}
