//! The list of lessons, and the one that is open.

use stageplay_core::words::Language;

/// A row of `lessons/index.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonEntry {
    /// Folder below `lessons/`.
    pub slug: String,
    /// Titles: English, Chinese.
    pub titles: [String; 2],
    /// The set it belongs to: an id with words.
    pub set: String,
}

impl LessonEntry {
    /// Reads the list.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(text: &str) -> Result<Vec<LessonEntry>, String> {
        let value: serde_json::Value = serde_json::from_str(text).map_err(|error| error.to_string())?;
        let rows = value.as_array().ok_or("not a list")?;
        rows.iter()
            .map(|row| {
                let get = |key: &str| {
                    row.get(key).and_then(|v| v.as_str()).map(str::to_string).ok_or(format!("a row lacks {key}"))
                };
                Ok(LessonEntry { slug: get("slug")?, titles: [get("en")?, get("zh-CN")?], set: get("set")? })
            })
            .collect()
    }

    /// The title in a language.
    pub fn title(&self, language: Language) -> &str {
        match language {
            Language::English => &self.titles[0],
            Language::Chinese => &self.titles[1],
        }
    }
}

/// How a command of the lesson came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// The block's id and the command's place in it.
    pub place: (String, usize),
    /// It printed what the lesson says.
    pub fits: bool,
}
