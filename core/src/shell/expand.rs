//! Word expansion: parameters, substitutions, field splitting, globbing.

use super::Shell;
use crate::fs::{glob_matches, path};
use brush_parser::ParserOptions;
use brush_parser::ast::Word;
use brush_parser::word::{
    self, Parameter, ParameterExpr as P, ParameterTestType, SpecialParameter, SubstringMatchKind, TildeExpr, WordPiece,
    WordPieceWithSource,
};

/// Longest result of one expansion, in bytes.
const MAX_WORD: usize = 1 << 16;

/// A character and whether it was quoted: quoted ones neither split nor match patterns.
type Mark = (char, bool);

/// Fields under construction.
#[derive(Default)]
struct Fields {
    done: Vec<Vec<Mark>>,
    open: Vec<Mark>,
    /// The open field exists even if it is empty (quotes were seen).
    started: bool,
}

impl Fields {
    fn push(&mut self, text: &str, quoted: bool) {
        self.started |= quoted || !text.is_empty();
        self.open.extend(text.chars().map(|c| (c, quoted)));
    }

    fn cut(&mut self) {
        if self.started {
            self.done.push(std::mem::take(&mut self.open));
        }
        self.started = false;
    }

    /// Unquoted results of expansions split at blanks.
    fn push_split(&mut self, text: &str) {
        for c in text.chars() {
            if c.is_ascii_whitespace() {
                self.cut();
            } else {
                self.started = true;
                self.open.push((c, false));
            }
        }
    }
}

fn plain(field: &[Mark]) -> String {
    field.iter().map(|(c, _)| c).collect()
}

/// A field as a pattern: quoted characters are escaped.
fn pattern(field: &[Mark]) -> String {
    let mut text = String::new();
    for (c, quoted) in field {
        if *quoted && "*?[\\".contains(*c) {
            text.push('\\');
        }
        text.push(*c);
    }
    text
}

impl Shell {
    fn options() -> ParserOptions {
        ParserOptions::default()
    }

    /// Expands a word to any number of fields.
    pub(super) fn expand_word(&mut self, word: &Word) -> Result<Vec<String>, String> {
        let fields = self.fields(&word.value, true)?;
        let mut out = Vec::new();
        for field in fields {
            let globs = field.iter().any(|(c, quoted)| !quoted && "*?[".contains(*c));
            let found = if globs { self.glob(&pattern(&field)) } else { Vec::new() };
            if found.is_empty() {
                out.push(plain(&field));
            } else {
                out.extend(found);
            }
        }
        Ok(out)
    }

    /// Expands a word to exactly one field: no splitting, no globbing.
    pub(super) fn expand_one(&mut self, word: &Word) -> Result<String, String> {
        self.expand_text(&word.value)
    }

    pub(super) fn expand_text(&mut self, text: &str) -> Result<String, String> {
        Ok(self.fields(text, false)?.iter().map(|field| plain(field)).collect::<Vec<_>>().join(" "))
    }

    /// Expands a word to a pattern, for `case` and `${v#p}`.
    pub(super) fn expand_pattern(&mut self, text: &str) -> Result<String, String> {
        Ok(self.fields(text, false)?.iter().map(|field| pattern(field)).collect::<Vec<_>>().join(" "))
    }

    pub(super) fn expand_heredoc(&mut self, text: &str) -> Result<String, String> {
        let pieces = word::parse_heredoc(text, &Self::options()).map_err(|error| error.to_string())?;
        let mut fields = Fields::default();
        self.pieces(&pieces, &mut fields, true, false)?;
        fields.cut();
        Ok(fields.done.iter().map(|field| plain(field)).collect())
    }

    fn fields(&mut self, text: &str, split: bool) -> Result<Vec<Vec<Mark>>, String> {
        let pieces = word::parse(text, &Self::options()).map_err(|error| error.to_string())?;
        let mut fields = Fields::default();
        self.pieces(&pieces, &mut fields, false, split)?;
        fields.cut();
        Ok(fields.done)
    }

