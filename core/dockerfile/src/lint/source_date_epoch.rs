//! SOURCE_DATE_EPOCH: a time, `context`, or a stage whose only file comes from elsewhere.

use super::git_ref::{SourceKind, source_kind};
use super::variable_scope::Scope;
use super::{Entry, Place, Refusal, nowhere};
use crate::reference::check_digest;
use crate::{Budget, Instruction, Kind, Lex, go_int};

/// Checks the value; tells whether it is a time that instructions may use as it is.
///
/// # Errors
/// BuildKit's words.
pub(super) fn check(value: &str, entries: &[Entry], scope: &Scope, lex: Lex, budget: &Budget) -> Result<bool, Refusal> {
    if go_int(value, i64::MIN, i64::MAX).is_ok() {
        return Ok(true);
    }
    if value == "context" {
        return Ok(false);
    }
    let is_named = |entry: &Entry| match &entry.instruction.kind {
        Kind::From { name: Some(name), .. } => name.eq_ignore_ascii_case(value),
        _ => false,
    };
    let Some((from, body)) = entries.iter().position(is_named).and_then(|at| entries.get(at..)?.split_first()) else {
        return Err(nowhere(format!("invalid SOURCE_DATE_EPOCH: {value}")));
    };
    stage(from, body, scope.clone(), lex, budget).map_err(|message| Place::of(&from.instruction).refuse(message))?;
    Ok(false)
}

fn stage<'t>(
    from: &'t Entry<'t>,
    body: &'t [Entry<'t>],
    mut scope: Scope<'t>,
    lex: Lex,
    budget: &Budget,
) -> Result<(), String> {
    scope.remove("SOURCE_DATE_EPOCH");
    if let Kind::From { image, .. } = &from.instruction.kind {
        let base = lex.word(image, &scope, budget).map_err(|error| {
            format!("failed to process source stage base name {}: {}", crate::text::go_quote(image), error.message)
        })?;
        if base.text != "scratch" {
            return Err("SOURCE_DATE_EPOCH stage must use FROM scratch".into());
        }
    }
    let mut found = false;
    for entry in body {
        match &entry.instruction.kind {
            Kind::From { .. } => break,
            Kind::Arg(args) => {
                for (name, value) in args {
                    if let Some(word) = value {
                        let value = lex.word(word, &scope, budget).map_err(|error| error.message)?.text;
                        scope.set(*name, value);
                    }
                }
            }
            Kind::Add { .. } if found => {
                return Err("SOURCE_DATE_EPOCH stage must contain exactly one remote ADD".into());
            }
            Kind::Add { sources, .. } => {
                add(&entry.instruction, sources, &scope, lex, budget)?;
                found = true;
            }
            _ => {
                return Err(format!(
                    "SOURCE_DATE_EPOCH stage does not meet source-only requirements: unsupported {} instruction",
                    entry.instruction.keyword
                ));
            }
        }
    }
    if found { Ok(()) } else { Err("SOURCE_DATE_EPOCH stage must contain exactly one remote ADD".into()) }
}

fn add(
    instruction: &Instruction<&str>,
    sources: &[&str],
    scope: &Scope,
    lex: Lex,
    budget: &Budget,
) -> Result<(), String> {
    let ([source], []) = (sources, instruction.heredocs.as_slice()) else {
        return Err("SOURCE_DATE_EPOCH stage must contain exactly one remote ADD source".into());
    };
    let expand = |word| lex.word(word, scope, budget).map(|expansion| expansion.text).map_err(|error| error.message);
    let source = expand(source)?;
    match source_kind(&source)? {
        SourceKind::Local => Err("SOURCE_DATE_EPOCH stage source must be a single HTTP(S) or Git ADD".into()),
        SourceKind::Git => expand(instruction.flag("checksum").unwrap_or("")).map(|_| ()),
        SourceKind::Http => match instruction.flag("checksum").filter(|text| !text.is_empty()) {
            Some(checksum) => check_digest(&expand(checksum)?),
            None => Ok(()),
        },
    }
}
