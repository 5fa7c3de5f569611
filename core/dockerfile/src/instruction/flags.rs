//! `--name=value` words to flags of one instruction.

use super::Flag;
use crate::keyword::{FlagValue, Keyword};
use crate::text::suggestion;

/// Reads the flags of an instruction.
///
/// # Errors
/// BuildKit's words for a flag that is unknown, comes twice, or has a value it cannot have.
pub(super) fn read(words: &[String], keyword: Keyword) -> Result<Vec<Flag<&str>>, String> {
    let known = keyword.flags();
    let mut flags: Vec<Flag<&str>> = Vec::with_capacity(words.len());
    for word in words {
        if word == "--" {
            break;
        }
        let Some(rest) = word.strip_prefix("--") else {
            return Err(format!("arg should start with -- : {word}"));
        };
        let (name, value) = match rest.split_once('=') {
            Some((name, value)) => (name, Some(value)),
            None => (rest, None),
        };
        let Some((_, takes)) = known.iter().find(|(known, _)| *known == name) else {
            let hint = suggestion(name, known.iter().map(|(name, _)| *name));
            let hint = hint.map(|name| format!(" (did you mean {name}?)")).unwrap_or_default();
            return Err(format!("unknown flag: --{name}{hint}"));
        };
        if *takes != FlagValue::Repeated && flags.iter().any(|flag| flag.name == name) {
            return Err(format!("duplicate flag specified: --{name}"));
        }
        match (takes, value) {
            (FlagValue::Bool, None) => {}
            (_, None) | (FlagValue::Bool, Some("")) => return Err(format!("missing a value on flag: --{name}")),
            (FlagValue::Bool, Some(value))
                if !["true", "false"].iter().any(|word| value.eq_ignore_ascii_case(word)) =>
            {
                return Err(format!("expecting boolean value for flag --{name}, not: {value}"));
            }
            _ => {}
        }
        flags.push(Flag { name, value });
    }
    Ok(flags)
}
