//! Messages for people, by id and language. They do not affect results.

use std::collections::BTreeMap;
use std::sync::OnceLock;

/// The languages of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Language {
    #[default]
    English,
    Chinese,
}

impl Language {
    /// The BCP 47 tag: `en` or `zh-CN`.
    pub fn tag(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Chinese => "zh-CN",
        }
    }

    /// From a tag: any Chinese tag gives Chinese, any other English.
    pub fn from_tag(tag: &str) -> Self {
        if tag.to_ascii_lowercase().starts_with("zh") { Language::Chinese } else { Language::English }
    }

    fn table(self) -> &'static BTreeMap<String, String> {
        static TABLES: OnceLock<[BTreeMap<String, String>; 2]> = OnceLock::new();
        let [english, chinese] = TABLES.get_or_init(|| {
            let read = |text| serde_json::from_str(text).unwrap_or_default();
            [read(include_str!("../../data/words/en.json")), read(include_str!("../../data/words/zh-CN.json"))]
        });
        match self {
            Language::English => english,
            Language::Chinese => chinese,
        }
    }
}

/// The message of an id with each `{name}` replaced. An id without a message is returned itself.
pub fn say<V: AsRef<str>>(language: Language, id: &str, params: &[(&'static str, V)]) -> String {
    let text = language.table().get(id).or_else(|| Language::English.table().get(id)).map_or(id, String::as_str);
    let mut out = text.to_string();
    for (name, value) in params {
        out = out.replace(&format!("{{{name}}}"), value.as_ref());
    }
    out.trim_end().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_the_same_ids_with_the_same_places() {
        let places = |text: &str| -> Vec<String> {
            let mut found: Vec<String> = text
                .split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}'))
                .map(|(name, _)| name.to_string())
                .collect();
            found.sort();
            found.dedup();
            found
        };
        let (english, chinese) = (Language::English.table(), Language::Chinese.table());
        assert!(english.len() > 50);
        assert_eq!(english.keys().collect::<Vec<_>>(), chinese.keys().collect::<Vec<_>>());
        for (id, text) in english {
            assert_eq!(places(text), places(&chinese[id]), "{id}");
        }
    }

    #[test]
    fn words_carry_their_values() {
        assert_eq!(say(Language::English, "cause.is-directory", &[("path", "/x")]), "/x is a directory");
    }
}
