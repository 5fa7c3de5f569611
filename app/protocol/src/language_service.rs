//! The language service of the editor: completion, hover, rename, folding, highlighting and formatting of a
//! Dockerfile. Requests and answers are JSON; the work is done by `stageplay_dockerfile::language`.
//!
//! The page answers what the text alone decides, and the simulator what needs its base images and the files of stages.
//! The Dockerfile's language counts bytes and the editor counts UTF-16 code units; [`Utf16Offsets`] converts between them.

use crate::utf16::Utf16Offsets;
use serde_json::{Value, json};
use stageplay_dockerfile::language::{self, CompletionKind, Surroundings, TokenKind};
use stageplay_report::words::Language;

/// What the answers depend on besides the text of the request.
#[derive(Debug)]
pub struct LanguageService<'s> {
    /// Base images and files.
    pub surroundings: Surroundings<'s>,
    /// The language of the page.
    pub language: Language,
    /// The message of an id with its parameters: the page has fewer messages than the simulator.
    pub say: Say,
}

/// A table of messages.
pub type Say = fn(Language, &str, &[(&'static str, String)]) -> String;

impl LanguageService<'_> {
    /// Answers a request `{"ask", "text", "at", "name"}`: `ask` is the kind of request, `text` the Dockerfile, `at`
    /// the cursor in UTF-16 code units, `name` the new name of a rename. The answer is `null` if there is none.
    pub fn answer(&self, request: &str) -> String {
        let Ok(request) = serde_json::from_str::<Value>(request) else {
            return "null".into();
        };
        let text = request["text"].as_str().unwrap_or("");
        let offsets = Utf16Offsets::new(text);
        let at = offsets.byte(request["at"].as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(0));
        let answer = match request["ask"].as_str().unwrap_or("") {
            "complete" => self.complete(text, at, &offsets),
            "hover" => self.hover(text, at, &offsets),
            "definition" => language::definition(text, at).map_or(Value::Null, |span| offsets.span(&span)),
            "occurrences" => {
                language::occurrences(text, at).iter().map(|one| offsets.span(&one.span)).collect::<Vec<_>>().into()
            }
            "rename" => match language::rename(text, at, request["name"].as_str().unwrap_or("")) {
                Ok(edits) => {
                    json!({ "edits": edits.iter().map(|one| offsets.edit(&one.span, &one.insert)).collect::<Vec<_>>() })
                }
                Err(reason) => json!({ "error": (self.say)(self.language, &format!("rename.{reason}"), &[]) }),
            },
            "folds" => language::folds(text).iter().map(|fold| offsets.span(&fold.span)).collect::<Vec<_>>().into(),
            "tokens" => tokens_json(text),
            "format" => match stageplay_dockerfile::format(text) {
                Ok(formatted) => json!({ "text": formatted }),
                Err(error) => json!({ "error": error.to_string() }),
            },
            _ => Value::Null,
        };
        answer.to_string()
    }

    fn complete(&self, text: &str, at: usize, offsets: &Utf16Offsets) -> Value {
        let completions = language::complete(text, at, &self.surroundings);
        let to_json = |completion: &language::Completion| {
            let mut value = offsets.edit(&completion.span, &completion.insert);
            value["kind"] = completion_type(completion.kind).into();
            let word = completion.insert.trim().to_lowercase();
            if completion.kind == CompletionKind::Instruction {
                value["info"] = (self.say)(self.language, &format!("instruction.{word}"), &[]).into();
            }
            value
        };
        completions.iter().map(to_json).collect::<Vec<_>>().into()
    }

    fn hover(&self, text: &str, at: usize, offsets: &Utf16Offsets) -> Value {
        let Some(hover) = language::hover(text, at, &self.surroundings) else {
            return Value::Null;
        };
        let mut value = offsets.span(&hover.span);
        value["words"] = (self.say)(self.language, &hover.code, &hover.params).into();
        value
    }
}

/// The colours of a Dockerfile: `[[from, to, class]]`, in UTF-16 code units, with the class of [`token_class`].
pub fn tokens_json(text: &str) -> Value {
    let offsets = Utf16Offsets::new(text);
    let to_json = |token: &language::Token| {
        json!([offsets.unit(token.span.start), offsets.unit(token.span.end), token_class(token.kind)])
    };
    language::tokens(text).iter().map(to_json).collect::<Vec<_>>().into()
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
pub fn token_class(kind: TokenKind) -> &'static str {
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
