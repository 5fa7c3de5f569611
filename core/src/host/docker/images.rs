//! `docker images`.

use super::filters::Filters;
use super::go_template::Value;
use super::list_format::{List, Output};
use super::{Call, Docker, column_width, daemon_error, note};
use crate::fs::glob_matches;
use crate::image::{Image, Reference, short_id};
use crate::shell::Shell;
use std::collections::BTreeMap;

const HEADS: [(&str, &str); 11] = [
    ("ID", "IMAGE ID"),
    ("Repository", "REPOSITORY"),
    ("Tag", "TAG"),
    ("Digest", "DIGEST"),
    ("CreatedSince", "CREATED"),
    ("CreatedAt", "CREATED AT"),
    ("Size", "SIZE"),
    ("Containers", "CONTAINERS"),
    ("VirtualSize", "SIZE"),
    ("SharedSize", "SHARED SIZE"),
    ("UniqueSize", "UNIQUE SIZE"),
];

impl Docker {
    pub(super) fn images(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let words = &call.words;
        let store = self.lock();
        let major = store.engine.major();
        let accepted = ["before", "dangling", "label", "label!", "reference", "since", "until"];
        let filters = match Filters::read(call, &accepted, major) {
            Ok(filters) => filters,
            Err(error) => return daemon_error(shell, &error),
        };
        if words.all("filter").any(|filter| filter.starts_with("until=")) {
            note(shell, "no-clock", "docker images --filter until");
        }
        if store.tags.is_empty() && !words.has("quiet") && words.last("format").is_none() {
            note(shell, "no-images", "docker build -t app .");
        }
        let mut rows = Vec::new();
        for (reference, image) in store.tags.iter().rev() {
            if !words.operand().is_empty() && !names(reference, words.operand()) {
                continue;
            }
            match filters.image(&store, reference, image) {
                Ok(true) => {}
                Ok(false) => continue,
                Err(error) => return daemon_error(shell, &error),
            }
            rows.push(row(reference, image, words.has("no-trunc")));
        }
        let digest = if words.has("digests") { "{{.Digest}}\t" } else { "" };
        let usual =
            format!("{{{{.Repository}}}}\t{{{{.Tag}}}}\t{digest}{{{{.ID}}}}\t{{{{.CreatedSince}}}}\t{{{{.Size}}}}");
        let list = List {
            heads: &HEADS,
            rows,
            usual: &usual,
            quiet: "{{.ID}}",
            raw: "repository: {{ .Repository }}\ntag: {{.Tag}}\nimage_id: {{.ID}}\ncreated_at: {{.CreatedAt}}\nvirtual_size: {{.Size}}\n",
            type_name: "*formatter.imageContext",
            error: "template parsing error: ",
            quiet_wins: false,
        };
        let output =
            Output { format: words.last("format"), is_quiet: words.has("quiet"), major, width: column_width(&store) };
        list.show(shell, &output)
    }
}

/// Whether a name on the command line means a reference: its repository, or the whole of it; `*` matches parts of both.
fn names(reference: &Reference, name: &str) -> bool {
    let whole = reference.to_string();
    name == reference.repository
        || name == whole
        || glob_matches(name, &reference.repository)
        || glob_matches(name, &whole)
        || Reference::parse(name).is_ok_and(|parsed| {
            parsed.repository == reference.repository && (!name.contains(':') || parsed.tag == reference.tag)
        })
}

fn row(reference: &Reference, image: &Image, whole: bool) -> BTreeMap<String, Value> {
    let dangling = reference.repository == "<none>";
    let size = image.size().in_docker_table();
    let id = if whole { image.id.as_str() } else { short_id(&image.id) };
    [
        ("ID", id),
        ("Repository", reference.repository.as_str()),
        ("Tag", if dangling { "<none>" } else { &reference.tag }),
        ("Digest", "<none>"),
        // The simulated clock does not move: nothing here has a date.
        ("CreatedSince", "N/A"),
        ("CreatedAt", "N/A"),
        ("Size", &size),
        ("VirtualSize", &size),
        ("Containers", "N/A"),
        ("SharedSize", "N/A"),
        ("UniqueSize", "N/A"),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), Value::text(value)))
    .collect()
}
