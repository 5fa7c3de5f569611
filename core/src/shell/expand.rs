//! Word expansion: parameters, substitutions, field splitting, globbing.

use super::Shell;
use super::state::Language;
use crate::fs::path;
use brush_parser::ParserOptions;
use brush_parser::ast::{UnexpandedArithmeticExpr, Word};
use brush_parser::word::{
    self, BraceExpressionMember, BraceExpressionOrText, Parameter, ParameterExpr as P, ParameterTestType,
    ParameterTransformOp, SpecialParameter, SubstringMatchKind, TildeExpr, WordPiece, WordPieceWithSource,
};
use std::ops::Range;

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

    /// Ends a field, even an empty one.
    fn end(&mut self) {
        self.started = true;
        self.cut();
    }

    /// Unquoted results of expansions split where IFS says: at runs of its blanks, and at each of its
    /// other characters with the blanks around it.
    fn push_split(&mut self, text: &str, ifs: &str) {
        let blank = |c: char| ifs.contains(c) && matches!(c, ' ' | '\t' | '\n');
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            if !ifs.contains(c) {
                self.started = true;
                self.open.push((c, false));
                continue;
            }
            let mut parts = !blank(c);
            while let Some(next) = chars.peek().copied() {
                if !blank(next) && (parts || !ifs.contains(next)) {
                    break;
                }
                parts |= !blank(next);
                chars.next();
            }
            if parts {
                self.end();
            } else {
                self.cut();
            }
        }
    }
}

/// A text split as the results of expansions are.
pub(super) fn split(text: &str, ifs: &str) -> Vec<String> {
    let mut fields = Fields::default();
    fields.push_split(text.trim_matches(|c| ifs.contains(c) && matches!(c, ' ' | '\t' | '\n')), ifs);
    fields.cut();
    fields.done.iter().map(|field| plain(field)).collect()
}

fn plain(field: &[Mark]) -> String {
    field.iter().map(|(c, _)| c).collect()
}

