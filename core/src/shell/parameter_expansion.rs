//! Parameter expansion: `$name`, `${name:-word}`, `${name#pattern}`, `${name/a/b}` (POSIX, 2.6.2).

use super::Shell;
use super::language::Language;
use brush_parser::ast::UnexpandedArithmeticExpr;
use brush_parser::word::{
    Parameter, ParameterExpr as P, ParameterTestType, ParameterTransformOp, SpecialParameter, SubstringMatchKind,
};
use std::ops::Range;

impl Shell {
    /// The alternative word of `${name:-word}` and `${name:+word}`; `None` if the value itself is used.
    pub(super) fn alternative_word<'e>(&mut self, expression: &'e P) -> Result<Option<&'e str>, String> {
        Ok(match expression {
            P::UseDefaultValues { parameter, test_type, default_value, indirect } => {
                let value = self.value(parameter, *indirect)?;
                (!passes_test(&value, test_type)).then(|| default_value.as_deref().unwrap_or(""))
            }
            P::UseAlternativeValue { parameter, test_type, alternative_value, indirect } => {
                let value = self.value(parameter, *indirect)?;
                passes_test(&value, test_type).then(|| alternative_value.as_deref().unwrap_or(""))
            }
            _ => None,
        })
    }

    /// The value of a parameter, or with `indirect` of the parameter that it names.
    pub(super) fn value(&mut self, parameter: &Parameter, indirect: bool) -> Result<Option<String>, String> {
        let value = match parameter {
            Parameter::NamedWithIndex { name, index } => self.element(name, index)?,
            Parameter::NamedWithAllIndices { name, .. } => {
                let all = self.elements(name);
                (!all.is_empty()).then(|| all.join(" "))
            }
            Parameter::Named(name) => self.var(name).map(str::to_string).or_else(|| self.own_value(name)),
            plain => self.plain_value(plain),
        };
        match value {
            Some(name) if indirect => match name.parse::<usize>() {
                Ok(0) => Ok(Some(self.name.clone())),
                Ok(index) => Ok(self.positional.get(index - 1).cloned()),
                Err(_) => self.place(&name),
            },
            value => Ok(value),
        }
    }

    /// The value of `name` or `name[index]`.
    ///
    /// # Errors
    /// The index is none.
    pub(super) fn place(&mut self, name: &str) -> Result<Option<String>, String> {
        match super::arrays::subscript(name) {
            Some((array, "@" | "*")) => Ok(Some(self.elements(array).join(" "))),
            Some((array, index)) => self.element(array, index),
            None => Ok(self.var(name).map(str::to_string)),
        }
    }

    pub(super) fn plain_value(&self, parameter: &Parameter) -> Option<String> {
        match parameter {
            Parameter::Named(name) => self.var(name).map(str::to_string),
            Parameter::Positional(0) => Some(self.name.clone()),
            Parameter::Positional(index) => self.positional.get(*index as usize - 1).cloned(),
            Parameter::Special(special) => Some(match special {
                SpecialParameter::AllPositionalParameters { .. } if self.positional.is_empty() => return None,
                SpecialParameter::AllPositionalParameters { .. } => {
                    self.positional.join(self.ifs().get(..1).unwrap_or(""))
                }
                SpecialParameter::PositionalParameterCount => self.positional.len().to_string(),
                SpecialParameter::LastExitStatus => self.last_status.to_string(),
                SpecialParameter::ProcessId => super::subshell::OWN_PROCESS.into(),
                SpecialParameter::ShellName => self.name.clone(),
                SpecialParameter::LastBackgroundProcessId => super::subshell::BACKGROUND_PROCESS.into(),
                SpecialParameter::CurrentOptionFlags => self.option_letters(),
            }),
            _ => None,
        }
    }

    /// The error for an expansion that the shell at work does not have. dash has those of POSIX, busybox also
    /// substrings and replacements.
    ///
    /// # Errors
    /// The shell's message.
    pub(super) fn check_expansion(&self, expression: &P) -> Result<(), String> {
        let language = self.language();
        let is_known = match expression {
            P::Parameter { parameter, indirect }
            | P::UseDefaultValues { parameter, indirect, .. }
            | P::AssignDefaultValues { parameter, indirect, .. }
            | P::IndicateErrorIfNullOrUnset { parameter, indirect, .. }
            | P::UseAlternativeValue { parameter, indirect, .. }
            | P::ParameterLength { parameter, indirect }
            | P::RemoveSmallestSuffixPattern { parameter, indirect, .. }
            | P::RemoveLargestSuffixPattern { parameter, indirect, .. }
            | P::RemoveSmallestPrefixPattern { parameter, indirect, .. }
            | P::RemoveLargestPrefixPattern { parameter, indirect, .. } => !indirect && !is_element(parameter),
            P::ReplaceSubstring { parameter, indirect, .. } | P::Substring { parameter, indirect, .. } => {
                language == Language::Ash && !indirect && !is_element(parameter)
            }
            _ => false,
        };
        match language {
            _ if is_known => Ok(()),
            Language::Bash => Ok(()),
            Language::Dash => Err(format!("{}: Bad substitution", self.message_prefix())),
            Language::Ash => Err(format!("{}: syntax error: bad substitution", self.message_prefix())),
        }
    }

    pub(super) fn parameter(&mut self, expression: &P) -> Result<String, String> {
        let name = |parameter: &Parameter| match parameter {
            Parameter::Named(name) => name.clone(),
            Parameter::NamedWithIndex { name, index } => format!("{name}[{index}]"),
            Parameter::Positional(index) => index.to_string(),
            _ => "parameter".into(),
        };
        Ok(match expression {
            P::Parameter { parameter, indirect } => {
                let value = self.value(parameter, *indirect)?;
                let special = matches!(parameter, Parameter::Special(_));
                if value.is_none() && self.options.nounset && !special {
                    if let Parameter::Named(name) = parameter
                        && self.may_be_set(name)
                    {
                        self.gap("unlisted-variable", name.clone());
                        return Ok(String::new());
                    }
                    let words =
                        if self.language() == Language::Bash { "unbound variable" } else { "parameter not set" };
                    return Err(format!("{}: {}: {words}", self.message_prefix(), name(parameter)));
                }
                value.unwrap_or_default()
            }
            P::UseDefaultValues { parameter, indirect, .. } => self.value(parameter, *indirect)?.unwrap_or_default(),
            P::AssignDefaultValues { parameter, test_type, default_value, indirect } => {
                let value = self.value(parameter, *indirect)?;
                if passes_test(&value, test_type) {
                    return Ok(value.unwrap_or_default());
                }
                let text = self.expand_text(default_value.as_deref().unwrap_or(""))?;
                match parameter {
                    Parameter::Named(name) => self.set_var(name, text.clone(), false),
                    Parameter::NamedWithIndex { name, index } => self.set_element(name, index, text.clone(), false)?,
                    _ => {}
                }
                text
            }
            P::IndicateErrorIfNullOrUnset { parameter, test_type, error_message, indirect } => {
                let value = self.value(parameter, *indirect)?;
                if !passes_test(&value, test_type) {
                    let message = error_message.as_deref().unwrap_or("parameter not set");
                    let message = self.expand_text(message)?;
                    return Err(format!("{}: {}: {message}", self.message_prefix(), name(parameter)));
                }
                value.unwrap_or_default()
            }
            P::UseAlternativeValue { .. } => String::new(),
            P::ParameterLength { parameter: Parameter::NamedWithAllIndices { name, .. }, indirect: false } => {
                self.elements(name).len().to_string()
            }
            P::ParameterLength { parameter, indirect } => {
                self.value(parameter, *indirect)?.unwrap_or_default().chars().count().to_string()
            }
            P::RemoveSmallestSuffixPattern { parameter, indirect, .. }
            | P::RemoveLargestSuffixPattern { parameter, indirect, .. }
            | P::RemoveSmallestPrefixPattern { parameter, indirect, .. }
            | P::RemoveLargestPrefixPattern { parameter, indirect, .. }
            | P::ReplaceSubstring { parameter, indirect, .. }
            | P::Substring { parameter, indirect, .. }
            | P::UppercasePattern { parameter, indirect, .. }
            | P::LowercasePattern { parameter, indirect, .. }
            | P::UppercaseFirstChar { parameter, indirect, .. }
            | P::LowercaseFirstChar { parameter, indirect, .. }
            | P::Transform { parameter, indirect, .. } => {
                let value = self.value(parameter, *indirect)?.unwrap_or_default();
                self.apply_expression(expression, value)?
            }
            P::VariableNames { .. } | P::MemberKeys { .. } => String::new(),
        })
    }

    /// Applies an expression to a value: prefix or suffix removal, substitution, substring, change of case.
    ///
    /// # Errors
    /// A pattern or a number that cannot be expanded; a value too long for a pattern.
    pub(super) fn apply_expression(&mut self, expression: &P, value: String) -> Result<String, String> {
        Ok(match expression {
            P::RemoveSmallestSuffixPattern { pattern, .. } => self.trim(value, pattern, false, false)?,
            P::RemoveLargestSuffixPattern { pattern, .. } => self.trim(value, pattern, false, true)?,
            P::RemoveSmallestPrefixPattern { pattern, .. } => self.trim(value, pattern, true, false)?,
            P::RemoveLargestPrefixPattern { pattern, .. } => self.trim(value, pattern, true, true)?,
            P::ReplaceSubstring { pattern, replacement, match_kind, .. } => {
                let pattern = self.expand_pattern(pattern)?;
                let replacement = self.expand_text(replacement.as_deref().unwrap_or(""))?;
                // The signs that tie a pattern to an end are bash's: ash takes them for themselves.
                let sign = match match_kind {
                    SubstringMatchKind::Prefix if self.language() == Language::Ash => Some("\\#"),
                    SubstringMatchKind::Suffix if self.language() == Language::Ash => Some("%"),
                    _ => None,
                };
                match sign {
                    Some(sign) => {
                        let first = SubstringMatchKind::FirstOccurrence;
                        self.replace(&value, &format!("{sign}{pattern}"), &replacement, &first)?
                    }
                    None => self.replace(&value, &pattern, &replacement, match_kind)?,
                }
            }
            P::Substring { offset, length, .. } => {
                let value: Vec<char> = value.chars().collect();
                let range = self.range(value.len(), offset, length.as_ref())?;
                value.get(range).unwrap_or(&[]).iter().collect()
            }
            P::UppercasePattern { pattern, .. } if matches_every_letter(pattern) => value.to_uppercase(),
            P::LowercasePattern { pattern, .. } if matches_every_letter(pattern) => value.to_lowercase(),
            P::UppercaseFirstChar { pattern, .. } if matches_every_letter(pattern) => {
                first_changed(&value, |c| c.to_uppercase().collect())
            }
            P::LowercaseFirstChar { pattern, .. } if matches_every_letter(pattern) => {
                first_changed(&value, |c| c.to_lowercase().collect())
            }
            P::Transform { op: ParameterTransformOp::Quoted, .. } => format!("'{}'", value.replace('\'', "'\\''")),
            P::Transform { op: ParameterTransformOp::ToUpperCase, .. } => value.to_uppercase(),
            P::Transform { op: ParameterTransformOp::ToLowerCase, .. } => value.to_lowercase(),
            P::Transform { op: ParameterTransformOp::CapitalizeInitial, .. } => {
                first_changed(&value, |c| c.to_uppercase().collect())
            }
            _ => {
                self.gap("unmodelled-shell", "${…}");
                String::new()
            }
        })
    }

    /// The range of `:offset:length` in something of a given length. Negative numbers count from the end.
    pub(super) fn range(
        &mut self,
        size: usize,
        offset: &UnexpandedArithmeticExpr,
        length: Option<&UnexpandedArithmeticExpr>,
    ) -> Result<Range<usize>, String> {
        let size = size as i64;
        let mut number = |text: &str| self.expand_heredoc(text).and_then(|text| self.arithmetic(&text));
        let start = number(&offset.value)?;
        let start = if start < 0 { (size + start).max(0) } else { start.min(size) };
        let end = match length {
            None => size,
            Some(length) => match number(&length.value)? {
                from_end if from_end < 0 => (size + from_end).max(start),
                count => start.saturating_add(count).min(size),
            },
        };
        Ok(start as usize..end as usize)
    }

    /// `${name/pattern/replacement}` and its variants: replaces the longest match at the earliest position.
    pub(super) fn replace(
        &self,
        value: &str,
        pattern: &str,
        with: &str,
        kind: &SubstringMatchKind,
    ) -> Result<String, String> {
        if value.len() > 4096 {
            return Err("value too long for a pattern".into());
        }
        let ends: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
        let longest = |start: usize| {
            let fits = |end: &&usize| {
                **end > start && value.get(start..**end).is_some_and(|part| self.matches_pattern(pattern, part))
            };
            ends.iter().rev().find(fits).copied()
        };
        if let SubstringMatchKind::Suffix = kind {
            let start =
                ends.iter().find(|start| value.get(**start..).is_some_and(|part| self.matches_pattern(pattern, part)));
            return Ok(
                start.map_or_else(|| value.to_string(), |start| value.get(..*start).unwrap_or("").to_string() + with)
            );
        }
        let (mut out, mut at) = (String::new(), 0);
        while let Some(c) = value.get(at..).and_then(|rest| rest.chars().next()) {
            if let Some(end) = longest(at) {
                out.push_str(with);
                at = end;
                if !matches!(kind, SubstringMatchKind::Anywhere) {
                    break;
                }
                continue;
            }
            if matches!(kind, SubstringMatchKind::Prefix) {
                break;
            }
            out.push(c);
            at += c.len_utf8();
        }
        Ok(out + value.get(at..).unwrap_or(""))
    }
}

/// Whether a pattern for a change of case matches every letter.
pub(super) fn matches_every_letter(pattern: &Option<String>) -> bool {
    pattern.as_deref().is_none_or(|pattern| pattern.is_empty() || pattern == "?")
}

/// Whether a parameter names elements of an array.
fn is_element(parameter: &Parameter) -> bool {
    matches!(parameter, Parameter::NamedWithIndex { .. } | Parameter::NamedWithAllIndices { .. })
}

/// Whether a value is used instead of its default: it is set, and not empty if that is tested.
pub(super) fn passes_test(value: &Option<String>, test: &ParameterTestType) -> bool {
    match test {
        ParameterTestType::Unset => value.is_some(),
        ParameterTestType::UnsetOrNull => value.as_ref().is_some_and(|text| !text.is_empty()),
    }
}

pub(super) fn first_changed(text: &str, change: impl Fn(char) -> String) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| change(first) + chars.as_str())
}
