//! The language service of the editor: completion, hover, rename, folding, highlighting and formatting of a
//! Dockerfile. Requests and answers are JSON; the work is done by `stageplay_core::language`.
//!
//! Core counts bytes and the editor counts UTF-16 code units; [`Utf16Offsets`] converts between them.

use super::utf16::Utf16Offsets;
use serde_json::{Value, json};
use stageplay_core::base_images::Catalogue;
use stageplay_core::dockerfile;
use stageplay_core::fs::Tree;
use stageplay_core::image::Day;
use stageplay_core::language::{self, CatalogueImages, CompletionKind, Surroundings, TokenKind};
use stageplay_core::words::{Language, say};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the answers depend on besides the Dockerfile.
#[derive(Debug)]
pub struct LanguageService {
    pub(super) catalogue: Arc<Catalogue>,
    /// The day on which tags are looked up.
    pub(super) day: Day,
    /// The build context.
    pub(super) context: Tree,
    /// The files at the end of each stage, where known.
    pub(super) stages: Vec<Option<Tree>>,
    /// The language of the page.
    pub(super) language: Language,
}

impl LanguageService {
    /// What the last answers lacked, by the names of [`Catalogue::take_missing`].
    pub fn take_missing(&self) -> BTreeSet<String> {
        self.catalogue.take_missing()
    }

    /// Answers a request `{"ask", "text", "at", "name"}`: `ask` is the kind of request, `text` the Dockerfile, `at`
    /// the cursor in UTF-16 code units, `name` the new name of a rename. The answer is `null` if there is none.
    pub fn answer(&self, request: &str) -> String {
        let Ok(request) = serde_json::from_str::<Value>(request) else {
            return "null".into();
        };
        let text = request["text"].as_str().unwrap_or("");
        let offsets = Utf16Offsets::new(text);
        let at = offsets.byte(request["at"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(0));
        let images = CatalogueImages { catalogue: &self.catalogue, day: self.day };
        let stages = language::stage_files(&self.stages);
        let surroundings = Surroundings { images: &images, context: &self.context, stages: &stages };
        let answer = match request["ask"].as_str().unwrap_or("") {
            "complete" => self.complete(text, at, &offsets, &surroundings),
            "hover" => self.hover(text, at, &offsets, &surroundings),
            "definition" => language::definition(text, at).map_or(Value::Null, |span| offsets.span(&span)),
            "occurrences" => {
                language::occurrences(text, at).iter().map(|one| offsets.span(&one.span)).collect::<Vec<_>>().into()
            }
            "rename" => match language::rename(text, at, request["name"].as_str().unwrap_or("")) {
                Ok(edits) => {
                    json!({ "edits": edits.iter().map(|one| offsets.edit(&one.span, &one.insert)).collect::<Vec<_>>() })
                }
                Err(reason) => json!({ "error": say::<&str>(self.language, &format!("rename.{reason}"), &[]) }),
            },
            "folds" => language::folds(text).iter().map(|fold| offsets.span(&fold.span)).collect::<Vec<_>>().into(),
            "tokens" => {
                let to_json = |token: &language::Token| {
                    json!([offsets.unit(token.span.start), offsets.unit(token.span.end), token_class(token.kind)])
                };
                language::tokens(text).iter().map(to_json).collect::<Vec<_>>().into()
            }
            "format" => match dockerfile::format(text) {
                Ok(formatted) => json!({ "text": formatted }),
                Err(error) => json!({ "error": error.to_string() }),
            },
            _ => Value::Null,
        };
        answer.to_string()
    }

    fn complete(&self, text: &str, at: usize, offsets: &Utf16Offsets, surroundings: &Surroundings) -> Value {
        let completions = language::complete(text, at, surroundings);
        let to_json = |completion: &language::Completion| {
            let mut value = offsets.edit(&completion.span, &completion.insert);
            value["kind"] = completion_type(completion.kind).into();
            let word = completion.insert.trim().to_lowercase();
            if completion.kind == CompletionKind::Instruction {
                value["info"] = say::<&str>(self.language, &format!("instruction.{word}"), &[]).into();
            }
            value
        };
        completions.iter().map(to_json).collect::<Vec<_>>().into()
    }

    fn hover(&self, text: &str, at: usize, offsets: &Utf16Offsets, surroundings: &Surroundings) -> Value {
        let Some(hover) = language::hover(text, at, surroundings) else {
            return Value::Null;
        };
        let mut value = offsets.span(&hover.span);
        value["words"] = say(self.language, &hover.code, &hover.params).into();
        value
    }
}

/// The `type` of a completion in CodeMirror, which selects its icon.
fn completion_type(kind: CompletionKind) -> &'static str {
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

/// The suffix of the CSS class `token-…` of a token.
fn token_class(kind: TokenKind) -> &'static str {
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

    fn service() -> LanguageService {
        LanguageService {
            catalogue: Arc::new(Catalogue::builtin()),
            day: stageplay_core::base_images::newest_day(),
            context: Tree::new(),
            stages: Vec::new(),
            language: Language::English,
        }
    }

    fn ask(request: Value) -> Value {
        serde_json::from_str(&service().answer(&request.to_string())).unwrap()
    }

    #[test]
    fn offsets_are_utf16_code_units() {
        // The emoji takes two code units, the accented letter one; both take more bytes.
        let text = "# 😀é\nFROM alpine AS eins\nFROM eins\n";
        let at = text.encode_utf16().count() - 3;
        let answer = ask(json!({ "ask": "definition", "text": text, "at": at }));
        let units: Vec<u16> = text.encode_utf16().collect();
        let [from, to] = ["from", "to"].map(|key| answer[key].as_u64().unwrap() as usize);
        assert_eq!(String::from_utf16(&units[from..to]).unwrap(), "eins");
    }

    #[test]
    fn requests_are_answered_and_malformed_ones_are_not() {
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
