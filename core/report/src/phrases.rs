//! Names and bases of sizes in the language of the report.
//!
//! They are made in English while a build is simulated, when no language is chosen. Here they are found again by their
//! English template and said in the other language. Sources of figures are quoted as they are.

use crate::words::Language;
use std::collections::BTreeMap;
use std::sync::OnceLock;

/// A template in pieces: what stands before, between and behind its places, and the names of the places.
struct Template {
    texts: Vec<String>,
    places: Vec<String>,
}

impl Template {
    fn new(template: &str) -> Template {
        let (mut texts, mut places) = (Vec::new(), Vec::new());
        let mut parts = template.split('{');
        texts.extend(parts.next().map(str::to_string));
        for part in parts {
            let (place, text) = part.split_once('}').unwrap_or((part, ""));
            places.push(place.to_string());
            texts.push(text.to_string());
        }
        Template { texts, places }
    }

    /// What stands in the places of a text that has this form. A place holds at least one character.
    fn read<'a>(&self, text: &'a str) -> Option<Vec<&'a str>> {
        let (first, rest) = self.texts.split_first()?;
        let mut text = text.strip_prefix(first.as_str())?;
        let Some((last, between)) = rest.split_last() else { return text.is_empty().then(Vec::new) };
        let mut values = Vec::new();
        for next in between {
            let (value, behind) = text.split_once(next.as_str())?;
            values.push(value);
            text = behind;
        }
        values.push(text.strip_suffix(last.as_str())?);
        values.iter().all(|value| !value.is_empty()).then_some(values)
    }

    /// The length of the text without the places: of two forms that fit, the longer one tells more.
    fn len(&self) -> usize {
        self.texts.iter().map(String::len).sum()
    }
}

/// The English templates with the Chinese ones, the longest first.
fn chinese() -> &'static [(Template, String)] {
    static PHRASES: OnceLock<Vec<(Template, String)>> = OnceLock::new();
    PHRASES.get_or_init(|| {
        let table: BTreeMap<String, String> =
            serde_json::from_str(include_str!("../../data/words/phrases.zh-CN.json")).unwrap_or_default();
        let mut phrases: Vec<(Template, String)> =
            table.into_iter().map(|(english, chinese)| (Template::new(&english), chinese)).collect();
        phrases.sort_by_key(|(template, _)| std::cmp::Reverse(template.len()));
        phrases
    })
}

/// A name or a basis in a language. A text of no known form, such as a path or a source, is returned as it is.
pub fn say_phrase(language: Language, text: &str) -> String {
    if language == Language::English {
        return text.to_string();
    }
    let read = |(template, chinese): &'static (Template, String)| Some((template, chinese, template.read(text)?));
    let Some((template, chinese, values)) = chinese().iter().find_map(read) else { return text.to_string() };
    let mut said = chinese.clone();
    for (place, value) in template.places.iter().zip(values) {
        said = said.replace(&format!("{{{place}}}"), value);
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(text: &str) -> String {
        say_phrase(Language::Chinese, text)
    }

    #[test]
    fn a_phrase_is_said_with_what_stands_in_its_places() {
        assert_eq!(said("npm's cache"), "npm 的缓存");
        assert_eq!(said("pip's cache of flask and 3 more"), "flask 等在 pip 缓存中的内容（另有 3 个）");
        assert_eq!(said("the size of /a is estimated"), "the size of /a is estimated");
        assert_eq!(said("not built"), "没有构建");
        assert_eq!(said("the size of x is not known"), "x 的大小未知");
        assert_eq!(say_phrase(Language::English, "npm's cache"), "npm's cache");
    }

    #[test]
    fn what_has_no_form_of_its_own_is_returned_as_it_is() {
        for text in ["", "'s cache", "/etc/passwd", "libfoo", "{", "npm install", "the size of  is not known"] {
            assert_eq!(said(text), text);
        }
    }

    #[test]
    fn every_phrase_has_its_places_in_chinese_and_is_found_by_its_own_form() {
        assert!(chinese().len() > 50);
        for (template, chinese) in chinese() {
            let values: Vec<String> = template.places.iter().map(|place| format!("<{place}>")).collect();
            let mut text = template.texts[0].clone();
            for (value, behind) in values.iter().zip(&template.texts[1..]) {
                text.push_str(value);
                text.push_str(behind);
            }
            let mut expected = chinese.clone();
            for place in &template.places {
                assert!(chinese.contains(&format!("{{{place}}}")), "{chinese} has no {place}");
                expected = expected.replace(&format!("{{{place}}}"), &format!("<{place}>"));
            }
            assert_eq!(said(&text), expected, "{text}");
        }
    }
}
