//! The list of lessons.

use stageplay_report::words::Language;

/// A row of `lessons/index.json`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LessonEntry {
    /// Folder below `lessons/`.
    pub slug: String,
    /// Titles: English, Chinese.
    pub titles: [String; 2],
    /// The set that the lesson belongs to; `set.{set}` is the id of its words.
    pub set: String,
}

impl LessonEntry {
    /// The lessons that there are.
    pub(super) fn all() -> Vec<LessonEntry> {
        // A test proves that it can be read.
        Self::parse_index(include_str!("../../../www/lessons/index.json")).unwrap_or_default()
    }

    fn parse_index(text: &str) -> Result<Vec<LessonEntry>, String> {
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

/// The entries before and after a lesson in its set; none beside the first and the last, and of a lesson that is not listed.
pub fn neighbours<'a>(lessons: &'a [LessonEntry], slug: &str) -> (Option<&'a LessonEntry>, Option<&'a LessonEntry>) {
    let Some(at) = lessons.iter().position(|lesson| lesson.slug == slug) else { return (None, None) };
    let of_set = |other: &&LessonEntry| lessons.get(at).is_some_and(|lesson| lesson.set == other.set);
    let before = at.checked_sub(1).and_then(|before| lessons.get(before)).filter(of_set);
    (before, lessons.get(at + 1).filter(of_set))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lessons_have_neighbours() {
        let all = LessonEntry::all();
        let (before, after) = neighbours(&all, &all[1].slug);
        assert_eq!((before, after), (Some(&all[0]), Some(&all[2])));
        assert_eq!(neighbours(&all, &all[0].slug).0, None);
        assert_eq!(neighbours(&all, &all[all.len() - 1].slug).1, None);
        assert_eq!(neighbours(&all, "none"), (None, None));
        assert_eq!(neighbours(&all, "today/01-on-ubuntu").0, None, "another set");
        assert_eq!(neighbours(&all, "then/06-multi-stage").1, None, "another set");
    }

    #[test]
    fn the_list_of_lessons_can_be_read() {
        let index = LessonEntry::parse_index(include_str!("../../../www/lessons/index.json")).unwrap();
        assert!(index.len() > 5 && index.iter().all(|lesson| !lesson.title(Language::Chinese).is_empty()));
    }
}
