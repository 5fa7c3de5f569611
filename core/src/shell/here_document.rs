//! Here-documents and here-strings: their text, and one without an end ("delimited by end-of-file").

use super::Shell;
use super::interpret::Flow;
use super::language::Language;
use super::script_reader::Unread;
use brush_parser::ast::{IoHereDocument, Word};

impl Shell {
    /// The text of a here-document, expanded unless its word is quoted.
    pub(super) fn here_document_text(&mut self, doc: &IoHereDocument) -> Result<String, String> {
        if doc.requires_expansion {
            self.expand_heredoc(&doc.doc.value).map_err(|error| error + "\n")
        } else {
            Ok(doc.doc.value.clone())
        }
    }

    /// The text of `<<< WORD`.
    pub(super) fn here_string_text(&mut self, word: &Word) -> Result<String, String> {
        let mut text = self.expand_one(word).map_err(|error| error + "\n")?;
        text.push('\n');
        Ok(text)
    }

    /// Runs a text whose here-document has no end: it ends with the text. bash warns of it.
    pub(super) fn run_with_open_document(&mut self, text: &str, word: &str) -> Flow {
        let closed = format!("{}\n{word}\n", text.trim_end_matches('\n'));
        match self.parsed(&closed) {
            Ok(program) => {
                if self.language() == Language::Bash {
                    let line = self.line_base + text.lines().count().max(1);
                    let name = &self.name;
                    let warning = format!(
                        "{name}: line {line}: warning: here-document at line {} delimited by end-of-file (wanted `{word}')\n",
                        self.line_base + 1
                    );
                    self.err(warning);
                }
                self.run_program(&program)
            }
            Err(Unread::Incomplete(error) | Unread::Wrong(error)) => self.refuse_syntax(text, &error),
            Err(Unread::HereDocument(_)) => {
                self.gap("unmodelled-shell", format!("<<{word}"));
                Flow::Exit
            }
        }
    }
}
