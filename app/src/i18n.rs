//! The words of the page: those of the interface, from `www/i18n`, and those that the simulator has as well.

use serde_json::Value;
use stageplay_report::words::Language;
use std::cell::OnceCell;

thread_local! {
    static TABLES: [OnceCell<Value>; 4] = const { [const { OnceCell::new() }; 4] };
}

const TEXTS: [&str; 4] = [
    include_str!("../../www/i18n/en.json"),
    include_str!("../../www/i18n/zh-CN.json"),
    include_str!(concat!(env!("OUT_DIR"), "/en.json")),
    include_str!(concat!(env!("OUT_DIR"), "/zh-CN.json")),
];

/// The words of an id in a table; the id itself if it has no words.
fn look_up(index: usize, id: &str) -> String {
    TABLES.with(|tables| {
        let table = tables[index].get_or_init(|| serde_json::from_str(TEXTS[index]).unwrap_or_default());
        table.get(id).and_then(Value::as_str).unwrap_or(id).to_string()
    })
}

/// The words of the interface for an id in a language.
pub fn t(language: Language, id: &str) -> String {
    look_up(language as usize, id)
}

/// The message of an id that the simulator has as well, with each `{name}` replaced.
pub fn say(language: Language, id: &str, params: &[(&'static str, String)]) -> String {
    let mut text = look_up(2 + language as usize, id);
    for (name, value) in params {
        text = text.replace(&format!("{{{name}}}"), value);
    }
    text
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
        assert_eq!(keys(TEXTS[0]), keys(TEXTS[1]));
        assert_eq!(keys(TEXTS[2]), keys(TEXTS[3]));
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

    #[test]
    fn chinese_words_have_chinese_punctuation() {
        let is_chinese = |c: char| ('\u{4e00}'..='\u{9fff}').contains(&c);
        let table: serde_json::Map<String, Value> = serde_json::from_str(TEXTS[1]).unwrap();
        for (id, text) in table {
            let text: Vec<char> = text.as_str().unwrap_or_default().chars().collect();
            let is_half_width = |pair: &[char]| is_chinese(pair[0]) && ",.;:?!()".contains(pair[1]);
            assert!(!text.windows(2).any(is_half_width), "{id}: {}", text.iter().collect::<String>());
        }
    }
}
