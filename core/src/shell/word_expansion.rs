//! Word expansion: the order of all expansions of a word, quotes, and command substitution (POSIX, 2.6).

use super::Shell;
use super::glob::is_pattern;
use super::language::Language;
use super::limits::MAX_WORD;
use super::word_splitting::{Fields, QuotedChar, field_pattern, field_text};
use crate::fs::path;
use brush_parser::ParserOptions;
use brush_parser::ast::Word;
use brush_parser::word::{self, Parameter, ParameterExpr as P, TildeExpr, WordPiece, WordPieceWithSource};

impl Shell {
    pub(crate) fn options() -> ParserOptions {
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
            let marks = |(c, quoted): &QuotedChar| !quoted && "*?[(".contains(*c);
            let globs = !self.options.noglob && field.iter().any(marks) && is_pattern(&field_pattern(&field));
            let pattern = field_pattern(&field);
            let found = if globs { self.glob(&pattern) } else { Vec::new() };
            if let Some(folder) =
                pattern.strip_suffix('*').filter(|folder| globs && matches!(folder.chars().last(), None | Some('/')))
            {
                self.swept_folders.push(path::join(&self.cwd, folder));
            }
            if found.is_empty() && !(globs && self.options.nullglob) {
                out.push(field_text(&field));
            } else {
                out.extend(found);
            }
        }
        Ok(())
    }

    /// Expands a word to exactly one field: no splitting, no globbing.
    pub(super) fn expand_one(&mut self, word: &Word) -> Result<String, String> {
        self.expand_text(&word.value)
    }

    /// Expands the value of an assignment, in which a tilde prefix may follow every colon (POSIX, 2.6.1).
    pub(super) fn expand_assigned(&mut self, word: &Word) -> Result<String, String> {
        let grammar = ParserOptions { tilde_expansion_after_colon: true, ..Self::options() };
        let fields = self.fields_by(&grammar, &word.value, false)?;
        Ok(fields.iter().map(|field| field_text(field)).collect::<Vec<_>>().join(" "))
    }

    pub(super) fn expand_text(&mut self, text: &str) -> Result<String, String> {
        Ok(self.fields(text, false)?.iter().map(|field| field_text(field)).collect::<Vec<_>>().join(" "))
    }

    /// Expands a word to a pattern, for `case` and `${v#p}`.
    pub(super) fn expand_pattern(&mut self, text: &str) -> Result<String, String> {
        Ok(self.fields(text, false)?.iter().map(|field| field_pattern(field)).collect::<Vec<_>>().join(" "))
    }

    pub(super) fn expand_heredoc(&mut self, text: &str) -> Result<String, String> {
        let pieces = word::parse_heredoc(text, &Self::options()).map_err(|error| error.to_string())?;
        let mut fields = Fields::default();
        self.pieces(&pieces, &mut fields, true, false)?;
        fields.cut();
        Ok(fields.done.iter().map(|field| field_text(field)).collect())
    }

    pub(crate) fn fields(&mut self, text: &str, split: bool) -> Result<Vec<Vec<QuotedChar>>, String> {
        self.fields_by(&Self::options(), text, split)
    }

    fn fields_by(&mut self, grammar: &ParserOptions, text: &str, split: bool) -> Result<Vec<Vec<QuotedChar>>, String> {
        self.effort.spend(super::limits::STEPS_OF_LETTER * text.len());
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
                        && let Some((values, joined)) = self.multiple_values(expression)?
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
                    if let Some((values, joined)) = self.multiple_values(expression)? {
                        self.add_all(fields, &values, joined, quoted, split);
                    } else if let Some(word) = self.alternative_word(expression)? {
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

    /// Whether the content of double quotes is only an empty list such as `$@`, which expands to no word.
    fn is_no_word(&mut self, quoted: &[WordPieceWithSource]) -> Result<bool, String> {
        let [WordPieceWithSource { piece: WordPiece::ParameterExpansion(expression), .. }] = quoted else {
            return Ok(false);
        };
        if let Some((values, joined)) = self.multiple_values(expression)? {
            return Ok(values.is_empty() && !joined);
        }
        // `"${a[@]+"${a[@]}"}"`.
        let of_all = |parameter: &Parameter| matches!(parameter, Parameter::NamedWithAllIndices { .. });
        match self.alternative_word(expression)? {
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
}
