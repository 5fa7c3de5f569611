//! What addresses answer. There is no network here: a project may say it, in a file of its context.

use crate::fs::{Content, Tree, path};
use crate::image::Hasher;
use crate::shell::Answers;
use serde::Deserialize;
use std::collections::BTreeMap;

/// Where a project declares answers; `docs/formats/answers.md` describes it.
pub(super) const PLACE: &str = "/.stageplay/answers.json";
/// More than anybody declares by hand.
const MOST: usize = 10_000;

/// One answer: a length in bytes, or a file of the context that holds it.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Declared {
    size: Option<u64>,
    file: Option<String>,
}

/// Reads what is declared; nothing where there is no such file.
///
/// # Errors
/// Why the file cannot be read: its form, or a file that it names and that is not there.
pub(super) fn read(context: &Tree) -> Result<Answers, String> {
    let Ok((_, node)) = context.stat("/", PLACE) else { return Ok(Answers::default()) };
    let bytes = node.content().and_then(Content::bytes).ok_or("it is no file that can be read")?;
    let declared: BTreeMap<String, Declared> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    if declared.len() > MOST {
        return Err(format!("more than {MOST} answers"));
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

/// Names all answers, for the cache.
pub(super) fn digest(answers: &Answers) -> String {
    let mut hasher = Hasher::default();
    for (address, content) in answers.iter() {
        hasher = hasher.part(address).number(content.len);
        content.identify(|part| hasher = std::mem::take(&mut hasher).part(part));
    }
    hasher.finish()
}
