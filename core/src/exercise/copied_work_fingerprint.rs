//! What Dockerfiles have in common that were copied from each other, the normalised build graph, and what does not
//! count for it.

use super::files::{Files, hex};
use super::pack::Pack;
use super::text::single_spaced;
use crate::image::Reference;
use crate::plan::{Base, Plan};
use sha2::{Digest as _, Sha256};

/// A digest of a normalised build graph and of the other files that were changed. The names of stages, the case of
/// keywords, blanks, comments and line ends do not count.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fingerprint(pub String);

pub(super) fn fingerprint(pack: &Pack, plan: &Plan, workspace: &Files) -> Fingerprint {
    let names: Vec<(&str, usize)> =
        plan.stages.iter().filter_map(|stage| Some((stage.name.as_deref()?, stage.index))).collect();
    let mut text = String::new();
    for stage in &plan.stages {
        let base = match &stage.base {
            Base::Scratch => "scratch".to_string(),
            Base::Image(reference) => Reference::to_string(reference),
            Base::Stage(index) => format!("stage {index}"),
        };
        text.push_str(&format!("FROM {base} {}\n", stage.built));
        for instruction in &stage.instructions {
            let mut flags: Vec<String> = instruction
                .flags
                .iter()
                .map(|flag| format!("{}={}", flag.name, normalised(flag.value.as_deref().unwrap_or(""), &names)))
                .collect();
            flags.sort();
            let keyword = instruction.keyword.to_ascii_uppercase();
            let documents: String = instruction.heredocs.iter().map(|one| single_spaced(&one.content)).collect();
            let arguments = single_spaced(&instruction.arguments);
            text.push_str(&format!("{keyword} {} {arguments} {documents}\n", flags.join(" ")));
        }
    }
    for (path, file) in
        workspace.iter().filter(|(path, file)| **path != pack.dockerfile && pack.start.get(*path) != Some(file))
    {
        let content = match file.as_text() {
            Some(text) => single_spaced(text),
            None => hex(&Sha256::digest(&file.bytes)),
        };
        text.push_str(&format!("{path}\n{content}\n"));
    }
    Fingerprint(hex(Sha256::digest(text.as_bytes()).get(..8).unwrap_or_default()))
}

/// The value of a flag with the name of a stage as its index.
fn normalised(value: &str, names: &[(&str, usize)]) -> String {
    let mut parts: Vec<String> = value.split(',').map(str::to_string).collect();
    for part in &mut parts {
        let (key, name) = part.rsplit_once('=').map_or(("", part.as_str()), |(key, name)| (key, name));
        let index = names.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, index)| *index);
        if let Some(index) = index {
            *part = if key.is_empty() { format!("stage {index}") } else { format!("{key}=stage {index}") };
        }
    }
    parts.join(",")
}
