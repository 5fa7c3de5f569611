//! `docker history`.

use super::go_template::Value;
use super::list_format::{List, Output};
use super::run_create::with_tag;
use super::{Call, Docker, column_width, daemon_error, note};
use crate::image::short_id;
use crate::measure::Size;
use crate::shell::Shell;

const HEADS: [(&str, &str); 6] = [
    ("ID", "IMAGE"),
    ("CreatedSince", "CREATED"),
    ("CreatedAt", "CREATED AT"),
    ("CreatedBy", "CREATED BY"),
    ("Size", "SIZE"),
    ("Comment", "COMMENT"),
];

impl Docker {
    pub(super) fn history(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let words = &call.words;
        let name = words.operand();
        let store = self.lock();
        let Some((_, image)) = store.local(name) else {
            return daemon_error(shell, &format!("No such image: {}", with_tag(name)));
        };
        let whole = words.has("no-trunc");
        let is_human = words.last("human").is_none() || words.has("human");
        let mut rows = Vec::new();
        let mut layers = image.layers.iter().rev();
        for (index, entry) in image.history.iter().rev().enumerate() {
            let size =
                if entry.empty_layer { None } else { layers.next() }.map_or(Size::ZERO, |layer| layer.size.clone());
            let (limit, dots) = if store.engine.major() < 18 { (42, "...") } else { (44, "…") };
            let created_by: String = if whole || entry.created_by.chars().count() <= 45 {
                entry.created_by.to_string()
            } else {
                entry.created_by.chars().take(limit).chain(dots.chars()).collect()
            };
            let id = match index {
                0 if whole => image.id.as_str(),
                0 => short_id(&image.id),
                _ => "<missing>",
            };
            let size = if is_human {
                size.in_docker_table()
            } else {
                size.bytes().map_or_else(|| size.in_docker_table(), |bytes| bytes.to_string())
            };
            let row = [
                ("ID", id),
                ("CreatedSince", "N/A"),
                ("CreatedAt", "N/A"),
                ("CreatedBy", &created_by),
                ("Size", &size),
                ("Comment", entry.comment.as_deref().unwrap_or("")),
            ];
            rows.push(row.into_iter().map(|(name, value)| (name.to_string(), Value::text(value))).collect());
        }
        if words.has("platform") {
            note(shell, "docker-option-ignored", "docker history --platform");
        }
        let list = List {
            heads: &HEADS,
            rows,
            usual: "{{.ID}}\t{{.CreatedSince}}\t{{.CreatedBy}}\t{{.Size}}\t{{.Comment}}",
            quiet: "{{.ID}}",
            raw: "raw",
            type_name: "*image.historyContext",
            error: "template parsing error: ",
            quiet_wins: false,
        };
        let output = Output {
            format: words.last("format"),
            is_quiet: words.has("quiet"),
            major: store.engine.major(),
            width: column_width(&store),
        };
        list.show(shell, &output)
    }
}
