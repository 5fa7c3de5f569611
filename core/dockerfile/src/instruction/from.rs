//! FROM: its image, and the names that a stage may have.

use super::{Instruction, Kind, flags};
use crate::keyword::Keyword;
use crate::syntax::Node;
use crate::text::go_quote;

pub(super) fn from<'a>(
    out: &mut Instruction<&'a str>,
    words: impl ExactSizeIterator<Item = &'a str> + Clone,
    node: &'a Node<'_>,
) -> Result<Kind<&'a str>, String> {
    let image = words.clone().next().unwrap_or("");
    let name = stage_name(words)?;
    out.flags = flags::read(&node.head.flags, Keyword::From)?;
    Ok(Kind::From { image, name })
}

fn stage_name<'a>(mut words: impl ExactSizeIterator<Item = &'a str>) -> Result<Option<&'a str>, String> {
    match words.len() {
        1 => return Ok(None),
        3 => {}
        _ => return Err("FROM requires either one or three arguments".into()),
    }
    let (Some(keyword), Some(name)) = (words.nth(1), words.next()) else {
        return Ok(None);
    };
    if !keyword.eq_ignore_ascii_case("as") {
        return Err("FROM requires either one or three arguments".into());
    }
    let fits = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    if !name.starts_with(|c: char| c.is_ascii_alphabetic()) || !name.chars().all(fits) {
        return Err(format!(
            "invalid name for build stage: {}, name can't start with a number or contain symbols",
            go_quote(name)
        ));
    }
    Ok(Some(name))
}
