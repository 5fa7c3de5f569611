//! Runs a process in a container.

use super::background_container_state::{Fate, fate};
use super::{Docker, note};
use crate::host::container_mounts::{mounted, unmount};
use crate::host::containers::Container;
use crate::host::session::Opening;
use crate::image::Config;
use crate::image_start::{self, Attached, AttachedRun};
use crate::shell::{Gap, Shell, Stream};

/// A process to run: what it is started with.
pub(super) struct Process {
    pub(super) config: Config,
    pub(super) args: Vec<String>,
    pub(super) attached: Attached,
}

impl Docker {
    /// Starts a process in a container and keeps what it changed. Prints nothing.
    pub(super) fn run_process(
        &self,
        shell: &mut Shell,
        container: &mut Container,
        process: &Process,
    ) -> (AttachedRun, Fate) {
        let mut store = self.lock();
        let engine = store.engine.clone();
        let tree = mounted(container, &shell.fs, &store);
        let image = container.as_image(tree.clone(), process.config.clone());
        let mut run = image_start::start_attached(&image, &process.args, &engine, &process.attached);
        let after = std::mem::replace(&mut run.run.tree, tree.clone());
        unmount(container, &tree, after, &mut shell.fs, &mut store);
        let fate = fate(&run);
        (run, fate)
    }

    /// Prints what a process printed, and notes what is not known of it.
    pub(super) fn print_run(shell: &mut Shell, run: &AttachedRun) {
        Self::print_output(shell, run);
        Self::note_gaps(shell, run);
    }

    /// Prints what a process printed.
    pub(super) fn print_output(shell: &mut Shell, run: &AttachedRun) {
        for (stream, bytes) in &run.output {
            match stream {
                Stream::Stdout => shell.out(bytes),
                Stream::Stderr => shell.err(bytes),
            }
        }
    }

    pub(super) fn note_gaps(shell: &mut Shell, run: &AttachedRun) {
        if let Some((code, what)) = &run.run.unknown {
            shell.gaps.push(Gap { code, what: what.clone() });
        }
        for gap in &run.run.gaps {
            let code = if gap.code == "unmodelled-command" { "unmodelled-in-container" } else { gap.code };
            shell.gaps.push(Gap { code, what: gap.what.clone() });
        }
    }

    /// Lets the terminal go on in the shell that a process opened.
    pub(super) fn open_session(&self, shell: &mut Shell, container: &Container, run: &AttachedRun, is_exec: bool) {
        let Some(opened) = run.opened.clone() else { return };
        let mut store = self.lock();
        let Some(number) = store.container(&container.id) else { return };
        // One terminal has one shell: a second one in the same line reads nothing and ends.
        if store.opening.is_none() {
            store.opening = Some(Opening { container: number, opened, is_exec });
        } else {
            note(shell, "one-session-at-a-time", container.name.clone());
        }
    }
}
