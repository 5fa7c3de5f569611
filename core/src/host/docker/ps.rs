//! `docker ps`.

use super::filters::Filters;
use super::go_template::Value;
use super::list_format::{List, Output};
use super::{Call, Docker, column_width, daemon_error, note};
use crate::host::containers::{Container, MountSource};
use crate::measure::Size;
use crate::shell::Shell;
use std::collections::BTreeMap;

const FILTERS: [&str; 15] = [
    "ancestor", "before", "exited", "expose", "health", "id", "is-task", "label", "label!", "name", "network",
    "publish", "since", "status", "volume",
];

pub(super) const HEADS: [(&str, &str); 14] = [
    ("ID", "CONTAINER ID"),
    ("Image", "IMAGE"),
    ("Command", "COMMAND"),
    ("CreatedAt", "CREATED AT"),
    ("RunningFor", "CREATED"),
    ("Status", "STATUS"),
    ("State", "STATE"),
    ("Ports", "PORTS"),
    ("Names", "NAMES"),
    ("Size", "SIZE"),
    ("Labels", "LABELS"),
    ("Mounts", "MOUNTS"),
    ("LocalVolumes", "LOCAL VOLUMES"),
    ("Networks", "NETWORKS"),
];

impl Docker {
    pub(super) fn ps(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let words = &call.words;
        let store = self.lock();
        let major = store.engine.major();
        let filters = Filters::read(call, &FILTERS, major);
        let filters = match filters.and_then(|filters| filters.check_containers(&store).map(|()| filters)) {
            Ok(filters) => filters,
            Err(error) => return daemon_error(shell, &error),
        };
        let last = words.last("last").and_then(|last| last.parse::<i64>().ok()).filter(|last| *last >= 0);
        let last = if words.has("latest") { Some(1) } else { last };
        let asks_state =
            words.all("filter").any(|filter| filter.starts_with("status=") || filter.starts_with("exited="));
        let all = words.has("all") || last.is_some() || asks_state;
        let with_size = words.has("size") || words.last("format").is_some_and(|format| format.contains(".Size"));
        let mut rows = Vec::new();
        for (number, container) in store.containers.iter().rev().filter(|(_, one)| all || one.state.is_up()) {
            if last.is_some_and(|last| i64::try_from(rows.len()).is_ok_and(|len| len >= last)) {
                break;
            }
            match filters.container(&store, *number, container) {
                Ok(true) => rows.push(row(container, words.has("no-trunc"), with_size, major)),
                Ok(false) => {}
                Err(error) => return daemon_error(shell, &error),
            }
        }
        if words.has("quiet") && words.last("format").is_some() && major >= 28 {
            shell.err("WARNING: Ignoring custom format, because both --format and --quiet are set.\n");
        }
        let mut usual =
            "{{.ID}}\t{{.Image}}\t{{.Command}}\t{{.RunningFor}}\t{{.Status}}\t{{.Ports}}\t{{.Names}}".to_string();
        if words.has("size") {
            usual.push_str("\t{{.Size}}");
        }
        let list = List {
            heads: &HEADS,
            rows,
            usual: &usual,
            quiet: "{{.ID}}",
            raw: "container_id: {{.ID}}\nimage: {{.Image}}\ncommand: {{.Command}}\ncreated_at: {{.CreatedAt}}\nstate: {{- pad .State 1 0}}\nstatus: {{- pad .Status 1 0}}\nnames: {{.Names}}\nlabels: {{- pad .Labels 1 0}}\nports: {{- pad .Ports 1 0}}\n",
            type_name: "*formatter.ContainerContext",
            error: "failed to execute template: ",
            quiet_wins: true,
        };
        let output =
            Output { format: words.last("format"), is_quiet: words.has("quiet"), major, width: column_width(&store) };
        let unknown = ["health", "is-task", "network", "volume"];
        for filter in words.all("filter").filter(|filter| unknown.iter().any(|name| filter.starts_with(name))) {
            note(shell, "docker-option-ignored", format!("docker ps --filter {filter}"));
        }
        list.show(shell, &output)
    }
}

/// The size of what a container wrote, as the column SIZE has it.
pub(super) fn written(container: &Container) -> Size {
    let entries = crate::fs::diff(&container.lower, &container.tree);
    let unlisted = crate::fs::diff_unlisted(&container.lower, &container.tree);
    unlisted.into_iter().map(|(_, size)| size).sum::<Size>() + crate::fs::layer_size(entries.iter(), true)
}

fn row(container: &Container, whole: bool, with_size: bool, major: u32) -> BTreeMap<String, Value> {
    let command = container.command().iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    let command = if whole { command } else { ellipsis(&command, 20) };
    let id = if whole { container.id.as_str() } else { container.short_id() };
    let mounts: Vec<String> = container
        .mounts
        .iter()
        .map(|mount| match &mount.source {
            MountSource::Host(path) => path.clone(),
            MountSource::Volume(name) => name.clone(),
        })
        .map(|name| if whole { name } else { ellipsis(&name, 15) })
        .collect();
    let volumes = container.mounts.iter().filter(|mount| matches!(mount.source, MountSource::Volume(_))).count();
    let labels: Vec<String> = container.config.labels.iter().map(|(key, value)| format!("{key}={value}")).collect();
    let size = if with_size {
        let own = written(container);
        let virtual_size = own.clone() + container.image.size();
        format!("{} (virtual {})", own.in_docker_table(), virtual_size.in_docker_table())
    } else {
        "0B".into()
    };
    [
        ("ID", id.to_string()),
        ("Image", container.reference.clone()),
        ("Command", format!("\"{command}\"")),
        // There is no clock here.
        ("CreatedAt", "N/A".into()),
        ("RunningFor", "N/A".into()),
        ("Status", container.state.status()),
        ("State", container.state.name().into()),
        ("Ports", container.ports_text(major)),
        ("Names", container.name.clone()),
        ("Size", size),
        ("Labels", labels.join(",")),
        ("Mounts", mounts.join(",")),
        ("LocalVolumes", volumes.to_string()),
        ("Networks", "bridge".into()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_string(), Value::Text(value)))
    .collect()
}

/// A word of a command as the daemon joins it: one with blanks stands in single quotes (moby, `daemon/list.go`).
fn quoted(word: &str) -> String {
    if word.contains(' ') { format!("'{word}'") } else { word.to_string() }
}

/// The first letters of a text, the last of them `…` if it is longer (docker/cli, `formatter.Ellipsis`).
pub(super) fn ellipsis(text: &str, length: usize) -> String {
    if text.chars().count() <= length {
        return text.to_string();
    }
    text.chars().take(length.saturating_sub(1)).chain(['…']).collect()
}
