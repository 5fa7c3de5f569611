//! The words of the interface, from `www/i18n`.

use serde_json::Value;
use stageplay_core::words::Language;
use std::cell::OnceCell;

thread_local! {
    static TABLES: [OnceCell<Value>; 2] = const { [OnceCell::new(), OnceCell::new()] };
}

/// The words of an id in a language; the id itself if it has no words.
pub fn t(language: Language, id: &str) -> String {
    let (index, text) = match language {
        Language::English => (0, include_str!("../../www/i18n/en.json")),
        Language::Chinese => (1, include_str!("../../www/i18n/zh-CN.json")),
    };
    TABLES.with(|tables| {
        let table = tables[index].get_or_init(|| serde_json::from_str(text).unwrap_or_default());
        table.get(id).and_then(Value::as_str).unwrap_or(id).to_string()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_languages_have_the_same_ids() {
        let keys = |text: &str| -> Vec<String> {
            let table: serde_json::Map<String, Value> = serde_json::from_str(text).unwrap();
            table.keys().cloned().collect()
        };
        assert_eq!(keys(include_str!("../../www/i18n/en.json")), keys(include_str!("../../www/i18n/zh-CN.json")));
        assert_eq!(t(Language::English, "editor"), "Editor");
    }
}
