//! The contents behind URLs. The simulator has no network, so a file of the build context may declare them.

use crate::fs::{Content, Tree, path};
use crate::image::Hasher;
use crate::shell::Answers;
use serde::Deserialize;
use std::collections::BTreeMap;

/// The file that declares answers; `docs/formats/declared-downloads.md` describes it.
pub(super) const ANSWERS_FILE: &str = "/.stageplay/answers.json";
/// The most answers that are read.
const MAX_ANSWERS: usize = 10_000;

/// One declared answer: a length in bytes, or a file of the context.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct DeclaredAnswer {
    size: Option<u64>,
    file: Option<String>,
}

/// Reads the declared answers; none if the context has no such file.
///
/// # Errors
/// The file is malformed, or it names a file that does not exist.
pub(super) fn read(context: &Tree) -> Result<Answers, String> {
    let Ok((_, node)) = context.stat("/", ANSWERS_FILE) else { return Ok(Answers::default()) };
    let bytes = node.content().and_then(Content::bytes).ok_or("it is no file that can be read")?;
    let declared: BTreeMap<String, DeclaredAnswer> =
        serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if declared.len() > MAX_ANSWERS {
        return Err(format!("more than {MAX_ANSWERS} answers"));
    }
    let mut answers = BTreeMap::new();
    for (address, one) in declared {
        let content = match (one.size, one.file) {
            (Some(size), None) => Content::modelled([], size, "declared in .stageplay/answers.json"),
            (None, Some(file)) => {
                let node = context.stat("/", &path::join("/", &file)).ok().map(|(_, node)| node);
                node.and_then(|node| node.content()).cloned().ok_or_else(|| format!("{address}: there is no {file}"))?
            }
            _ => return Err(format!("{address}: an answer has a size or a file")),
        };
        answers.insert(address, content);
    }
    Ok(answers.into())
}

/// Digest of all answers, for cache keys.
pub(super) fn digest(answers: &Answers) -> String {
    let mut hasher = Hasher::default();
    for (address, content) in answers.iter() {
        hasher = hasher.part(address).number(content.len);
        content.identify(|part| hasher = std::mem::take(&mut hasher).part(part));
    }
    hasher.finish()
}
