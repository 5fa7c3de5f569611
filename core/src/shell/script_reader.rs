//! Reads a script as the shell at work does: dash in the grammar of POSIX, busybox ash with its extensions, bash with
//! all of its own. A shell runs each complete command before it reads the next (POSIX, 2.10.2), so what stands before
//! a syntax error was run.

use super::interpret::Flow;
use super::language::Language;
use super::limits::STEPS_OF_LETTER;
use super::syntax_error::{SyntaxError, here_string, refused, syntax_error, unknown_to_ash, without_function_keyword};
use super::{Shell, case_parentheses};
use brush_parser::ast::Program;
use brush_parser::{ParseError, Parser, ParserOptions, TokenizerError};

/// Why a text is not run.
pub(super) enum Unread {
    /// The here-document that this word ends has no end yet.
    HereDocument(String),
    /// More lines may complete it.
    Incomplete(SyntaxError),
    Wrong(SyntaxError),
}

impl Shell {
    /// Parses and runs a text.
    pub(super) fn read_and_run(&mut self, text: &str) -> Flow {
        let error = match self.parsed(text) {
            Ok(program) => return self.run_program(&program),
            Err(error) => error,
        };
        if text.trim_end().contains('\n') || matches!(error, Unread::HereDocument(_)) {
            return self.read_by_line(text);
        }
        match error {
            Unread::Incomplete(error) | Unread::Wrong(error) => self.refuse_syntax(text, &error),
            Unread::HereDocument(_) => Flow::Next,
        }
    }

    /// Reads and runs one complete command after the other, up to the first that is wrong.
    fn read_by_line(&mut self, text: &str) -> Flow {
        let base = self.line_base;
        let mut pending = String::new();
        let mut unread = None;
        for (at, line) in text.split_inclusive('\n').enumerate() {
            if self.effort.is_over() {
                self.gap("too-many-steps", "");
                return Flow::Exit;
            }
            if pending.is_empty() {
                self.line_base = base + at;
            }
            pending.push_str(line);
            match self.parsed(&pending) {
                Ok(program) => {
                    pending.clear();
                    unread = None;
                    let flow = self.run_program(&program);
                    if flow != Flow::Next {
                        return flow;
                    }
                    self.record_ignored_failure();
                }
                Err(Unread::Wrong(found)) => return self.refuse_syntax(&pending, &found),
                Err(incomplete) => unread = Some(incomplete),
            }
        }
        match unread {
            Some(Unread::Incomplete(error) | Unread::Wrong(error)) => self.refuse_syntax(&pending, &error),
            Some(Unread::HereDocument(word)) => self.run_with_open_document(&pending, &word),
            None => Flow::Next,
        }
    }

    pub(super) fn run_program(&mut self, program: &Program) -> Flow {
        if program.complete_commands.is_empty() {
            self.last_status = 0;
        }
        let mut lists = program.complete_commands.iter().peekable();
        while let Some(list) = lists.next() {
            let flow = self.list(list);
            if flow != Flow::Next {
                return flow;
            }
            if lists.peek().is_some() {
                self.record_ignored_failure();
            }
        }
        Flow::Next
    }

    /// Prints a syntax error, which ends the shell.
    pub(super) fn refuse_syntax(&mut self, text: &str, error: &SyntaxError) -> Flow {
        self.line = self.line_base + error.line;
        let message = match self.language() {
            Language::Bash => {
                let name = if self.from_file { self.name.clone() } else { format!("{}: -c", self.name) };
                error.message_of_bash(&name, self.line_base, text)
            }
            language => format!("{}: {}\n", self.message_prefix(), error.message(language)),
        };
        self.err(message);
        self.last_status = 2;
        Flow::Exit
    }

    /// Parses a text in the grammar of the script's language.
    pub(super) fn parsed(&mut self, text: &str) -> Result<Program, Unread> {
        self.effort.spend(STEPS_OF_LETTER * text.len());
        // What busybox has of bash's grammar.
        let extended = || ["[[", "&>", "function", "<(", ">("].iter().any(|sign| text.contains(sign));
        let sh_mode = match self.language() {
            Language::Bash => false,
            Language::Ash => !extended(),
            Language::Dash => true,
        };
        let enable_extended_globbing = self.language() == Language::Bash;
        let grammar = ParserOptions { enable_extended_globbing, sh_mode, ..ParserOptions::default() };
        let rewritten = match self.language() {
            Language::Dash if text.contains("function") => without_function_keyword(text, grammar.tokenizer_options()),
            _ => None,
        };
        let text = rewritten.as_deref().unwrap_or(text);
        let parse = |text: &str| Parser::new(text.as_bytes(), &grammar).parse_program();
        if let Some(error) = here_string(text).filter(|_| sh_mode) {
            return Err(Unread::Wrong(error));
        }
        let parsed = parse(text).or_else(|error| match text.contains("case") && text.contains("$(") {
            true => parse(&case_parentheses::with_brackets(text)),
            false => Err(error),
        });
        match parsed {
            Ok(program) => {
                let refused = match self.language() {
                    Language::Bash => None,
                    Language::Ash if !sh_mode => unknown_to_ash(text),
                    language => refused(text, language, &grammar.tokenizer_options()),
                };
                refused.map_or(Ok(program), |error| Err(Unread::Wrong(error)))
            }
            Err(ParseError::Tokenizing { inner: TokenizerError::UnterminatedHereDocuments(words, _), .. }) => {
                let word = words.split(", ").next().unwrap_or_default();
                Err(Unread::HereDocument(word.trim_matches(['\'', '"']).to_string()))
            }
            Err(error) => {
                let found = syntax_error(text, &error, sh_mode);
                Err(match &error {
                    ParseError::ParsingAtEndOfInput => Unread::Incomplete(found),
                    ParseError::Tokenizing { inner, .. } if inner.is_incomplete() => Unread::Incomplete(found),
                    _ => Unread::Wrong(found),
                })
            }
        }
    }
}
