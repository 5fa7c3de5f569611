//! `docker images`, `docker tag` and `docker rmi`.

use super::filters::Filters;
use super::go_template::Value;
use super::list_format::{List, Output};
use super::run_create::with_tag;
use super::{Call, Docker, column_width, daemon_error, note};
use crate::fs::glob_matches;
use crate::host::store::Store;
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

    pub(super) fn tag(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let [source, target] = call.words.operands.as_slice() else { return 1 };
        let mut store = self.lock();
        let reference = match Reference::parse(target) {
            Ok(reference) => reference,
            Err(error) => {
                shell.err(format!("Error parsing reference: \"{target}\" is not a valid repository/tag: {error}\n"));
                return 1;
            }
        };
        let Some((_, image)) = store.local(source) else {
            return daemon_error(shell, &format!("No such image: {}", with_tag(source)));
        };
        // An image without a name is no longer listed as such.
        store.tags.retain(|(tag, other)| tag.repository != "<none>" || other.id != image.id);
        store.tag(reference, image);
        0
    }

    pub(super) fn rmi(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let force = call.words.has("force");
        let mut status = 0;
        let mut store = self.lock();
        for name in &call.words.operands {
            let Some((reference, image)) = store.local(name) else {
                match store.engine.major() {
                    0..23 => shell.err(format!("Error: No such image: {name}\n")),
                    _ => drop(daemon_error(shell, &format!("No such image: {}", with_tag(name)))),
                }
                // A forced removal counts what is not there as removed.
                status = if force { status } else { 1 };
                continue;
            };
            let tags = store.tags_of(&image).len();
            if let Some(conflict) = conflict(&store, name, reference.as_ref(), &image, tags, force) {
                status = daemon_error(shell, &conflict);
                continue;
            }
            for line in remove_image(&mut store, reference.as_ref(), &image) {
                shell.out(line);
            }
        }
        status
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

/// Why an image is not removed.
fn conflict(
    store: &Store,
    name: &str,
    reference: Option<&Reference>,
    image: &Image,
    tags: usize,
    force: bool,
) -> Option<String> {
    let short = short_id(&image.id);
    let is_id = reference.is_none();
    if is_id && tags > 1 && !force {
        return Some(format!(
            "conflict: unable to delete {} (must be forced) - image is referenced in multiple repositories",
            short_id(name)
        ));
    }
    if tags > 1 {
        return None;
    }
    let user = store.user_of(image)?;
    let container = user.short_id();
    if user.state.is_up() {
        let what = if is_id { format!("delete {}", short_id(name)) } else { format!("delete {name}") };
        let running = format!(
            "conflict: unable to {what} (cannot be forced) - image is being used by running container {container}"
        );
        // By its name it is only untagged where that is forced.
        if is_id || force && tags == 1 && reference.is_none() {
            return Some(running);
        }
    }
    if force {
        return None;
    }
    Some(match is_id {
        true => format!(
            "conflict: unable to delete {} (must be forced) - image is being used by stopped container {container}",
            short_id(name)
        ),
        false => format!(
            "conflict: unable to remove repository reference \"{name}\" (must force) - container {container} is using its referenced image {short}"
        ),
    })
}

/// Removes a tag of an image, or all of them; what the client prints.
pub(super) fn remove_image(store: &mut Store, reference: Option<&Reference>, image: &Image) -> Vec<String> {
    let doomed: Vec<String> = match reference {
        Some(reference) => vec![reference.to_string()],
        None => store.tags_of(image).into_iter().map(ToString::to_string).collect(),
    };
    let all = store.tags_of(image).len();
    store.tags.retain(|(tag, other)| other.id != image.id || !doomed.contains(&tag.to_string()));
    let is_named = |tag: &&String| !tag.starts_with("<none>");
    let mut lines: Vec<String> = doomed.iter().filter(is_named).map(|tag| format!("Untagged: {tag}\n")).collect();
    let is_used = store.user_of(image).is_some();
    if all <= doomed.len() && !is_used {
        lines.push(format!("Deleted: {}\n", image.id));
    }
    lines
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