/// A field as a pattern: quoted characters are escaped.
fn pattern(field: &[Mark]) -> String {
    let mut text = String::new();
    for (c, quoted) in field {
        if *quoted && "*?[\\+@!(|)".contains(*c) {
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
        let mut out = Vec::new();
        if self.language() == Language::Bash && word.value.contains('{') {
            for text in self.braces(&word.value)? {
                self.expand_braced(&text, &mut out)?;
            }
            return Ok(out);
        }
        self.expand_braced(&word.value, &mut out)?;
        Ok(out)
    }

    fn expand_braced(&mut self, text: &str, out: &mut Vec<String>) -> Result<(), String> {
        for field in self.fields(text, true)? {
            let marks = |(c, quoted): &Mark| !quoted && "*?[(".contains(*c);
            let globs = !self.options.noglob && field.iter().any(marks) && is_pattern(&pattern(&field));
            let found = if globs { self.glob(&pattern(&field)) } else { Vec::new() };
            if found.is_empty() && !(globs && self.options.nullglob) {
                out.push(plain(&field));
            } else {
                out.extend(found);
            }
        }
        Ok(())
    }

    /// `{a,b}` and `{1..3}`.
    fn braces(&self, text: &str) -> Result<Vec<String>, String> {
        let parsed = word::parse_brace_expansions(text, &Self::options()).map_err(|error| error.to_string())?;
        let Some(parts) = parsed else { return Ok(vec![text.to_string()]) };
        let mut all = Vec::new();
        braced(&parts, &mut all)?;
        Ok(all)
    }

    /// Expands a word to exactly one field: no splitting, no globbing.
    pub(super) fn expand_one(&mut self, word: &Word) -> Result<String, String> {
        self.expand_text(&word.value)
    }

    /// Expands what is assigned: a tilde may stand after every colon (POSIX, 2.6.1).
    pub(super) fn expand_assigned(&mut self, word: &Word) -> Result<String, String> {
        let grammar = ParserOptions { tilde_expansion_after_colon: true, ..Self::options() };
        let fields = self.fields_by(&grammar, &word.value, false)?;
        Ok(fields.iter().map(|field| plain(field)).collect::<Vec<_>>().join(" "))
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
        self.fields_by(&Self::options(), text, split)
    }

    fn fields_by(&mut self, grammar: &ParserOptions, text: &str, split: bool) -> Result<Vec<Vec<Mark>>, String> {
        self.effort.spend(super::STEPS_OF_LETTER * text.len());
        let pieces = word::parse(text, grammar).map_err(|error| error.to_string())?;
        let mut fields = Fields::default();
        self.pieces(&pieces, &mut fields, false, split)?;
        fields.cut();
        self.effort.spend(6 * fields.done.iter().map(|field| 4 + field.len()).sum::<usize>());
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
                WordPiece::SingleQuotedText(text) => {
                    fields.started = true;
                    fields.push(text, true);
                }
                // dash knows no such quotes: a dollar, and a text in single ones.
                WordPiece::AnsiCQuotedText(text) if self.language() == Language::Dash => {
                    fields.started = true;
                    fields.push(&format!("${text}"), true);
                }
                WordPiece::AnsiCQuotedText(text) => {
                    fields.started = true;
                    let text = match self.language() {
                        Language::Ash => super::escapes::ansi_c_of_busybox(text),
                        _ => super::escapes::ansi_c(text, self.is_utf8()),
                    };
                    fields.push(&text, true);
                }
                WordPiece::DoubleQuotedSequence(inner) | WordPiece::GettextDoubleQuotedSequence(inner) => {
                    // "$@" without parameters is no field at all.
                    if let [WordPieceWithSource { piece: WordPiece::ParameterExpansion(expression), .. }] =
                        inner.as_slice()
                        && let Some((values, joined)) = self.several(expression)?
                    {
                        self.add_all(fields, &values, joined, true, split);
                    } else if !self.is_no_word(inner)? {
                        fields.started = true;
                        self.pieces(inner, fields, true, split)?;
                    }
                }
                WordPiece::EscapeSequence(text) => {
                    let text = text.strip_prefix('\\').unwrap_or(text);
                    if text != "\n" {
                        fields.push(text, true);
                    }
                }
                WordPiece::TildeExpansion(tilde) => {
                    let home = match tilde {
                        TildeExpr::UserHome(user) => self.home_of(user).unwrap_or_else(|| format!("~{user}")),
                        TildeExpr::WorkingDir => self.cwd.clone(),
                        _ => self.var("HOME").unwrap_or("/root").to_string(),
                    };
                    fields.push(&home, true);
                }
                WordPiece::ParameterExpansion(expression) => {
                    if let Some((values, joined)) = self.several(expression)? {
                        self.add_all(fields, &values, joined, quoted, split);
                    } else if let Some(word) = self.instead(expression)? {
                        // What stands for the value is a word of its own, with its own quotes.
                        let pieces = word::parse(word, &Self::options()).map_err(|error| error.to_string())?;
                        for piece in &pieces {
                            match &piece.piece {
                                WordPiece::Text(text) => self.add(fields, text, quoted, split),
                                _ => self.pieces(std::slice::from_ref(piece), fields, quoted, split)?,
                            }
                        }
                    } else {
                        let text = self.parameter(expression)?;
                        self.add(fields, &text, quoted, split);
                    }
                }
                WordPiece::CommandSubstitution(script) | WordPiece::BackquotedCommandSubstitution(script) => {
                    let before = self.last_status;
                    let inherits = match self.language() {
                        Language::Dash => true,
                        // bash does it only where it plays sh.
                        Language::Bash => path::file_name(&self.name) == "sh",
                        Language::Ash => false,
                    };
                    let mut status = 0;
                    let bytes = self.capture(|shell| {
                        status = shell.nested(shell.positional.clone(), |shell| {
                            shell.options.errexit &= inherits;
                            shell.indirection += 1;
                            let status = shell.run_script(script);
                            shell.indirection -= 1;
                            status
                        });
                    });
                    self.last_status = if self.language() == Language::Bash { status } else { before };
                    self.substituted = Some(status);
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    self.add(fields, text.trim_end_matches('\n'), quoted, split);
                }
                WordPiece::ArithmeticExpression(expression) => {
                    let text = self.expand_heredoc(&expression.value)?;
                    let value = self.arithmetic(&text)?.to_string();
                    self.add(fields, &value, quoted, split);
                }
            }
            if fields.open.len() > MAX_WORD || fields.done.len() > MAX_WORD {
                return Err(format!("a word expands to more than {MAX_WORD} characters"));
            }
        }
        Ok(())
    }

    /// IFS, or what it is where it is not set.
    pub(super) fn ifs(&self) -> String {
        self.var("IFS").unwrap_or(" \t\n").to_string()
    }

    fn add(&self, fields: &mut Fields, text: &str, quoted: bool, split: bool) {
        if quoted || !split {
            fields.push(text, quoted);
        } else {
            fields.push_split(text, &self.ifs());
        }
    }

    /// Values that stand for several words, or for one (`joined`, as in `$*`).
    fn add_all(&self, fields: &mut Fields, values: &[String], joined: bool, quoted: bool, split: bool) {
        let apart = split && !(quoted && joined);
        let between = if joined { self.ifs().chars().take(1).collect() } else { " ".to_string() };
        if quoted && joined {
            fields.started = true;
        }
        for (index, value) in values.iter().enumerate() {
            match index {
                0 => {}
                _ if apart => fields.cut(),
                _ => fields.push(&between, quoted),
            }
            self.add(fields, value, quoted, split);
            fields.started |= quoted;
        }
    }

    /// Whether what stands between quotes is a list of no words.
    fn is_no_word(&mut self, quoted: &[WordPieceWithSource]) -> Result<bool, String> {
        let [WordPieceWithSource { piece: WordPiece::ParameterExpansion(expression), .. }] = quoted else {
            return Ok(false);
        };
        if let Some((values, joined)) = self.several(expression)? {
            return Ok(values.is_empty() && !joined);
        }
        // `"${a[@]+"${a[@]}"}"`.
        let of_all = |parameter: &Parameter| matches!(parameter, Parameter::NamedWithAllIndices { .. });
        match self.instead(expression)? {
            None => Ok(matches!(expression, P::UseAlternativeValue { parameter, .. } if of_all(parameter))),
            Some(word) if word.contains('@') => {
                let pieces = word::parse(word, &Self::options()).map_err(|error| error.to_string())?;
                match pieces.as_slice() {
                    [WordPieceWithSource { piece: WordPiece::DoubleQuotedSequence(inner), .. }] => {
                        self.is_no_word(inner)
                    }
                    other => self.is_no_word(other),
                }
            }
            _ => Ok(false),
        }
    }

    /// The word that `${name:-word}` and `${name:+word}` stand for, where they do not stand for the value.
    fn instead<'e>(&mut self, expression: &'e P) -> Result<Option<&'e str>, String> {
        Ok(match expression {
            P::UseDefaultValues { parameter, test_type, default_value, indirect } => {
                let value = self.value(parameter, *indirect)?;
                (!is_wanted(&value, test_type)).then(|| default_value.as_deref().unwrap_or(""))
            }
            P::UseAlternativeValue { parameter, test_type, alternative_value, indirect } => {
                let value = self.value(parameter, *indirect)?;
                is_wanted(&value, test_type).then(|| alternative_value.as_deref().unwrap_or(""))
            }
            _ => None,
        })
    }

    /// The value of a parameter, or with `indirect` of the one that it names.
    fn value(&mut self, parameter: &Parameter, indirect: bool) -> Result<Option<String>, String> {
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

    /// What a shell itself has under a name that nobody set.
    fn own_value(&mut self, name: &str) -> Option<String> {
        let (bash, ash) = (self.language() == Language::Bash, self.language() == Language::Ash);
        Some(match name {
            "LINENO" => self.line.to_string(),
            "PPID" => "0".into(),
            // By chance: one of five digits, as most are.
            "RANDOM" if bash || ash => {
                self.gap("unknown-output", "$RANDOM");
                "12345".into()
            }
            "SRANDOM" | "BASHPID" if bash => {
                self.gap("unknown-output", format!("${name}"));
                "1234567890".into()
            }
            "EPOCHSECONDS" if bash || ash => {
                self.gap("no-clock", "$EPOCHSECONDS");
                "0".into()
            }
            // Its first element, by which scripts ask for what the shell can do.
            "BASH_VERSINFO" if bash => "5".into(),
            "SECONDS" if bash => "0".into(),
            "UID" | "EUID" if bash => self.user.uid.to_string(),
            "HOSTTYPE" if bash => "x86_64".into(),
            "OSTYPE" if bash => "linux-gnu".into(),
            "MACHTYPE" if bash => "x86_64-pc-linux-gnu".into(),
            _ => return None,
        })
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

    fn plain_value(&self, parameter: &Parameter) -> Option<String> {
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
                SpecialParameter::ProcessId => super::state::OWN_PROCESS.into(),
                SpecialParameter::ShellName => self.name.clone(),
                SpecialParameter::LastBackgroundProcessId => super::state::BACKGROUND_PROCESS.into(),
                SpecialParameter::CurrentOptionFlags => self.option_letters(),
            }),
            _ => None,
        }
    }

    fn parameter(&mut self, expression: &P) -> Result<String, String> {
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
                    let words =
                        if self.language() == Language::Bash { "unbound variable" } else { "parameter not set" };
                    return Err(format!("{}: {}: {words}", self.message_prefix(), name(parameter)));
                }
                value.unwrap_or_default()
            }
            P::UseDefaultValues { parameter, indirect, .. } => self.value(parameter, *indirect)?.unwrap_or_default(),
            P::AssignDefaultValues { parameter, test_type, default_value, indirect } => {
                let value = self.value(parameter, *indirect)?;
                if is_wanted(&value, test_type) {
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
                if !is_wanted(&value, test_type) {
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
                let is_trim = matches!(
                    expression,
                    P::RemoveSmallestSuffixPattern { .. }
                        | P::RemoveLargestSuffixPattern { .. }
                        | P::RemoveSmallestPrefixPattern { .. }
                        | P::RemoveLargestPrefixPattern { .. }
                );
                if self.language() == Language::Dash && !is_trim {
                    return Err(format!("{}: Bad substitution", self.message_prefix()));
                }
                let value = self.value(parameter, *indirect)?.unwrap_or_default();
                self.changed(expression, value)?
            }
            P::VariableNames { .. } | P::MemberKeys { .. } => String::new(),
        })
    }

    /// A value as an expression changes it: cut, replaced, in capitals.
    ///
    /// # Errors
    /// A pattern or a number that cannot be expanded; a value too long for a pattern.
    pub(super) fn changed(&mut self, expression: &P, value: String) -> Result<String, String> {
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
            P::UppercasePattern { pattern, .. } if any(pattern) => value.to_uppercase(),
            P::LowercasePattern { pattern, .. } if any(pattern) => value.to_lowercase(),
            P::UppercaseFirstChar { pattern, .. } if any(pattern) => {
                first_changed(&value, |c| c.to_uppercase().collect())
            }
            P::LowercaseFirstChar { pattern, .. } if any(pattern) => {
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

    /// `:offset:length` of something so long; negative numbers count from its end.
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

    /// Path names that match, in order; empty when none does.
    fn glob(&self, pattern: &str) -> Vec<String> {
        let mut found: Vec<String> = vec![if pattern.starts_with('/') { "/".into() } else { String::new() }];
        for part in parts(pattern) {
            let mut next = Vec::new();
            for base in &found {
                if !self.effort.spend(4 * super::execute::STEPS_OF_COMMAND) {
                    return Vec::new();
                }
                if part == "**" && self.options.globstar {
                    self.below(base, &mut next);
                    continue;
                }
                if !is_pattern(part) {
                    let candidate = beside(base, &part.replace('\\', ""));
                    if self.fs.lstat(&self.cwd, &candidate).is_ok() {
                        next.push(candidate);
                    }
                    continue;
                }
                // bash leaves out the folder itself and the one above, the others do not.
                let dots = [".", ".."]
                    .into_iter()
                    .filter(|dot| part.starts_with('.') && self.language() != Language::Bash && self.fits(part, dot));
                next.extend(dots.map(|dot| beside(base, dot)));
                for name in self.names_in(base) {
                    if self.fits(part, &name)
                        && (self.options.dotglob || !name.starts_with('.') || part.starts_with('.'))
                    {
                        next.push(beside(base, &name));
                    }
                }
            }
            found = next;
        }
        // `**` may stand for nothing.
        found.retain(|name| !name.is_empty());
        if pattern.ends_with('/') {
            found.retain(|name| self.fs.stat(&self.cwd, name).is_ok_and(|(_, node)| node.is_dir()));
            found.iter_mut().for_each(|name| name.push('/'));
        }
        found.sort();
        found.dedup();
        found
    }

    fn names_in(&self, folder: &str) -> Vec<String> {
        let folder = if folder.is_empty() { "." } else { folder };
        let Ok(real) = self.fs.resolve(&self.cwd, folder, true) else { return Vec::new() };
        self.fs.children(&path::join("/", &real)).into_iter().map(|(name, _)| name.to_string()).collect()
    }

    /// A folder and all that is under it, without names that have a dot before them.
    fn below(&self, base: &str, all: &mut Vec<String>) {
        if all.len() > MAX_WORD || !self.effort.spend(super::execute::STEPS_OF_COMMAND) {
            return;
        }
        all.push(base.to_string());
        for name in self.names_in(base).into_iter().filter(|name| self.options.dotglob || !name.starts_with('.')) {
            let place = beside(base, &name);
            match self.fs.lstat(&self.cwd, &place) {
                Ok((_, node)) if node.is_dir() => self.below(&place, all),
                _ => all.push(place),
            }
        }
    }

    /// `${name/pattern/replacement}` and its kin: the longest match at the earliest place.
    fn replace(&self, value: &str, pattern: &str, with: &str, kind: &SubstringMatchKind) -> Result<String, String> {
        if value.len() > 4096 {
            return Err("value too long for a pattern".into());
        }
        let ends: Vec<usize> = value.char_indices().map(|(at, _)| at).chain([value.len()]).collect();
        let longest = |start: usize| {
            let fits =
                |end: &&usize| **end > start && value.get(start..**end).is_some_and(|part| self.fits(pattern, part));
            ends.iter().rev().find(fits).copied()
        };
        if let SubstringMatchKind::Suffix = kind {
            let start = ends.iter().find(|start| value.get(**start..).is_some_and(|part| self.fits(pattern, part)));
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

/// The parts of a path, at the slashes outside groups such as `!(a|b)`.
fn parts(pattern: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_u32;
    let slash = move |c: char| {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == '/' && depth == 0
    };
    pattern.split(slash).filter(|part| !part.is_empty())
}

fn is_pattern(part: &str) -> bool {
    let has_set = part.find('[').is_some_and(|at| part.get(at..).is_some_and(|rest| rest.contains(']')));
    part.contains(['*', '?']) || has_set || part.contains("@(") || part.contains("!(") || part.contains("+(")
}

fn beside(base: &str, name: &str) -> String {
    match base {
        "" => name.to_string(),
        base if base.ends_with('/') => format!("{base}{name}"),
        base => format!("{base}/{name}"),
    }
}

/// Whether a pattern for letters leaves none out.
fn any(pattern: &Option<String>) -> bool {
    pattern.as_deref().is_none_or(|pattern| pattern.is_empty() || pattern == "?")
}

/// Whether a value passes the test before its default is taken.
fn is_wanted(value: &Option<String>, test: &ParameterTestType) -> bool {
    match test {
        ParameterTestType::Unset => value.is_some(),
        ParameterTestType::UnsetOrNull => value.as_ref().is_some_and(|text| !text.is_empty()),
    }
}

fn first_changed(text: &str, change: impl Fn(char) -> String) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| change(first) + chars.as_str())
}

/// All words that a word with brace expressions stands for.
fn braced(parts: &[BraceExpressionOrText], all: &mut Vec<String>) -> Result<(), String> {
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
