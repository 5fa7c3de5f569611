//! The editor's questions that the text alone answers. A question that needs base images or files is for the
//! simulator.

use crate::i18n::say;
use stageplay_dockerfile::language::{
    BaseImages, DirectoryEntry, ImageLookup, SourceFiles, SourceSummary, Surroundings,
};
use stageplay_dockerfile::reference::Reference;
use stageplay_protocol::LanguageService;
use stageplay_report::words::Language;
use std::cell::Cell;

/// The answer to a question of the editor, as JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The whole answer.
    Whole(String),
    /// The answer as far as the text gives it. The simulator knows more.
    InPart(String),
}

/// Surroundings that know nothing and note that they were asked.
#[derive(Debug, Default)]
struct Unknown {
    asked: Cell<bool>,
}

impl BaseImages for Unknown {
    fn repositories(&self) -> Vec<&str> {
        self.asked.set(true);
        Vec::new()
    }

    fn tags(&self, _: &str, _: &str, _: usize) -> Vec<String> {
        self.asked.set(true);
        Vec::new()
    }

    fn find(&self, _: &Reference) -> ImageLookup {
        self.asked.set(true);
        ImageLookup::NotLoaded
    }
}

impl SourceFiles for Unknown {
    fn list(&self, _: &str) -> Vec<DirectoryEntry> {
        self.asked.set(true);
        Vec::new()
    }

    fn measure(&self, _: &str) -> Option<SourceSummary> {
        self.asked.set(true);
        None
    }
}

/// The stages whose files may be asked for. A Dockerfile with more is answered in part.
const MAX_STAGES: usize = 64;

/// Answers a question of the editor, or of the terminal, whose commands only the simulator knows.
pub fn answer(question: &str, language: Language) -> Answer {
    let asked: serde_json::Value = serde_json::from_str(question).unwrap_or_default();
    if asked["ask"] == "complete-command" {
        return Answer::InPart("null".into());
    }
    let unknown = Unknown::default();
    let stages = [Some(&unknown as &dyn SourceFiles); MAX_STAGES];
    let surroundings = Surroundings { images: &unknown, context: &unknown, stages: &stages };
    let answer = LanguageService { surroundings, language, say }.answer(question);
    if unknown.asked.get() { Answer::InPart(answer) } else { Answer::Whole(answer) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn ask(question: Value) -> (Value, bool) {
        match answer(&question.to_string(), Language::English) {
            Answer::Whole(answer) => (serde_json::from_str(&answer).unwrap(), true),
            Answer::InPart(answer) => (serde_json::from_str(&answer).unwrap(), false),
        }
    }

    #[test]
    fn offsets_are_utf16_code_units() {
        // The emoji takes two code units, the accented letter one; both take more bytes.
        let text = "# 😀é\nFROM alpine AS eins\nFROM eins\n";
        let at = text.encode_utf16().count() - 3;
        let (answer, _) = ask(json!({ "ask": "definition", "text": text, "at": at }));
        let units: Vec<u16> = text.encode_utf16().collect();
        let [from, to] = ["from", "to"].map(|key| answer[key].as_u64().unwrap() as usize);
        assert_eq!(String::from_utf16(&units[from..to]).unwrap(), "eins");
    }

    #[test]
    fn what_the_text_decides_is_answered_without_the_simulator() {
        let (answer, is_whole) = ask(json!({ "ask": "complete", "text": "FR", "at": 2 }));
        assert_eq!((answer[0]["insert"].as_str(), answer[0]["from"].as_u64()), (Some("FROM "), Some(0)));
        assert!(is_whole && answer[0]["info"].as_str().unwrap().contains("stage"));
        let (hover, is_whole) = ask(json!({ "ask": "hover", "text": "WORKDIR /a\n", "at": 3 }));
        assert!(is_whole && hover["words"].as_str().unwrap().contains("directory"));
        for question in ["tokens", "folds", "format", "occurrences"] {
            assert!(ask(json!({ "ask": question, "text": "FROM a AS b\nCOPY --from=b /x /y\n", "at": 10 })).1);
        }
        let (error, _) = ask(json!({ "ask": "rename", "text": "FROM a AS b\n", "at": 10, "name": "B!" }));
        assert!(error["error"].as_str().unwrap().len() > 5);
        assert_eq!(answer_of("{"), "null");
        assert_eq!(ask(json!({ "ask": "x", "at": 1e18 })).0, Value::Null);
    }

    fn answer_of(question: &str) -> String {
        match answer(question, Language::English) {
            Answer::Whole(answer) | Answer::InPart(answer) => answer,
        }
    }

    #[test]
    fn images_and_files_are_for_the_simulator() {
        for (text, at) in [("FROM alp", 8), ("FROM alpine\nCOPY ", 17), ("FROM a AS b\nFROM c\nCOPY --from=b /", 34)] {
            assert!(!ask(json!({ "ask": "complete", "text": text, "at": at })).1, "{text}");
        }
        assert!(!ask(json!({ "ask": "complete-command", "text": "docker hist", "at": 11 })).1);
        assert!(!ask(json!({ "ask": "hover", "text": "FROM alpine\n", "at": 7 })).1);
    }
}
