//! SP006, SecretShipped: secrets that everybody who has the image can read.
//!
//! Build arguments are found by a trial build: each one that is named like a secret gets a unique value. Where that value
//! is found in the image, the real one would be found as well.

use super::check_context::CheckContext;
use super::{Advice, SP006};
use crate::dockerfile::Kind;
use crate::fs::{EntryKind, path};
use crate::image::Image;
use crate::lint::is_secret;
use crate::measure::Size;

/// The unique value of a build argument in a trial build.
const PROBE_VALUE: &str = "stageplay-secret-probe";

/// Names of files that hold secrets.
const SECRET_FILES: [&str; 10] = [
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    ".env",
    ".netrc",
    ".git-credentials",
    ".npmrc",
    ".pypirc",
    ".pgpass",
];

/// Runs the check.
pub(super) fn check(check: &CheckContext) -> Vec<Advice> {
    let mut found = arguments(check);
    found.extend(variables(check));
    found.extend(files(check));
    found
}

/// ARG: its value is in the history, in the configuration or in a file.
fn arguments(check: &CheckContext) -> Vec<Advice> {
    let mut found: Vec<Advice> = Vec::new();
    let stages = check.chain.iter().filter_map(|index| check.plan.stages.get(*index));
    for instruction in stages.flat_map(|stage| &stage.instructions) {
        let Kind::Arg(args) = &instruction.kind else { continue };
        for (name, _) in args.iter().filter(|(name, _)| is_secret(name)) {
            let mut values = check.request.build_args.clone();
            values.insert(name.clone(), PROBE_VALUE.into());
            let Some(place) = check.rebuild(check.text(), Some(values)).and_then(|image| place_of_probe(&image)) else {
                continue;
            };
            let params = vec![("name", name.clone()), ("place", place)];
            found.push(check.advice(&SP006, "advice.SP006.arg", instruction.line, params, None));
        }
    }
    found
}

/// Where the value can be read: `history`, `config` or a path.
fn place_of_probe(image: &Image) -> Option<String> {
    let holds = |text: &str| text.contains(PROBE_VALUE);
    if image.config.env.iter().any(|pair| holds(pair)) || image.config.labels.values().any(|value| holds(value)) {
        return Some("config".into());
    }
    let in_file = image.layers.iter().flat_map(|layer| &layer.entries).find(|entry| {
        let bytes = entry.content.as_ref().map(|content| content.head());
        bytes.is_some_and(|bytes| bytes.windows(PROBE_VALUE.len()).any(|part| part == PROBE_VALUE.as_bytes()))
    });
    if let Some(entry) = in_file {
        return Some(entry.path.to_string());
    }
    image.history.iter().any(|entry| holds(&entry.created_by)).then(|| "history".into())
}

/// ENV with a value.
fn variables(check: &CheckContext) -> Vec<Advice> {
    let Some(image) = check.image else { return Vec::new() };
    let mut found = Vec::new();
    let stages = check.chain.iter().filter_map(|index| check.plan.stages.get(*index));
    for instruction in stages.flat_map(|stage| &stage.instructions) {
        let Kind::Env(pairs) = &instruction.kind else { continue };
        for (name, _) in pairs.iter().filter(|(name, _)| is_secret(name)) {
            if image.config.env_value(name).is_some_and(|value| !value.is_empty()) {
                let params = vec![("name", name.clone())];
                found.push(check.advice(&SP006, "advice.SP006.env", instruction.line, params, None));
            }
        }
    }
    found
}

/// Files that are secrets by name or content, including those that a later layer removes.
fn files(check: &CheckContext) -> Vec<Advice> {
    let mut found = Vec::new();
    for step in check.shipped_steps() {
        let Some(layer) = &step.layer else { continue };
        for entry in layer.entries.iter().filter(|entry| entry.kind == EntryKind::File) {
            let head = entry.content.as_ref().map_or(&[][..], |content| content.head());
            let start = head.get(..head.len().min(64)).unwrap_or(head);
            let is_key =
                start.starts_with(b"-----BEGIN ") && String::from_utf8_lossy(start).contains("PRIVATE KEY-----");
            let name = path::file_name(&entry.path);
            if !is_key && !SECRET_FILES.contains(&name) && !entry.path.ends_with("/.aws/credentials") {
                continue;
            }
            let gone = check.image.is_some_and(|image| image.tree.get(&entry.path).is_none());
            let id = if gone { "advice.SP006.file-removed" } else { "advice.SP006.file" };
            let params = vec![("path", entry.path.to_string())];
            found.push(check.advice(
                &SP006,
                id,
                step.line,
                params,
                Some(entry.size.clone()).filter(|one| *one != Size::ZERO),
            ));
        }
    }
    found
}
