//! The words of the page: those of the interface, from `www/i18n`, and those that the simulator has as well.

use serde_json::Value;
use stageplay_report::words::Language;
use std::cell::OnceCell;

thread_local! {
    static TABLES: [OnceCell<Value>; 4] = const { [const { OnceCell::new() }; 4] };
}

/// The words in one language, JSON: those of the interface, those of the simulator.
pub type Words = [&'static str; 2];

const ENGLISH: Words = [
    include_str!(concat!(env!("OUT_DIR"), "/interface-en.json")),
    include_str!(concat!(env!("OUT_DIR"), "/simulator-en.json")),
];

/// The words in Chinese. They are a piece of the page's program.
pub fn chinese() -> Words {
    [
        include_str!(concat!(env!("OUT_DIR"), "/interface-zh-CN.json")),
        include_str!(concat!(env!("OUT_DIR"), "/simulator-zh-CN.json")),
    ]
}

#[cfg(feature = "split")]
thread_local! {
    static CHINESE: std::cell::Cell<Option<Words>> = const { std::cell::Cell::new(None) };
}

/// Keeps the words in Chinese, which are loaded.
#[cfg(feature = "split")]
pub fn keep_chinese(words: Words) {
    CHINESE.set(Some(words));
}

/// Keeps nothing: all words are a part of this program.
#[cfg(not(feature = "split"))]
pub fn keep_chinese(_: Words) {}

/// The words in a language, if they are there.
fn words(language: Language) -> Option<Words> {
    match language {
        Language::English => Some(ENGLISH),
        #[cfg(feature = "split")]
        Language::Chinese => CHINESE.get(),
        #[cfg(not(feature = "split"))]
        Language::Chinese => Some(chinese()),
    }
}

/// The words of an id: of the interface (0) or of the simulator (1). They are English while those of the language are not
/// there, and the id itself if it has none.
fn look_up(language: Language, kind: usize, id: &str) -> String {
    let (language, texts) = words(language).map_or((Language::English, ENGLISH), |words| (language, words));
    TABLES.with(|tables| {
        let table =
            tables[2 * kind + language as usize].get_or_init(|| serde_json::from_str(texts[kind]).unwrap_or_default());
        table.get(id).and_then(Value::as_str).unwrap_or(id).to_string()
    })
}

/// The words of the interface for an id in a language.
pub fn t(language: Language, id: &str) -> String {
    look_up(language, 0, id)
}

/// The colon of a language: a full-width one has the space behind it in it.
pub fn colon(language: Language) -> &'static str {
    if language == Language::Chinese { "：" } else { ": " }
}

/// A text with each `{name}` replaced.
pub fn fill(text: &str, params: &[(&str, String)]) -> String {
    params.iter().fold(text.to_string(), |text, (name, value)| text.replace(&format!("{{{name}}}"), value))
}

/// The message of an id that the simulator has as well, with each `{name}` replaced.
pub fn say(language: Language, id: &str, params: &[(&'static str, String)]) -> String {
    fill(&look_up(language, 1, id), params)
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_report::words;

    #[test]
    fn both_languages_have_the_same_ids() {
        let keys = |text: &str| -> Vec<String> {
            let table: serde_json::Map<String, Value> = serde_json::from_str(text).unwrap();
            table.keys().cloned().collect()
        };
        assert_eq!(ENGLISH.map(keys), chinese().map(keys));
        assert_eq!(
            (t(Language::English, "editor"), t(Language::Chinese, "editor")),
            ("Editor".into(), "编辑器".into())
        );
    }

    #[test]
    fn the_page_says_what_the_simulator_says() {
        for language in [Language::English, Language::Chinese] {
            for id in
                ["page.server-lost", "page.more-files", "compare.what.step", "rename.bad-name", "instruction.from"]
            {
                let params = [("count", "3".to_string())];
                assert_eq!(say(language, id, &params), words::say(language, id, &params));
                assert_ne!(say(language, id, &params), id);
            }
        }
    }

    /// The words of the scripts that load when they are needed: English, Chinese.
    const SCRIPTS: [[&str; 2]; 2] = [
        [include_str!("../../www/exercises/words/en.json"), include_str!("../../www/exercises/words/zh-CN.json")],
        [include_str!("../../www/teach/words/en.json"), include_str!("../../www/teach/words/zh-CN.json")],
    ];

    #[test]
    fn the_scripts_have_the_same_words_with_the_same_places_in_both_languages() {
        let places = |text: &str| -> Vec<String> {
            let parts = text.split('{').skip(1).filter_map(|part| part.split_once('}'));
            let mut names: Vec<String> = parts.map(|(name, _)| name.to_string()).collect();
            names.sort();
            names
        };
        for texts in SCRIPTS {
            let [english, chinese] = texts.map(|text| serde_json::from_str::<serde_json::Map<_, Value>>(text).unwrap());
            assert_eq!(english.keys().collect::<Vec<_>>(), chinese.keys().collect::<Vec<_>>());
            for (id, text) in &english {
                assert_eq!(places(text.as_str().unwrap()), places(chinese[id].as_str().unwrap()), "{id}");
            }
        }
    }

    #[test]
    fn chinese_words_have_chinese_punctuation() {
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let texts = [chinese()[0], SCRIPTS[0][1], SCRIPTS[1][1]];
        let read = |text| serde_json::from_str::<serde_json::Map<String, Value>>(text).unwrap();
        for (id, text) in texts.into_iter().flat_map(read) {
            let text: Vec<char> = text.as_str().unwrap_or_default().chars().collect();
            let is_half_width = |pair: &[char]| is_chinese(pair[0]) && ",.;:?!()".contains(pair[1]);
            assert!(!text.windows(2).any(is_half_width), "{id}: {}", text.iter().collect::<String>());
        }
    }
}
