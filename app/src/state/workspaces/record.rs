//! The form in which a workspace is kept in the browser's storage: docs/formats/stored-workspaces.md.

use serde::{Deserialize, Serialize};
use stageplay_dockerfile::{Keyword, syntax};
use stageplay_protocol::{MAX_FILES, MAX_JSON, Workspace};

/// Version of the form.
pub const FORMAT: u32 = 1;
/// The longest name of a workspace, in characters.
const MAX_NAME: usize = 80;

/// Where a workspace comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// The example of the first visit.
    Start,
    /// The person's own files.
    Own,
    /// A lesson, by its slug.
    Lesson(String),
    /// An example, by its name.
    Example(String),
    /// An exercise, by its name.
    Exercise(String),
    /// A share link, or an address with files in it.
    Link,
}

impl Origin {
    /// The id of the workspace of this origin; `None` where there may be several.
    pub fn id(&self) -> Option<String> {
        match self {
            Origin::Start => Some("start".into()),
            Origin::Own | Origin::Link => None,
            Origin::Lesson(slug) => Some(format!("lesson/{slug}")),
            Origin::Example(name) => Some(format!("example/{name}")),
            Origin::Exercise(name) => Some(format!("exercise/{name}")),
        }
    }

    /// The origin that an id says.
    pub fn of_id(id: &str) -> Option<Origin> {
        let (kind, name) = id.split_once('/').unwrap_or((id, ""));
        match kind {
            "start" => Some(Origin::Start),
            "lesson" => Some(Origin::Lesson(name.into())),
            "example" => Some(Origin::Example(name.into())),
            "exercise" => Some(Origin::Exercise(name.into())),
            _ => None,
        }
    }

    /// Whether a workspace of this origin is there to be looked at: a Dockerfile that is pasted over its own begins a
    /// workspace of the person's.
    pub fn is_shown_as_example(&self) -> bool {
        matches!(self, Origin::Start | Origin::Example(_))
    }
}

/// A workspace as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Version of the form.
    pub format: u32,
    /// Another text after each change, so that a page sees whether another one changed the workspace.
    pub revision: String,
    /// When it was changed, in milliseconds since 1970.
    pub saved: u64,
    /// Where it comes from.
    pub origin: Origin,
    /// The name that the person gave it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its files, engine and lesson.
    pub workspace: Workspace,
    /// What a link brought, before anything was changed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened: Option<Workspace>,
}

/// Why a record cannot be opened. It stays where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecordProblem {
    /// A newer version of the page wrote it, in this form.
    Newer(u32),
    /// It cannot be read: why.
    Broken(String),
}

impl Record {
    /// The stored text. The revision stands near its beginning.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads a stored text.
    ///
    /// # Errors
    /// A newer version wrote it, or it is broken.
    pub fn from_json(text: &str) -> Result<Record, RecordProblem> {
        #[derive(Deserialize)]
        struct Format {
            format: u32,
        }
        let broken = |why: String| RecordProblem::Broken(why);
        // The record is a little longer than its workspace, of which it may hold two states.
        if text.len() > 3 * MAX_JSON {
            return Err(broken(format!("larger than {} bytes", 3 * MAX_JSON)));
        }
        let format: Format = serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
        if format.format > FORMAT {
            return Err(RecordProblem::Newer(format.format));
        }
        let record: Record = serde_json::from_str(text).map_err(|error| broken(error.to_string()))?;
        if record.workspace.version > stageplay_report::workspace::VERSION {
            return Err(RecordProblem::Newer(record.workspace.version));
        }
        if [Some(&record.workspace), record.opened.as_ref()]
            .into_iter()
            .flatten()
            .any(|one| one.files.len() > MAX_FILES)
        {
            return Err(broken(format!("more than {MAX_FILES} files")));
        }
        Ok(record)
    }

    /// A name as it is kept: one line of at most 80 characters; `None` for one of blanks.
    pub fn clean_name(name: &str) -> Option<String> {
        let name: String = name.trim().chars().filter(|c| !c.is_control()).take(MAX_NAME).collect();
        Some(name).filter(|name| !name.is_empty())
    }
}

/// The revision of a stored text, without reading all of it; empty if there is none.
pub fn revision_of(json: &str) -> &str {
    let start: usize = json.char_indices().nth(120).map_or(json.len(), |(at, _)| at);
    let head = json.get(..start).unwrap_or_default();
    let value = head.split_once("\"revision\":\"").map(|(_, rest)| rest);
    value.and_then(|rest| rest.split_once('"')).map_or("", |(revision, _)| revision)
}

/// The reference of the last FROM of a Dockerfile, which tells one from another in a list.
pub fn base_of(dockerfile: &str) -> Option<String> {
    let file = syntax::parse(dockerfile);
    let last = file.nodes.iter().rfind(|node| node.head.kind == Some(Keyword::From))?;
    file.words(last).next().map(str::to_string)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        let json = r#"{"version":1,"engine":"docker-28","builder":"buildkit","dockerfile":"D","files":[]}"#;
        let workspace = Workspace::from_json(json).unwrap();
        Record {
            format: FORMAT,
            revision: "r-1".into(),
            saved: 5,
            origin: Origin::Own,
            name: None,
            workspace,
            opened: None,
        }
    }

    #[test]
    fn a_record_is_read_back_and_its_revision_is_seen_without_reading_it() {
        let json = record().to_json();
        assert_eq!(Record::from_json(&json), Ok(record()));
        assert_eq!((revision_of(&json), revision_of(""), revision_of("你\"revision\":")), ("r-1", "", ""));
        for origin in
            [Origin::Start, Origin::Lesson("a/b".into()), Origin::Example("go".into()), Origin::Exercise("x/y".into())]
        {
            assert_eq!(Origin::of_id(&origin.id().unwrap()), Some(origin));
        }
        assert_eq!((Origin::Own.id(), Origin::of_id("w/1-2")), (None, None));
    }

    #[test]
    fn a_newer_record_is_told_from_a_broken_one() {
        let json = record().to_json();
        let newer = json.replace("\"format\":1", "\"format\":2,\"more\":1");
        assert_eq!(Record::from_json(&newer), Err(RecordProblem::Newer(2)));
        assert_eq!(Record::from_json(&json.replace("\"version\":1", "\"version\":9")), Err(RecordProblem::Newer(9)));
        for broken in ["", "{}", "[1]", &json[..json.len() - 1], &json.replace("saved", "sav")] {
            assert!(matches!(Record::from_json(broken), Err(RecordProblem::Broken(_))), "{broken}");
        }
    }

    #[test]
    fn names_are_one_line_and_a_dockerfile_is_told_by_its_last_base() {
        assert_eq!(Record::clean_name(" a\nb "), Some("ab".into()));
        assert_eq!((Record::clean_name(" \t"), Record::clean_name(&"x".repeat(99)).unwrap().len()), (None, MAX_NAME));
        assert_eq!(
            base_of("FROM a AS b\nfrom --platform=linux/amd64 nginx:1.27 AS c\nRUN x\n"),
            Some("nginx:1.27".into())
        );
        assert_eq!((base_of("RUN x"), base_of("FROM")), (None, None));
    }
}
