//! The list of examples, `examples/index.json` of the page's data: `app/prerender` makes it from `www/examples`.

use crate::i18n::t;
use serde::Deserialize;
use stageplay_report::words::Language;
use std::collections::BTreeMap;

/// A text in both languages, by its BCP 47 tag.
pub type Texts = BTreeMap<String, String>;

/// The examples by group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct ExampleList {
    /// The groups in teaching order.
    pub groups: Vec<ExampleGroup>,
}

/// A group of examples.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ExampleGroup {
    /// Its title.
    pub title: Texts,
    /// Its examples.
    pub examples: Vec<ExampleEntry>,
}

/// An example.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ExampleEntry {
    /// Its name, which is that of its folder.
    pub name: String,
    /// Its title.
    pub title: Texts,
    /// What there is to see.
    pub summary: Texts,
    /// What it is about, such as `go`.
    pub topics: Vec<String>,
}

/// A text in a language; English if there is none.
fn text_of(texts: &Texts, language: Language) -> &str {
    texts.get(language.tag()).or_else(|| texts.get("en")).map_or("", String::as_str)
}

impl ExampleList {
    /// The example of a name.
    pub fn find(&self, name: &str) -> Option<&ExampleEntry> {
        self.groups.iter().flat_map(|group| &group.examples).find(|example| example.name == name)
    }
}

impl ExampleGroup {
    /// The title in a language.
    pub fn title(&self, language: Language) -> &str {
        text_of(&self.title, language)
    }
}

impl ExampleEntry {
    /// The title in a language.
    pub fn title(&self, language: Language) -> &str {
        text_of(&self.title, language)
    }

    /// What there is to see, in a language.
    pub fn summary(&self, language: Language) -> &str {
        text_of(&self.summary, language)
    }

    /// What it is about, in a language. A name such as `go` is the same in all.
    pub fn topics(&self, language: Language) -> impl Iterator<Item = String> {
        self.topics.iter().map(move |topic| {
            let id = format!("topic.{topic}");
            Some(t(language, &id)).filter(|words| *words != id).unwrap_or_else(|| topic.clone())
        })
    }

    /// Whether title, summary, name or topics contain a text, whatever the case.
    pub fn fits(&self, query: &str, language: Language) -> bool {
        let query = query.trim().to_lowercase();
        let texts = [self.title(language), text_of(&self.summary, language), &self.name];
        let topics = self.topics.iter().cloned().chain(self.topics(language));
        texts.into_iter().map(str::to_string).chain(topics).any(|text| text.to_lowercase().contains(&query))
    }
}
