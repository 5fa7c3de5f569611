//! What the page asks of the simulator.

use crate::{ExplorerRequest, Workspace};
use serde::{Deserialize, Serialize};

/// A message of the page to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ToWorker {
    /// The number of the request on this page, from 1. [`crate::Update::answered`] repeats it.
    pub number: u64,
    /// The request.
    pub request: Request,
}

/// What the page asks of the simulator. Requests are carried out in their order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Request {
    /// Open a workspace in place of the one before, and simulate it.
    Load(Box<Loaded>),
    /// Write texts into the build context, by path, and simulate: edits, and files that are created.
    Edit(Vec<(String, String)>),
    /// Build another Dockerfile of the workspace, by its path.
    OpenDockerfile(String),
    /// Whether files that the build context lacks are assumed to exist from now on.
    AssumeFiles(bool),
    /// Change the workspace to another state of it, and simulate. Images and containers of the host stay, unless the
    /// engine is another one.
    SetWorkspace(Box<Workspace>),
    /// Take the files that come with this message, by their paths: an image archive becomes a base image, any other file
    /// goes into the build context.
    TakeFiles(Vec<String>),
    /// Unpack the archive that comes with this message, by its name, into the build context; an image archive becomes a
    /// base image.
    TakeArchive(String),
    /// Offer the files of the build context as a zip archive.
    DownloadFiles,
    /// Show the ELF headers of a file of the build context, or close them.
    InspectProgram(Option<String>),
    /// Select an engine by its id, and a builder by its name.
    SelectEngine(String, String),
    /// Look tags up on a day, `YYYY-MM-DD`; empty for the day of the engine.
    SetAsOf(String),
    /// Build a stage, by its name or its number; `None` for the last one.
    SelectTarget(Option<String>),
    /// Compare with the present state from now on: its size, its files, its image.
    KeepState,
    /// Whether the files that changed are listed.
    ShowChangedFiles(bool),
    /// Try edits of the workspace, and tell what each makes an engine run again.
    PlayEdits,
    /// Run a command in the terminal: all its lines. [`crate::Event::CommandContinues`] answers one that goes on in the
    /// next line, unless `true` says that no more lines come.
    RunCommand(String, bool),
    /// End the input of the shell in a container at whose prompt the terminal waits.
    EndInput,
    /// Give up the commands that wait for data.
    InterruptCommands,
    /// Open a lesson by its slug and set its workspace up.
    OpenLesson(String),
    /// Run a command of the lesson: id of its block, index in the block.
    RunLessonCommand(String, usize),
    /// Set up the workspace of the lesson again.
    RestartLesson,
    /// Start the program of the image on every base image.
    CompareBaseImages,
    /// An action in the layer explorer.
    Explore(ExplorerRequest),
    /// Answer in another language, by its BCP 47 tag.
    SetLanguage(String),
    /// Fetch again the data about base images that could not be fetched.
    RetryImageData,
    /// Use facts on base images that an engine gave, one a line, in place of those before; empty for none.
    Calibrate(String),
    /// Use facts that an engine gave, one a line, and keep of those before what is about other images.
    AddFacts(String),
    /// Write the request of a real build. The builders are those of the engine.
    PrepareRealBuild(Vec<String>),
    /// Compare a real build with its simulation.
    CompareRealBuild(Box<RealBuildRequest>),
    /// Answer a question of the editor; its id and the question as JSON.
    Ask(u64, String),
    /// An [`crate::ExerciseRequest`] as JSON.
    Exercise(String),
}

/// A workspace that is opened, and what its simulation depends on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Loaded {
    /// The workspace.
    pub workspace: Workspace,
    /// The language of the answers, a BCP 47 tag.
    pub language: String,
    /// Facts on base images that an engine gave, one a line.
    pub calibration: String,
}

/// A real build that is compared with its simulation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RealBuildRequest {
    /// The number of the build on this page.
    pub number: u32,
    /// The text of the Dockerfile that was built.
    pub dockerfile: String,
    /// The builder: `classic` or `buildkit`.
    pub builder: Option<String>,
    /// The id of the profile nearest to the engine; empty if none is known.
    pub profile: String,
    /// The server's answer for the build, JSON, which holds the report of the real build.
    pub status: String,
}

/// A release of the engine that the page offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineProfile {
    /// Such as `docker-20.10`.
    pub id: String,
    /// The full version.
    pub version: String,
    /// `classic` and `buildkit`, as far as it has them; its default first.
    pub builders: Vec<String>,
    /// The day on which tags are looked up unless another is named, `YYYY-MM-DD`.
    pub day: String,
}
