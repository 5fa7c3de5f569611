//! What the page's scripts for exercises ask of a simulator, and what they are told.
//!
//! The scripts (`www/exercises`, `www/teach`) write requests and read events as JSON, which the page's program passes on:
//! [`crate::Request::Exercise`] and [`crate::Event::Exercise`] carry them as texts.

use serde::{Deserialize, Serialize};

/// What begins the slug of an exercise of the page: `packs/layers/copy-a-folder`.
pub const PACKS: &str = "packs/";
/// What begins the slug of an exercise that the page's scripts keep: `own/my-exercise`.
pub const OWN: &str = "own/";

/// Whether the slug of a lesson names an exercise.
pub fn is_exercise(slug: &str) -> bool {
    slug.starts_with(PACKS) || slug.starts_with(OWN)
}

/// What the scripts ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExerciseRequest {
    /// List the exercises of the page.
    Index,
    /// The text of an exercise that the session asked for by [`ExerciseEvent::Want`]: its slug, the bundle; `None` if
    /// there is none any more.
    Provide(String, Option<String>),
    /// The student's id, which chooses the variant of exercises that are opened from now on; empty for none.
    Student(String),
    /// Put work on the open exercise into the workspace: that of an earlier visit.
    UseWork(Box<StoredWork>),
    /// Set the workspace up anew, as the exercise gives it.
    Restart,
    /// Put the files of a state of the exercise into the workspace, by its name.
    UseState(String),
    /// Put the files of the solution into the workspace.
    UseSolution,
    /// Show the files of the solution.
    ShowSolution,
    /// Close the exercise; the workspace stays.
    Close,
    /// Write a submission.
    Submit(Box<SubmissionRequest>),
    /// Read a pack or a collection: the name of its file, its text (a bundle or one Markdown file).
    Read(String, String),
    /// Say what is wrong with a pack, and run its commands: the name, the bundle.
    Check(String, String),
    /// Write the texts of a SCORM 1.2 package.
    Scorm(Box<ScormRequest>),
    /// A step of grading.
    Grade(Box<GradeRequest>),
}

/// What becomes a SCORM 1.2 package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScormRequest {
    /// The pack's name.
    pub name: String,
    /// The heading.
    pub title: String,
    /// The bundle of the pack or the collection.
    pub bundle: String,
    /// The address of an xAPI endpoint; empty for none.
    pub xapi_endpoint: String,
    /// The value of the header `Authorization` for it; empty for none.
    pub xapi_authorization: String,
    /// The paths of the page's files.
    pub page: Vec<String>,
}

/// A step of grading.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GradeRequest {
    /// Read packs and submissions in place of those before.
    Start {
        /// The texts of packs and collections: bundles, or Markdown files with their names.
        packs: Vec<NamedText>,
        /// The submissions.
        submissions: Vec<NamedText>,
        /// The column of tables with the student's id, by its heading.
        id_column: Option<String>,
        /// Of several submissions of a student, the best one counts, not the last one.
        best: bool,
    },
    /// Simulate the work of an index; answered by [`ExerciseEvent::Graded`], after missing data was fetched.
    Simulate(usize),
    /// The simulation of the work of an index ended its worker: it becomes a row with an error.
    GiveUp(usize),
    /// Write the grades: `json`, `csv`, `csv-bom` or `html`.
    Write(String),
}

/// A text with the name of its file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedText {
    /// The name of the file.
    pub name: String,
    /// The text.
    pub text: String,
}

/// The work on an exercise as the page keeps it: the form of docs/formats/submission.md.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredWork {
    /// The pack's name.
    pub pack: String,
    /// The pack's digest.
    pub digest: String,
    /// The seed of the student's variant; empty for a pack without variables.
    #[serde(default)]
    pub seed: String,
    /// The files that differ from the start.
    pub files: Vec<StoredFile>,
    /// The files of the start that were removed.
    #[serde(default)]
    pub removed: Vec<String>,
    /// The last commands of the terminal.
    #[serde(default)]
    pub commands: Vec<String>,
}

/// A file of stored work.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoredFile {
    /// Its path.
    pub path: String,
    /// Its content, if it is text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its content in base64url, if it is not text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// Whether it is executable.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

/// What becomes a submission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubmissionRequest {
    /// The student's id.
    pub student: String,
    /// The student's name, if it is not the id.
    pub name: String,
    /// The work, one for each exercise.
    pub work: Vec<StoredWork>,
}

