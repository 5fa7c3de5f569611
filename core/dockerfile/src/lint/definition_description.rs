//! InvalidDefinitionDescription: whether a comment right before a FROM or ARG describes it.

use super::check_directive::Config;
use super::{Place, Report, rules};
use crate::{Instruction, Kind};

/// A comment right before a stage or an argument should describe it.
pub(super) fn check_description(
    instruction: &Instruction<&str>,
    comments: &[&str],
    place: &Place,
    config: &Config,
    report: &mut Report,
) {
    let Some(last) = comments.last() else {
        return;
    };
    let first = last.split(' ').next().unwrap_or("");
    let (keyword, example) = match &instruction.kind {
        Kind::From { name: Some(name), .. } => {
            let lower = name.to_lowercase();
            if lower == first {
                return;
            }
            ("FROM", lower)
        }
        Kind::Arg(args) => {
            if args.iter().any(|(name, _)| *name == first) {
                return;
            }
            let example = if args.len() > 1 { "<arg_key>" } else { args.first().map_or("", |(name, _)| *name) };
            ("ARG", example.to_string())
        }
        _ => return,
    };
    report.warn(config, &rules::INVALID_DEFINITION_DESCRIPTION, place, || {
        format!("Comment for {keyword} should follow the format: `# {example} <description>`")
    });
}
