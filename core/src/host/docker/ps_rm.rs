//! `docker ps` and `docker rm`.

use super::command_line::CommandLine;
use super::tabwriter::table;
use super::{Docker, column_width, daemon_error, usage};
use crate::image_start;
use crate::shell::Shell;

impl Docker {
    pub(super) fn ps(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match CommandLine::parse(
            argv,
            &["a", "all", "q", "quiet", "l", "no-trunc"],
            &["f", "filter", "format", "n"],
            false,
        ) {
            Ok(words) => words,
            Err(error) => return usage(shell, "ps", &error),
        };
        let store = self.lock();
        let mut rows = vec![
            ["CONTAINER ID", "IMAGE", "COMMAND", "CREATED", "STATUS", "PORTS", "NAMES"].map(str::to_string).to_vec(),
        ];
        let mut ids = String::new();
        for container in store.containers.values().rev().filter(|c| c.running || words.has(&["a", "all", "l"])) {
            let command = image_start::command(&container.image, &container.args).join(" ");
            let short: String =
                if command.chars().count() > 20 { command.chars().take(19).chain(['…']).collect() } else { command };
            ids.push_str(&format!("{}\n", container.id.get(..12).unwrap_or("")));
            rows.push(vec![
                container.id.get(..12).unwrap_or("").to_string(),
                container.reference.clone(),
                format!("\"{short}\""),
                "N/A".into(),
                container.status.clone(),
                String::new(),
                container.name.clone(),
            ]);
        }
        shell.out(if words.has(&["q", "quiet"]) { ids } else { table(&rows, column_width(&store)) });
        0
    }

    pub(super) fn rm(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match CommandLine::parse(argv, &["f", "force", "v", "volumes", "l"], &[], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "rm", &error),
        };
        let mut status = 0;
        let mut store = self.lock();
        for name in &words.operands {
            match store.container(name) {
                Some(number)
                    if store.containers.get(&number).is_some_and(|c| c.running) && !words.has(&["f", "force"]) =>
                {
                    let id = store.containers.get(&number).map(|c| c.id.clone()).unwrap_or_default();
                    status = daemon_error(
                        shell,
                        &format!(
                            "You cannot remove a running container {id}. Stop the container before attempting removal or force remove"
                        ),
                    );
                }
                Some(number) => {
                    store.containers.remove(&number);
                    shell.out(format!("{name}\n"));
                }
                None => status = daemon_error(shell, &format!("No such container: {name}")),
            }
        }
        status
    }
}
