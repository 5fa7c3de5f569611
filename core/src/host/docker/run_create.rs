//! `docker run` and `docker create`.

use super::command_line::CommandLine;
use super::pull::{note_unknown, pull_output};
use super::{Docker, not_loaded, usage};
use crate::host::store::{Container, NoImage};
use crate::image::{Image, Reference};
use crate::image_start;
use crate::shell::{Gap, Shell};
use std::sync::Arc;

impl Docker {
    /// Flags that `run` and `create` share.
    fn container_words(argv: &[String]) -> Result<CommandLine, String> {
        let booleans = ["d", "detach", "i", "interactive", "t", "tty", "rm", "P", "init", "privileged", "read-only"];
        let known = [
            "name",
            "p",
            "publish",
            "e",
            "env",
            "entrypoint",
            "u",
            "user",
            "w",
            "workdir",
            "v",
            "volume",
            "network",
            "h",
            "hostname",
            "platform",
            "m",
            "memory",
            "restart",
        ];
        CommandLine::parse(argv, &booleans, &known, true)
    }

    /// Makes a container; the image as `run` changes it, and what was asked for.
    fn make(&mut self, shell: &mut Shell, argv: &[String], command: &str) -> Result<(Container, CommandLine), i32> {
        let words = Self::container_words(argv).map_err(|error| usage(shell, command, &error))?;
        let Some((reference, args)) = words.operands.split_first() else {
            let error = format!("\"docker {command}\" requires at least 1 argument.");
            return Err(usage(shell, command, &error));
        };
        let mut store = self.lock();
        let name = words.last(&["name"]).map(str::to_string);
        if let Some(existing) =
            name.as_ref().and_then(|name| store.container(name)).and_then(|number| store.containers.get(&number))
        {
            let error = format!(
                "docker: Error response from daemon: Conflict. The container name \"/{}\" is already in use by container \"{}\". You have to remove (or rename) that container to be able to reuse that name.\n",
                existing.name, existing.id
            );
            shell.err(error);
            return Err(125);
        }
        let image = match store.image(reference) {
            Ok((image, pulled)) => {
                if let Some(name) = Reference::parse(reference).ok().filter(|_| pulled) {
                    shell.err(format!("Unable to find image '{name}' locally\n"));
                    shell.err(pull_output(&name, &image, true));
                    note_unknown(shell, &name, &image);
                }
                image
            }
            Err(NoImage::Refused(error)) => {
                shell.err(format!("docker: Error response from daemon: {error}.\n"));
                return Err(125);
            }
            Err(NoImage::NotLoaded(data)) => {
                not_loaded(shell, data);
                return Err(125);
            }
        };
        let mut changed: Image = (*image).clone();
        let mut args = args.to_vec();
        if let Some(entrypoint) = words.last(&["entrypoint"]) {
            changed.config.entrypoint = Some(vec![entrypoint.to_string()]).filter(|_| !entrypoint.is_empty());
            changed.config.cmd = None;
        }
        for pair in words.all(&["e", "env"]) {
            if let Some((name, value)) = pair.split_once('=') {
                changed.config.set_env(name, value);
            }
        }
        if let Some(user) = words.last(&["u", "user"]) {
            changed.config.user = user.to_string();
        }
        if let Some(directory) = words.last(&["w", "workdir"]) {
            changed.config.working_dir = directory.to_string();
        }
        for name in ["v", "volume", "network", "read-only", "privileged"] {
            if words.has(&[name]) {
                shell.gaps.push(Gap { code: "unmodelled-option", what: format!("docker {command} --{name}") });
            }
        }
        if args.is_empty() && image_start::command(&changed, &[]).is_empty() && command == "create" {
            shell.err(format!("{}\n", store.engine.no_command.trim_start_matches("docker: ")));
            return Err(1);
        }
        let container = store.create(name, reference, Arc::new(changed), std::mem::take(&mut args));
        Ok((container, words))
    }

    pub(super) fn start(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let (container, words) = match self.make(shell, argv, "run") {
            Ok(made) => made,
            Err(status) => return status,
        };
        let engine = self.lock().engine.clone();
        let run = image_start::start(&container.image, &container.args, &engine);
        if words.has(&["d", "detach"]) && run.cause.is_none() {
            shell.out(format!("{}\n", container.id));
        } else {
            shell.out(&run.stdout);
        }
        if !(words.has(&["d", "detach"]) && run.cause.is_none()) {
            shell.err(&run.stderr);
        }
        if let Some((code, what)) = &run.unknown {
            shell.gaps.push(Gap { code, what: what.clone() });
        }
        shell.gaps.extend(run.gaps.iter().cloned());
        let mut store = self.lock();
        if let Some(number) = store.container(&container.id) {
            if words.has(&["rm"]) {
                store.containers.remove(&number);
            } else if let Some(kept) = store.containers.get_mut(&number) {
                kept.running = run.serves && words.has(&["d", "detach"]);
                kept.status = match (kept.running, run.exit_code) {
                    (true, _) => "Up".into(),
                    (false, Some(code)) => format!("Exited ({code})"),
                    (false, None) => "Exited (0)".into(),
                };
                kept.tree = run.tree;
            }
        }
        run.exit_code.unwrap_or(0)
    }

    pub(super) fn create(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        match self.make(shell, argv, "create") {
            Ok((container, _)) => {
                shell.out(format!("{}\n", container.id));
                0
            }
            Err(status) => status,
        }
    }
}
