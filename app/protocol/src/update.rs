//! What the simulator tells the page.

use crate::{EditPlays, ExplorerView, Outcome, ProgramHeaders, Workspace};
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
    /// What edits make an engine run again; the inner `None` if it was not asked for.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "serde_nested")]
    pub edit_plays: Option<Option<EditPlays>>,
    /// The layer explorer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub explorer: Option<ExplorerView>,
    /// The prompt of the terminal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<String>,
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
    /// The terminal shows a command that the page did not type: the prompt, the command.
    CommandTyped(String, String),
    /// The terminal prints a text.
    Output(String),
    /// The terminal prints what the simulator says in its own voice.
    Note(String),
    /// The terminal is emptied.
    ClearTerminal,
    /// A command asks to open a file of the build context in the editor, by its path. The file need not exist.
    OpenFile(String),
    /// A command of the terminal or of the lesson ended, with its exit code.
    CommandEnded(i32),
    /// The command of the terminal goes on in the next line.
    CommandContinues,
    /// The workspace of a lesson was set up.
    LessonStarted,
    /// A command of the lesson was run: id of its block, index in the block, what came of it.
    LessonResult(String, usize, CommandResult),
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
    /// An [`crate::ExerciseEvent`] as JSON.
    Exercise(String),
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
    /// What the reader is to do.
    pub task: Option<String>,
    /// The verdict on the start when the task is done, as reports name it: `starts` or `fails`.
    pub goal: Option<String>,
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

/// What came of a command of a lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandResult {
    /// What it printed, at most 64 KiB of it.
    pub output: String,
    /// Its exit code.
    pub status: i32,
    /// Whether output and exit code are those of the lesson.
    pub as_expected: bool,
    /// The lines of `output` that the lesson does not expect, counted from 0.
    pub unexpected: Vec<usize>,
    /// The lines that the lesson expects and that are missing in `output`.
    pub missing: Vec<String>,
}

/// A command of a lesson.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LessonCommand {
    /// The command.
    pub command: String,
    /// The expected output: `[..]` stands for anything in a line, a line `...` for any lines.
    pub output: String,
    /// The exit code that it must give, if the lesson names one.
    pub status: Option<i32>,
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
