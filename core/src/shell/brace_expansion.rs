//! Brace expansion: `{a,b}` and `{1..3}`.

use super::Shell;
use super::limits::MAX_WORD;
use brush_parser::word::{self, BraceExpressionMember, BraceExpressionOrText};

impl Shell {
    /// `{a,b}` and `{1..3}`.
    pub(super) fn braces(&self, text: &str) -> Result<Vec<String>, String> {
        let parsed = word::parse_brace_expansions(text, &Self::options()).map_err(|error| error.to_string())?;
        let Some(parts) = parsed else { return Ok(vec![text.to_string()]) };
        let mut all = Vec::new();
        braced(&parts, &mut all)?;
        Ok(all)
    }
}

/// Collects all words that a word with brace expressions expands to.
pub(super) fn braced(parts: &[BraceExpressionOrText], all: &mut Vec<String>) -> Result<(), String> {
    *all = vec![String::new()];
    for part in parts {
        let mut choices: Vec<String> = Vec::new();
        match part {
            BraceExpressionOrText::Text(text) => choices.push(text.clone()),
            BraceExpressionOrText::Expr(members) => {
                for member in members {
                    match member {
                        BraceExpressionMember::NumberSequence { start, end, increment } => {
                            let step = increment.unsigned_abs().max(1) as usize;
                            let count = (start.abs_diff(*end) as usize).min(MAX_WORD);
                            let sign = if end < start { -1 } else { 1 };
                            choices.extend((0..=count).step_by(step).map(|at| (start + sign * at as i64).to_string()));
                        }
                        BraceExpressionMember::CharSequence { start, end, increment } => {
                            let (first, last) = (*start as u32, *end as u32);
                            let step = increment.unsigned_abs().max(1) as usize;
                            let up = (first.min(last)..=first.max(last)).filter_map(char::from_u32).map(String::from);
                            let mut row: Vec<String> = up.collect();
                            if first > last {
                                row.reverse();
                            }
                            choices.extend(row.into_iter().step_by(step));
                        }
                        BraceExpressionMember::Child(parts) => {
                            let mut inner = Vec::new();
                            braced(parts, &mut inner)?;
                            choices.append(&mut inner);
                        }
                    }
                }
            }
        }
        if all.len().saturating_mul(choices.len()) > MAX_WORD {
            return Err(format!("a word expands to more than {MAX_WORD} words"));
        }
        *all = all.iter().flat_map(|head| choices.iter().map(move |tail| format!("{head}{tail}"))).collect();
    }
    Ok(())
}
