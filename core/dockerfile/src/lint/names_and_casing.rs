//! Checks of how things are written and named.

use super::check_directive::Config;
use super::{Entry, Place, Report, rules};
use crate::syntax::{File, Node};
use crate::text::go_quote;
use crate::{Keyword, Kind};
use std::collections::BTreeSet;

/// Checks that BuildKit does before it types a node.
pub(super) fn check_node(file: &File, node: &Node, place: &Place, config: &Config, report: &mut Report) {
    match node.head.kind {
        Some(Keyword::Maintainer) => {
            let message = || "Maintainer instruction is deprecated in favor of using label".into();
            report.warn(config, &rules::MAINTAINER_DEPRECATED, place, message);
        }
        Some(Keyword::From) => {
            let mut words = file.words(node).skip(1);
            let (Some(as_word), Some(name)) = (words.next(), words.next()) else {
                return;
            };
            if words.next().is_none() && name != name.to_lowercase() {
                let message = || format!("Stage name '{name}' should be lowercase");
                report.warn(config, &rules::STAGE_NAME_CASING, place, message);
            }
            let keyword = node.keyword();
            let matches = if keyword == keyword.to_lowercase() {
                as_word == as_word.to_lowercase()
            } else {
                keyword != keyword.to_uppercase() || as_word == as_word.to_uppercase()
            };
            if !matches {
                let message = || format!("'{as_word}' and '{keyword}' keywords' casing do not match");
                report.warn(config, &rules::FROM_AS_CASING, place, message);
            }
        }
        _ => {}
    }
}

/// Names of stages: once each, and none that means something else.
pub(super) fn check_stage_names(stages: &[Entry], config: &Config, report: &mut Report) {
    let mut seen = BTreeSet::new();
    for entry in stages {
        let Kind::From { name: Some(name), .. } = &entry.instruction.kind else {
            continue;
        };
        let place = Place::of(&entry.instruction);
        let lower = name.to_lowercase();
        if lower == "context" || lower == "scratch" {
            report.warn(config, &rules::RESERVED_STAGE_NAME, &place, || {
                format!("Stage name should not use the same name as reserved stage {}", go_quote(&lower))
            });
        }
        if seen.contains(&lower) {
            report.warn(config, &rules::DUPLICATE_STAGE_NAME, &place, || {
                format!("Duplicate stage name {}, stage names should be unique", go_quote(&lower))
            });
        }
        seen.insert(lower);
    }
}

/// All keywords in the case that most of them have; capitals if there are as many.
pub(super) fn check_casing(stages: &[Entry], config: &Config, report: &mut Report) {
    let is_lower = |word: &str| !word.bytes().any(|byte| byte.is_ascii_uppercase());
    let is_upper = |word: &str| !word.bytes().any(|byte| byte.is_ascii_lowercase());
    let (mut lower, mut upper) = (0, 0);
    for entry in stages {
        let keyword = entry.instruction.keyword;
        lower += usize::from(is_lower(keyword));
        upper += usize::from(is_upper(keyword));
    }
    let (fits, casing): (&dyn Fn(&str) -> bool, _) =
        if lower > upper { (&is_lower, "lowercase") } else { (&is_upper, "uppercase") };
    for entry in stages {
        let keyword = entry.instruction.keyword;
        if !fits(keyword) {
            report.warn(config, &rules::CONSISTENT_INSTRUCTION_CASING, &Place::of(&entry.instruction), || {
                format!("Command '{keyword}' should match the case of the command majority ({casing})")
            });
        }
    }
}
