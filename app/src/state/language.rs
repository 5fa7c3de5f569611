//! The editor's questions about a Dockerfile, answered by core: JSON in, JSON out.
//!
//! Core counts bytes, the editor UTF-16 units; [`Places`] stands between.

use serde_json::{Value, json};
use stageplay_core::dockerfile;
use stageplay_core::fs::Tree;
use stageplay_core::image::{Catalogue, Era};
use stageplay_core::language::{self, CatalogueImages, CompletionKind, Surroundings, TokenKind};
use stageplay_core::text::Span;
use stageplay_core::words::{Language, say};
use std::sync::Arc;

/// What surrounds the Dockerfile in the editor.
#[derive(Debug)]
pub struct Service {
    pub(super) catalogue: Arc<Catalogue>,
    pub(super) era: Era,
    pub(super) context: Tree,
    pub(super) stages: Vec<Option<Tree>>,
    pub(super) language: Language,
}

/// Bytes to UTF-16 units and back.
pub(crate) struct Places<'t> {
    text: &'t str,
    /// Units before each byte; nothing for a text of ASCII, where both are the same.
    units: Vec<usize>,
}

impl<'t> Places<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        let mut units = Vec::new();
        if !text.is_ascii() {
            let mut count = 0;
            for c in text.chars() {
                units.extend(std::iter::repeat_n(count, c.len_utf8()));
                count += c.len_utf16();
            }
            units.push(count);
        }
        Places { text, units }
    }

    pub(crate) fn unit(&self, byte: usize) -> usize {
        let byte = byte.min(self.text.len());
        self.units.get(byte).copied().unwrap_or(byte)
    }

    fn byte(&self, unit: usize) -> usize {
        if self.units.is_empty() {
            return unit.min(self.text.len());
        }
        self.units.partition_point(|units| *units < unit).min(self.text.len())
    }

    fn span(&self, span: &Span) -> Value {
        json!({ "from": self.unit(span.start), "to": self.unit(span.end) })
    }

    fn edit(&self, span: &Span, insert: &str) -> Value {
        json!({ "from": self.unit(span.start), "to": self.unit(span.end), "insert": insert })
    }
}

impl Service {
    /// Answers `{"ask", "text", "at", "name"}`; `null` where there is nothing to say.
    pub fn answer(&self, question: &str) -> String {
        let Ok(question) = serde_json::from_str::<Value>(question) else {
            return "null".into();
        };
        let text = question["text"].as_str().unwrap_or("");
        let places = Places::new(text);
        let at = places.byte(question["at"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(0));
        let images = CatalogueImages { catalogue: &self.catalogue, era: self.era };
        let stages = language::stage_files(&self.stages);
        let around = Surroundings { images: &images, context: &self.context, stages: &stages };
        let answer = match question["ask"].as_str().unwrap_or("") {
            "complete" => self.complete(text, at, &places, &around),
            "hover" => self.hover(text, at, &places, &around),
            "definition" => language::definition(text, at).map_or(Value::Null, |span| places.span(&span)),
            "occurrences" => {
                language::occurrences(text, at).iter().map(|one| places.span(&one.span)).collect::<Vec<_>>().into()
            }
            "rename" => match language::rename(text, at, question["name"].as_str().unwrap_or("")) {
                Ok(edits) => {
                    json!({ "edits": edits.iter().map(|one| places.edit(&one.span, &one.insert)).collect::<Vec<_>>() })
                }
                Err(reason) => json!({ "error": say::<&str>(self.language, &format!("rename.{reason}"), &[]) }),
            },
            "folds" => language::folds(text).iter().map(|fold| places.span(&fold.span)).collect::<Vec<_>>().into(),
            "tokens" => {
                let one = |token: &language::Token| {
                    json!([places.unit(token.span.start), places.unit(token.span.end), token_name(token.kind)])
                };
                language::tokens(text).iter().map(one).collect::<Vec<_>>().into()
            }
            "format" => match dockerfile::format(text) {
                Ok(formatted) => json!({ "text": formatted }),
                Err(error) => json!({ "error": error.to_string() }),
            },
            _ => Value::Null,
        };
        answer.to_string()
    }

    fn complete(&self, text: &str, at: usize, places: &Places, around: &Surroundings) -> Value {
        let found = language::complete(text, at, around);
        let one = |one: &language::Completion| {
            let mut value = places.edit(&one.span, &one.insert);
            value["kind"] = kind_name(one.kind).into();
            let word = one.insert.trim().to_lowercase();
            if one.kind == CompletionKind::Instruction {
                value["info"] = say::<&str>(self.language, &format!("instruction.{word}"), &[]).into();
            }
            value
        };
        found.iter().map(one).collect::<Vec<_>>().into()
    }

    fn hover(&self, text: &str, at: usize, places: &Places, around: &Surroundings) -> Value {
        let Some(hover) = language::hover(text, at, around) else {
            return Value::Null;
        };
        let mut value = places.span(&hover.span);
        value["words"] = say(self.language, &hover.code, &hover.params).into();
        value
    }
}

/// CodeMirror's names, which choose the sign before a completion.
fn kind_name(kind: CompletionKind) -> &'static str {
    match kind {
        CompletionKind::Instruction => "keyword",
        CompletionKind::Flag => "property",
        CompletionKind::Value => "constant",
        CompletionKind::Stage => "namespace",
        CompletionKind::Image => "class",
        CompletionKind::Variable => "variable",
        CompletionKind::Path => "text",
    }
}

