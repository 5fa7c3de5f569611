//! Texts for people in several languages, and patterns.

use crate::text::wildcard_fits;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;
use std::fmt;

/// A text by language, such as `en` and `zh-CN`. A plain text has no language: the key is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text(pub BTreeMap<String, String>);

impl Text {
    /// The text in a language, else in English, else in any.
    pub fn get(&self, language: &str) -> &str {
        let found = [language, "en", ""].iter().find_map(|key| self.0.get(*key));
        found.or_else(|| self.0.values().next()).map_or("", String::as_str)
    }

    /// Whether the text has a version of its own for a language.
    pub(super) fn has(&self, language: &str) -> bool {
        self.0.get(language).is_some_and(|text| !text.trim().is_empty())
    }
}

struct TextVisitor;

impl<'de> Visitor<'de> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or a table of texts by language such as { en = \"…\", zh-CN = \"…\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Text, E> {
        Ok(Text(BTreeMap::from([(String::new(), text.to_string())])))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Text, A::Error> {
        let mut texts = BTreeMap::new();
        while let Some((language, text)) = map.next_entry::<String, String>()? {
            texts.insert(language, text);
        }
        Ok(Text(texts))
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(TextVisitor)
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Text {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Text".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A text, or a table of texts by language: { en = \"…\", zh-CN = \"…\" }",
            "anyOf": [{"type": "string"}, {"type": "object", "additionalProperties": {"type": "string"}}]
        })
    }
}

/// Whether a name is a language tag such as `en` or `zh-CN`.
pub(super) fn is_language(tag: &str) -> bool {
    let mut parts = tag.split('-');
    let main = parts.next().unwrap_or("");
    let is_main = (2..=3).contains(&main.len()) && main.chars().all(|c| c.is_ascii_lowercase());
    is_main && parts.all(|part| (2..=8).contains(&part.len()) && part.chars().all(|c| c.is_ascii_alphanumeric()))
}

/// Whether a text fits a pattern, in which `*` stands for any characters.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    wildcard_fits(pattern, "*", text)
}

/// The text with each run of blanks as one space.
pub(super) fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, text, fitting) in [
            ("alpine:3.*", "alpine:3.22", true),
            ("alpine:3.*", "alpine:latest", false),
            ("*", "", true),
            ("/usr/*/doc", "/usr/share/a/doc", true),
            ("a*a", "a", false),
            ("a", "ab", false),
            ("*b*", "abc", true),
        ] {
            assert_eq!(fits(pattern, text), fitting, "{pattern} {text}");
        }
    }

    #[test]
    fn a_text_is_had_in_the_nearest_language() {
        let text = Text(BTreeMap::from([("en".into(), "one".into()), ("zh-CN".into(), "一".into())]));
        assert_eq!((text.get("zh-CN"), text.get("fr")), ("一", "one"));
        assert!(!text.has("fr"));
        assert!(is_language("zh-CN") && is_language("en") && !is_language("readme") && !is_language("EN"));
    }
}
