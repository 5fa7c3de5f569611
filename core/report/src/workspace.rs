//! The workspace in the form that is stored and shared: docs/formats/share-link.md.

use serde::{Deserialize, Serialize};

/// Version of the format.
pub const VERSION: u32 = 1;
/// The longest share link, in characters.
pub const MAX_LINK: usize = 1 << 19;
/// The longest stored form, in bytes.
pub const MAX_JSON: usize = 4 << 20;
/// The most files of a workspace.
pub const MAX_FILES: usize = 500;

/// The edited files, the engine and the lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Workspace {
    /// Version of the format.
    pub version: u32,
    /// The id of an engine.
    pub engine: String,
    /// `classic` or `buildkit`.
    pub builder: String,
    /// The day on which tags are looked up, `YYYY-MM-DD`; `None` for the day of the engine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub as_of: Option<String>,
    /// The Dockerfile that is built.
    pub dockerfile: String,
    /// The stage that is built, by its name or its number; `None` for the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// The files of the build context.
    pub files: Vec<File>,
    /// The lesson that is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<String>,
    /// Files that the build context lacks are assumed to exist.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub assume_context: bool,
}

/// The version alone, which a newer form with other fields has, too.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// The path in the build context, without a slash at the start.
    pub path: String,
    /// Permission bits.
    pub mode: u32,
    /// The content.
    #[serde(flatten)]
    pub body: Body,
}

/// The content of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Body {
    /// All of it, as text.
    Text(String),
    /// The start of a binary file.
    Binary {
        /// Its first bytes in base64url without padding.
        head: String,
        /// Its length in bytes.
        len: u64,
        /// The source of the length; `None` if it was counted.
        basis: Option<String>,
    },
}

impl File {
    /// The text of a text file.
    pub fn text(&self) -> Option<&str> {
        match &self.body {
            Body::Text(text) => Some(text),
            Body::Binary { .. } => None,
        }
    }

    /// The length in bytes.
    pub fn len(&self) -> u64 {
        match &self.body {
            Body::Text(text) => text.len() as u64,
            Body::Binary { len, .. } => *len,
        }
    }

    /// Whether the file is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Workspace {
    /// The text of a file.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.iter().find(|file| file.path == path)?.text()
    }

    /// Writes a text file. Files stay in the byte order of their paths.
    pub fn write(&mut self, path: &str, text: String) {
        let body = Body::Text(text);
        match self.files.iter_mut().find(|file| file.path == path) {
            Some(file) => (file.body, file.mode) = (body, 0o644),
            None => {
                let at = self.files.partition_point(|file| file.path.as_str() < path);
                self.files.insert(at, File { path: path.to_string(), mode: 0o644, body });
            }
        }
    }

    /// The form in which it is stored: JSON.
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the stored form. Engine, days and paths are checked by the simulator.
    ///
    /// # Errors
    /// What is wrong, with its position in the text.
    pub fn from_json(text: &str) -> Result<Self, String> {
        if text.len() > MAX_JSON {
            return Err(format!("larger than {MAX_JSON} bytes"));
        }
        let version = |text| serde_json::from_str::<Version>(text).ok().map(|read| read.version);
        if let Some(version) = version(text).filter(|version| *version != VERSION) {
            return Err(format!("made by another version of Stageplay (format {version})"));
        }
        serde_json::from_str(text).map_err(|error| error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_keep_their_order_and_the_stored_form() {
        let json = r#"{"version":1,"engine":"docker-28","builder":"buildkit","dockerfile":"Dockerfile","files":[{"path":"b","mode":420,"text":"x"},{"path":"c","mode":493,"binary":{"head":"f0VMRg","len":9,"basis":null}}]}"#;
        let mut workspace = Workspace::from_json(json).unwrap();
        assert_eq!(workspace.to_json(), json);
        let newer = json.replace("\"version\":1", "\"version\":2,\"more\":[]");
        assert!(Workspace::from_json(&newer).unwrap_err().contains("(format 2)"));
        assert!(Workspace::from_json("{").is_err() && Workspace::from_json("{\"version\":1}").is_err());
        workspace.write("a", "1".into());
        workspace.write("b", "22".into());
        let files: Vec<(&str, u64)> = workspace.files.iter().map(|file| (file.path.as_str(), file.len())).collect();
        assert_eq!(files, [("a", 1), ("b", 2), ("c", 9)]);
        assert_eq!((workspace.text("b"), workspace.text("c")), (Some("22"), None));
    }
}