fn token_name(kind: TokenKind) -> &'static str {
    match kind {
        TokenKind::Keyword => "keyword",
        TokenKind::Flag => "flag",
        TokenKind::Directive => "directive",
        TokenKind::Comment => "comment",
        TokenKind::Variable => "variable",
        TokenKind::Image => "image",
        TokenKind::Stage => "stage",
        TokenKind::Heredoc => "heredoc",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service() -> Service {
        Service {
            catalogue: Arc::new(Catalogue::builtin()),
            era: Era::Current,
            context: Tree::new(),
            stages: Vec::new(),
            language: Language::English,
        }
    }

    fn ask(question: Value) -> Value {
        serde_json::from_str(&service().answer(&question.to_string())).unwrap()
    }

    #[test]
    fn places_are_the_editors() {
        // Two units for the emoji, one for the sign, and more bytes than both.
        let text = "# 😀é\nFROM alpine AS eins\nFROM eins\n";
        let at = text.encode_utf16().count() - 3;
        let answer = ask(json!({ "ask": "definition", "text": text, "at": at }));
        let units: Vec<u16> = text.encode_utf16().collect();
        let [from, to] = ["from", "to"].map(|key| answer[key].as_u64().unwrap() as usize);
        assert_eq!(String::from_utf16(&units[from..to]).unwrap(), "eins");
    }

    #[test]
    fn questions_are_answered_and_nonsense_is_not() {
        let answer = ask(json!({ "ask": "complete", "text": "FR", "at": 2 }));
        assert_eq!((answer[0]["insert"].as_str(), answer[0]["from"].as_u64()), (Some("FROM "), Some(0)));
        assert!(answer[0]["info"].as_str().unwrap().contains("stage"));
        let hover = ask(json!({ "ask": "hover", "text": "FROM alpine\n", "at": 7 }));
        assert!(hover["words"].as_str().unwrap().contains("alpine"));
        let error = ask(json!({ "ask": "rename", "text": "FROM a AS b\n", "at": 10, "name": "B!" }));
        assert!(error["error"].as_str().unwrap().len() > 5);
        assert_eq!(service().answer("{"), "null");
        assert_eq!(ask(json!({ "ask": "x", "at": 1e18 })), Value::Null);
    }
}