/// What the scripts are told.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExerciseEvent {
    /// The exercises of the page.
    Index(ExerciseIndex),
    /// The text of this exercise is needed, by its slug: [`ExerciseRequest::Provide`].
    Want(String),
    /// An exercise is open, or its texts are in another language. Whether its workspace was set up.
    Open(Box<ExerciseView>, bool),
    /// What the present workspace reaches, and the work as it is to be kept.
    Reached(Box<GoalStates>, Box<StoredWork>),
    /// The files of the solution that differ from the start: path, text; `None` for one that is removed.
    Solution(Vec<(String, Option<String>)>),
    /// A submission, or why there is none.
    Submission(Result<String, String>),
    /// What was read of a pack or a collection.
    Read(Result<Vec<PackView>, String>),
    /// What is wrong with a pack. Of a pack without problems the commands that were run and do not print what they should.
    Checked(Vec<ProblemView>),
    /// What is graded: the number of simulations, or why nothing can be graded.
    Grading(Result<usize, String>),
    /// The work of this index is simulated.
    Graded(usize),
    /// The grades in a format: its name, the text or why there is none.
    Grades(String, Result<String, String>),
    /// The texts of a SCORM 1.2 package beside the page's files: path, text.
    Scorm(Vec<(String, String)>),
    /// Something cannot be done: why.
    Failed(String),
}

/// The exercises of a collection.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseIndex {
    /// The heading.
    pub title: String,
    /// The chapters in their order.
    pub chapters: Vec<ExerciseChapter>,
}

/// A chapter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseChapter {
    /// Its name.
    pub name: String,
    /// The heading.
    pub title: String,
    /// Its exercises.
    pub packs: Vec<ExerciseEntry>,
}

/// A row of the list of exercises.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseEntry {
    /// What opens it.
    pub slug: String,
    /// The pack's name.
    pub name: String,
    /// The heading.
    pub title: String,
}

/// An exercise in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExerciseView {
    /// What opens it.
    pub slug: String,
    /// The pack's name.
    pub name: String,
    /// The pack's digest.
    pub digest: String,
    /// The heading.
    pub title: String,
    /// The task.
    pub task: Vec<ExerciseBlock>,
    /// What is shown after success; empty if there is none.
    pub explanation: Vec<ExerciseBlock>,
    /// The goals that are not hidden, in their order: index, name, what is to be reached, points.
    pub goals: Vec<GoalView>,
    /// The goals that are hidden until it is graded: their number, their points.
    pub hidden_goals: (u64, u64),
    /// The hints without a condition.
    pub hints: Vec<String>,
    /// The names of its states.
    pub states: Vec<String>,
    /// Whether it has a solution.
    pub has_solution: bool,
    /// The starting workspace, the Dockerfile first: path and text of each file that is a text of at most 16 KiB.
    pub start: Vec<(String, String)>,
}

/// A goal that is not hidden.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalView {
    /// Its index among all goals.
    pub index: usize,
    /// Its name.
    pub name: String,
    /// What is to be reached.
    pub message: String,
    /// Its points.
    pub points: u64,
}

/// A part of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ExerciseBlock {
    /// Prose as HTML. HTML in the pack's own text is shown as text.
    Prose(String),
    /// A file: its name, its text.
    File(String, String),
    /// Commands: each with its output.
    Console(Vec<(String, String)>),
}

/// What a workspace reaches.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GoalStates {
    /// For each goal that is not hidden: `reached`, `missed` or `unknown`, and what was observed.
    pub goals: Vec<(String, String)>,
    /// The index in `goals` of the first that is not reached.
    pub first_miss: Option<usize>,
    /// Whether all goals that are not hidden are reached.
    pub is_solved: bool,
    /// Whether the Dockerfile can be read.
    pub is_gradable: bool,
    /// The points that are reached, and those that there are, without hidden goals.
    pub points: (u64, u64),
    /// The image's size in bytes, if it is known.
    pub bytes: Option<u64>,
    /// Whether that size was counted, and not computed.
    pub is_size_exact: bool,
    /// The layers that the build adds to its base image.
    pub layers: Option<usize>,
    /// The build's error message.
    pub error: Option<String>,
    /// The hint that applies.
    pub hint: Option<String>,
    /// Whether the files are those of the start.
    pub is_untouched: bool,
}

/// A pack that was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackView {
    /// The pack, as far as it can be used.
    pub pack: Option<ExerciseView>,
    /// Its name.
    pub name: String,
    /// Its text, which opens it again.
    pub bundle: String,
    /// What is wrong with it.
    pub problems: Vec<ProblemView>,
}

/// Something that is wrong with a pack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProblemView {
    /// The file; empty for the pack as a whole.
    pub file: String,
    /// 1-based line; 0 for the file as a whole.
    pub line: usize,
    /// 1-based column in characters; 0 for the line as a whole.
    pub column: usize,
    /// What is wrong, and what to do.
    pub message: String,
}
