//! `docker images`, `docker tag` and `docker rmi`.

use super::command_line::CommandLine;
use super::tabwriter::table;
use super::{Docker, column_width, daemon_error, usage};
use crate::image::{Reference, short_id};
use crate::shell::Shell;

impl Docker {
    pub(super) fn images(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match CommandLine::parse(
            argv,
            &["a", "all", "q", "quiet", "no-trunc", "digests"],
            &["f", "filter", "format"],
            false,
        ) {
            Ok(words) => words,
            Err(error) => return usage(shell, "images", &error),
        };
        let store = self.lock();
        let mut rows = vec![["REPOSITORY", "TAG", "IMAGE ID", "CREATED", "SIZE"].map(str::to_string).to_vec()];
        let mut ids = String::new();
        for (reference, image) in store.tags.iter().rev() {
            if words
                .operands
                .first()
                .is_some_and(|name| *name != reference.repository && *name != reference.to_string())
            {
                continue;
            }
            ids.push_str(&format!("{}\n", short_id(&image.id)));
            let tag = if reference.repository == "<none>" { "<none>" } else { &reference.tag };
            rows.push(vec![
                reference.repository.clone(),
                tag.to_string(),
                short_id(&image.id).to_string(),
                // The simulated clock does not move: nothing here has a date.
                "N/A".into(),
                image.size().in_docker_table(),
            ]);
        }
        shell.out(if words.has(&["q", "quiet"]) { ids } else { table(&rows, column_width(&store)) });
        0
    }

    pub(super) fn tag(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let [source, target] = argv else {
            return usage(shell, "tag", "\"docker tag\" requires exactly 2 arguments.");
        };
        let mut store = self.lock();
        let Some((_, image)) = store.local(source) else {
            return daemon_error(shell, &format!("No such image: {source}"));
        };
        match Reference::parse(target) {
            Ok(reference) => {
                store.tag(reference, image);
                0
            }
            Err(error) => daemon_error(shell, &error),
        }
    }

    pub(super) fn rmi(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match CommandLine::parse(argv, &["f", "force", "no-prune"], &[], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "rmi", &error),
        };
        let mut status = 0;
        let mut store = self.lock();
        for name in &words.operands {
            let Some((reference, image)) = store.local(name) else {
                status = daemon_error(shell, &format!("No such image: {name}"));
                continue;
            };
            let tags = store.tags.iter().filter(|(_, other)| other.id == image.id).count();
            if let (Some(container), 1, false) = (store.user_of(&image), tags, words.has(&["f", "force"])) {
                let short = short_id(&container.id).to_string();
                let words = format!(
                    "conflict: unable to remove repository reference \"{name}\" (must force) - container {short} is using its referenced image {}",
                    short_id(&image.id)
                );
                status = daemon_error(shell, &words);
                continue;
            }
            let shown = reference.as_ref().map(ToString::to_string);
            store.tags.retain(|(tag, other)| match &shown {
                Some(shown) => tag.to_string() != *shown,
                None => other.id != image.id,
            });
            if let Some(shown) = shown {
                shell.out(format!("Untagged: {shown}\n"));
            }
            if tags <= 1 {
                shell.out(format!("Deleted: {}\n", image.id));
            }
        }
        status
    }
}
