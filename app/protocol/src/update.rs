//! What the simulator tells the page.

use crate::{Outcome, Workspace};
use serde::{Deserialize, Serialize};
use stageplay_report::Size;
use stageplay_report::compare::Comparison;
use std::rc::Rc;

/// A message of the worker to the page. A field that is `None` did not change.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Update {
    /// The number of the newest request that was carried out; 0 before the first one.
    pub answered: u64,
    /// What happened, in its order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub events: Vec<Event>,
    /// The workspace, if something other than the page's own edits changed it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workspace: Option<Workspace>,
    /// The paths of the ELF files of the build context; told with the workspace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub programs: Option<Vec<String>>,
    /// The result of the newest simulation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub outcome: Option<Rc<Outcome>>,
    /// The program of the image on every base image; the inner `None` if it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "serde_nested")]
    pub matrix: Option<Option<Vec<BaseMatch>>>,
    /// The layer explorer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explorer: Option<ExplorerView>,
    /// The open lesson.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lesson: Option<LessonView>,
    /// The data about base images.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub image_data: Option<ImageDataView>,
    /// The program whose ELF headers are shown; the inner `None` if none is.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "serde_nested")]
    pub program: Option<Option<InspectedProgram>>,
}

/// `Some(None)` is the JSON value `null`, and `None` is a field that is absent.
mod serde_nested {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<T: Serialize, S: Serializer>(
        value: &Option<Option<T>>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        value.as_ref().and_then(Option::as_ref).serialize(serializer)
    }

    pub(super) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Option<T>>, D::Error> {
        Option::deserialize(deserializer).map(Some)
    }
}

/// Something that happened once.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// Show a notice.
    Notice(String),
    /// The terminal prints a text.
    Output(String),
    /// The terminal is emptied.
    ClearTerminal,
    /// The workspace of a lesson was set up.
    LessonStarted,
    /// A command of the lesson was run: id of its block, index in the block, whether output and exit code are those
    /// of the lesson.
    LessonResult(String, usize, bool),
    /// Offer a file as a download: its name, its bytes in base64.
    Download(String, String),
    /// The request of a real build as JSON, and the text of its Dockerfile; or why there is none.
    RealBuild(Result<(String, String), String>),
    /// The comparison of a real build, by the number of the build on this page.
    Compared(u32, Comparison),
    /// The facts on base images that the simulation uses from now on, one a line.
    Calibrated(String),
    /// The answer to a question of the editor; its id and the answer as JSON.
    Answer(u64, String),
}

/// The image's program on one base image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaseMatch {
    /// The base image.
    pub image: String,
    /// Its C library; empty if it has none.
    pub libc: String,
    /// `starts`, `fails` or `unknown`.
    pub verdict: String,
    /// Why it fails or is unknown, in one sentence.
    pub reason: Option<String>,
    /// The size of the image with the program.
    pub size: Size,
}

/// What the layer explorer shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ExplorerView {
    /// The rows, at most 400.
    pub rows: Vec<FileRow>,
    /// The number of rows that are left out.
    pub left_out: usize,
    /// The file that is previewed.
    pub preview: Option<FileView>,
}

/// A row of the file tree or of the search results.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileRow {
    /// The path in the image.
    pub path: String,
    /// The text of the row: the file name in the tree, the whole path in search results.
    pub label: String,
    /// The depth in the tree, counted from 0.
    pub depth: usize,
    /// Whether a directory is expanded; `None` for anything else.
    pub expanded: Option<bool>,
    /// The target of a symbolic link.
    pub link_target: Option<String>,
    /// Permission bits.
    pub mode: u32,
    /// User id and group id.
    pub owner: (u32, u32),
    /// The best estimate of the size in bytes, with all files below a directory.
    pub bytes: u64,
    /// The size as text.
    pub size: String,
    /// The layer that last wrote the path, counted from 1; `None` if no layer of the image lists it.
    pub layer: Option<usize>,
}

/// The preview of a file of the image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FileView {
    /// The path in the image.
    pub path: String,
    /// The id of the words that name its type.
    pub type_id: String,
    /// Permission bits.
    pub mode: u32,
    /// User id and group id.
    pub owner: (u32, u32),
    /// Whether all its bytes are known, so that it can be downloaded.
    pub can_download: bool,
    /// What is shown of it; `None` for anything but a file.
    pub body: Option<FileBody>,
}

/// What is shown of a file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FileBody {
    /// A text file.
    Text {
        /// The text, at most 64 KiB of it.
        text: String,
        /// Whether the file is longer.
        truncated: bool,
    },
    /// The first bytes of a binary file as a hex dump.
    Binary(String),
    /// The headers of an ELF file.
    Elf(Box<ProgramHeaders>),
    /// The content is not known: why, if that is known.
    Unknown(Option<String>),
}

/// The headers of an ELF file that decide whether it starts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProgramHeaders {
    /// The architecture.
    pub machine: String,
    /// `dynamic`, `static`, `static-pie`, `shared` or `none`.
    pub linking: String,
    /// Bytes of the file.
    pub size: u64,
    /// PT_INTERP.
    pub interpreter: Option<String>,
    /// DT_NEEDED, in order.
    pub needed: Vec<String>,
    /// Versions needed: library, versions.
    pub versions: Vec<(String, Vec<String>)>,
    /// The directories of DT_RPATH and DT_RUNPATH.
    pub search_paths: Vec<String>,
    /// Go's version, or the texts of `.comment`, which name compilers.
    pub built_with: String,
}

/// A program of the build context whose headers are shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct InspectedProgram {
    /// Its path in the build context.
    pub path: String,
    /// Its headers.
    pub headers: ProgramHeaders,
    /// The bytes that were read so far of a program that is read in parts.
    pub bytes_read: Option<u64>,
}

/// The data about base images that was asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ImageDataView {
    /// The names of the data that is being fetched.
    pub loading: Vec<String>,
    /// Messages about data that could not be fetched.
    pub failures: Vec<String>,
}

/// A lesson in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonView {
    /// The folder below `lessons/`.
    pub slug: String,
    /// The heading.
    pub title: String,
    /// Its parts in order.
    pub blocks: Vec<LessonBlock>,
}

/// One part of a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LessonBlock {
    /// Prose as HTML. HTML in the lesson's own text is shown as text.
    Prose(String),
    /// A file of the workspace: its name, its text.
    File(String, String),
    /// Commands: the id of the block, the commands.
    Console(String, Vec<LessonCommand>),
}

/// A command of a lesson.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonCommand {
    /// The command.
    pub command: String,
    /// The expected output.
    pub output: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_did_not_change_is_absent_and_what_is_gone_is_null() {
        let nothing = Update { answered: 3, ..Update::default() };
        assert_eq!(serde_json::to_string(&nothing).unwrap(), r#"{"answered":3}"#);
        let gone = Update { matrix: Some(None), program: Some(None), ..nothing.clone() };
        let json = serde_json::to_string(&gone).unwrap();
        assert_eq!(json, r#"{"answered":3,"matrix":null,"program":null}"#);
        assert_eq!(serde_json::from_str::<Update>(&json).unwrap(), gone);
        assert_eq!(serde_json::from_str::<Update>(r#"{"answered":3}"#).unwrap(), nothing);
    }
}