    fn pieces(
        &mut self,
        pieces: &[WordPieceWithSource],
        fields: &mut Fields,
        quoted: bool,
        split: bool,
    ) -> Result<(), String> {
        for piece in pieces {
            match &piece.piece {
                WordPiece::Text(text) => fields.push(text, quoted),
                WordPiece::SingleQuotedText(text) | WordPiece::AnsiCQuotedText(text) => {
                    fields.started = true;
                    fields.push(text, true);
                }
                WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                    fields.started = true;
                    self.pieces(inner, fields, true, split)?;
                }
                WordPiece::EscapeSequence(text) => {
                    let text = text.strip_prefix('\\').unwrap_or(text);
                    if text != "\n" {
                        fields.push(text, true);
                    }
                }
                WordPiece::TildeExpansion(tilde) => {
                    let home = match tilde {
                        TildeExpr::UserHome(user) if user != "root" => format!("/home/{user}"),
                        TildeExpr::WorkingDir => self.cwd.clone(),
                        _ => self.var("HOME").unwrap_or("/root").to_string(),
                    };
                    fields.push(&home, true);
                }
                WordPiece::ParameterExpansion(P::Parameter {
                    parameter: Parameter::Special(SpecialParameter::AllPositionalParameters { concatenate: false }),
                    ..
                }) if quoted => {
                    let all = self.positional.clone();
                    for (i, value) in all.iter().enumerate() {
                        if i > 0 && split {
                            fields.cut();
                        } else if i > 0 {
                            fields.push(" ", true);
                        }
                        fields.push(value, true);
                        fields.started = true;
                    }
                }
                WordPiece::ParameterExpansion(expression) => {
                    let text = self.parameter(expression)?;
                    Self::add(fields, &text, quoted, split);
                }
                WordPiece::CommandSubstitution(script) | WordPiece::BackquotedCommandSubstitution(script) => {
                    let script = script.clone();
                    let mut status = 0;
                    let bytes = self.capture(|shell| {
                        status = shell.nested(shell.positional.clone(), |shell| shell.run_script(&script));
                    });
                    self.last_status = status;
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    Self::add(fields, text.trim_end_matches('\n'), quoted, split);
                }
                WordPiece::ArithmeticExpression(expression) => {
                    let text = self.expand_text(&expression.value)?;
                    let value = self.arithmetic(&text)?.to_string();
                    Self::add(fields, &value, quoted, split);
                }
            }
            if fields.open.len() > MAX_WORD || fields.done.len() > MAX_WORD {
                return Err(format!("a word expands to more than {MAX_WORD} characters"));
            }
        }
        Ok(())
    }

    fn add(fields: &mut Fields, text: &str, quoted: bool, split: bool) {
        if quoted || !split {
            fields.push(text, quoted);
        } else {
            fields.push_split(text);
        }
    }

    fn value(&self, parameter: &Parameter) -> Option<String> {
        match parameter {
            Parameter::Named(name) => self.var(name).map(str::to_string),
            Parameter::Positional(0) => Some(self.name.clone()),
            Parameter::Positional(index) => self.positional.get(*index as usize - 1).cloned(),
            Parameter::Special(special) => Some(match special {
                SpecialParameter::AllPositionalParameters { .. } => self.positional.join(" "),
                SpecialParameter::PositionalParameterCount => self.positional.len().to_string(),
                SpecialParameter::LastExitStatus => self.last_status.to_string(),
                SpecialParameter::ProcessId => "1".into(),
                SpecialParameter::ShellName => self.name.clone(),
                _ => String::new(),
            }),
            _ => None,
        }
    }

    fn parameter(&mut self, expression: &P) -> Result<String, String> {
        let wanted = |value: &Option<String>, test: &ParameterTestType| match test {
            ParameterTestType::Unset => value.is_some(),
            ParameterTestType::UnsetOrNull => value.as_ref().is_some_and(|text| !text.is_empty()),
        };
        let name = |parameter: &Parameter| match parameter {
            Parameter::Named(name) => name.clone(),
            Parameter::Positional(index) => index.to_string(),
            _ => "parameter".into(),
        };
        Ok(match expression {
            P::Parameter { parameter, indirect: false } => {
                let value = self.value(parameter);
                if value.is_none() && self.nounset {
                    return Err(format!("{}: {}: parameter not set", self.name, name(parameter)));
                }
                value.unwrap_or_default()
            }
            P::UseDefaultValues { parameter, test_type, default_value, indirect: false } => {
                let value = self.value(parameter);
                match (wanted(&value, test_type), default_value) {
                    (true, _) => value.unwrap_or_default(),
                    (false, Some(text)) => self.expand_text(text)?,
                    (false, None) => String::new(),
                }
            }
            P::AssignDefaultValues { parameter, test_type, default_value, indirect: false } => {
                let value = self.value(parameter);
                if wanted(&value, test_type) {
                    return Ok(value.unwrap_or_default());
                }
                let text = self.expand_text(default_value.as_deref().unwrap_or(""))?;
                if let Parameter::Named(name) = parameter {
                    self.set_var(name, text.clone(), false);
                }
                text
            }
            P::IndicateErrorIfNullOrUnset { parameter, test_type, error_message, indirect: false } => {
                let value = self.value(parameter);
                if !wanted(&value, test_type) {
                    let message = error_message.as_deref().unwrap_or("parameter not set");
                    let message = self.expand_text(message)?;
                    return Err(format!("{}: {}: {message}", self.name, name(parameter)));
                }
                value.unwrap_or_default()
            }
            P::UseAlternativeValue { parameter, test_type, alternative_value, indirect: false } => {
                let value = self.value(parameter);
                if wanted(&value, test_type) {
                    self.expand_text(alternative_value.as_deref().unwrap_or(""))?
                } else {
                    String::new()
                }
            }
            P::ParameterLength { parameter, indirect: false } => {
                self.value(parameter).unwrap_or_default().chars().count().to_string()
            }
            P::RemoveSmallestSuffixPattern { parameter, pattern, indirect: false } => {
                self.trim(parameter, pattern, false, false)?
            }
            P::RemoveLargestSuffixPattern { parameter, pattern, indirect: false } => {
                self.trim(parameter, pattern, false, true)?
            }
            P::RemoveSmallestPrefixPattern { parameter, pattern, indirect: false } => {
                self.trim(parameter, pattern, true, false)?
            }
            P::RemoveLargestPrefixPattern { parameter, pattern, indirect: false } => {
                self.trim(parameter, pattern, true, true)?
            }
            P::ReplaceSubstring { parameter, pattern, replacement, match_kind, indirect: false } => {
                let value = self.value(parameter).unwrap_or_default();
                let pattern = self.expand_text(pattern)?;
                let replacement = self.expand_text(replacement.as_deref().unwrap_or(""))?;
                match match_kind {
                    // Only literal patterns; the rest is a gap.
                    _ if pattern.contains(['*', '?', '[']) => {
                        self.gap("unmodelled-shell", "${name/pattern/…}");
                        value
                    }
                    _ if pattern.is_empty() => value,
                    SubstringMatchKind::FirstOccurrence => value.replacen(&pattern, &replacement, 1),
                    SubstringMatchKind::Anywhere => value.replace(&pattern, &replacement),
                    SubstringMatchKind::Prefix => {
                        value.strip_prefix(&pattern).map(|rest| replacement + rest).unwrap_or(value.clone())
                    }
                    SubstringMatchKind::Suffix => value
                        .strip_suffix(&pattern)
                        .map(|rest| rest.to_string() + &replacement)
                        .unwrap_or(value.clone()),
                }
            }
            _ => {
                self.gap("unmodelled-shell", "${…}");
                String::new()
            }
        })
    }

    fn trim(
        &mut self,
        parameter: &Parameter,
        pattern: &Option<String>,
        prefix: bool,
        longest: bool,
    ) -> Result<String, String> {
        let value = self.value(parameter).unwrap_or_default();
        let pattern = self.expand_pattern(pattern.as_deref().unwrap_or(""))?;
        if value.len() > 4096 {
            return Err("value too long for a pattern".into());
        }
        let mut cuts: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
        if prefix == longest {
            cuts.reverse();
        }
        for cut in cuts {
            let (head, tail) = value.split_at(cut);
            let (part, kept) = if prefix { (head, tail) } else { (tail, head) };
            if glob_matches(&pattern, part) {
                return Ok(kept.to_string());
            }
        }
        Ok(value)
    }

    /// Path names that match, in order; empty when none does.
    fn glob(&self, pattern: &str) -> Vec<String> {
        let absolute = pattern.starts_with('/');
        let mut found: Vec<String> = vec![if absolute { "/".into() } else { String::new() }];
        for part in pattern.split('/').filter(|part| !part.is_empty()) {
            let mut next = Vec::new();
            for base in &found {
                let joined = |name: &str| match base.as_str() {
                    "" => name.to_string(),
                    "/" => format!("/{name}"),
                    base => format!("{base}/{name}"),
                };
                if !part.contains(['*', '?', '[']) {
                    let candidate = joined(&part.replace('\\', ""));
                    if self.fs.lstat(&self.cwd, &candidate).is_ok() {
                        next.push(candidate);
                    }
                    continue;
                }
                let Ok(directory) = self.fs.resolve(&self.cwd, if base.is_empty() { "." } else { base }, true) else {
                    continue;
                };
                for (name, _) in self.fs.children(&path::join("/", &directory)) {
                    if glob_matches(part, name) && (!name.starts_with('.') || part.starts_with('.')) {
                        next.push(joined(name));
                    }
                }
            }
            found = next;
        }
        found
    }
}
