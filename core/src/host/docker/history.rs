//! `docker history`.

use super::command_line::CommandLine;
use super::tabwriter::table;
use super::{Docker, column_width, daemon_error, usage};
use crate::image::short_id;
use crate::shell::Shell;

impl Docker {
    pub(super) fn history(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match CommandLine::parse(argv, &["no-trunc", "H", "human", "q", "quiet"], &["format"], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "history", &error),
        };
        let Some(name) = words.operands.first() else {
            return usage(shell, "history", "\"docker history\" requires exactly 1 argument.");
        };
        let store = self.lock();
        let Some((_, image)) = store.local(name) else {
            return daemon_error(shell, &format!("No such image: {name}"));
        };
        let mut rows = vec![["IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT"].map(str::to_string).to_vec()];
        let mut layers = image.layers.iter().rev();
        for (index, entry) in image.history.iter().rev().enumerate() {
            let size = if entry.empty_layer { None } else { layers.next() };
            let (limit, dots) = if store.engine.major() < 18 { (42, "...") } else { (44, "…") };
            let created_by: String = if words.has(&["no-trunc"]) || entry.created_by.chars().count() <= 45 {
                entry.created_by.to_string()
            } else {
                entry.created_by.chars().take(limit).chain(dots.chars()).collect()
            };
            rows.push(vec![
                if index == 0 { short_id(&image.id).to_string() } else { "<missing>".into() },
                "N/A".into(),
                created_by,
                size.map_or("0B".to_string(), |layer| layer.size.in_docker_table()),
                entry.comment.unwrap_or("").to_string(),
            ]);
        }
        shell.out(table(&rows, column_width(&store)));
        0
    }
}
