//! The API between the page and the server: requests, events and responses, as plain data.
//!
//! The server describes it as OpenAPI 3.1 under `/api/openapi.json`.

use crate::{BuildReport, Size};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A request to build.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BuildRequest {
    /// The Dockerfile's text.
    pub dockerfile: String,
    /// The build context. It need not contain the Dockerfile.
    pub files: Vec<ContextFile>,
    /// The stage to build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Values for ARG, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub build_args: BTreeMap<String, String>,
    /// Such as `linux/amd64`; by default the engine's own platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// `classic` or `buildkit`; by default the engine's default builder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub builder: Option<String>,
    /// Run every step, without the engine's build cache.
    #[serde(skip_serializing_if = "is_false")]
    pub no_cache: bool,
    /// Start the image.
    #[serde(skip_serializing_if = "is_false")]
    pub run: bool,
    /// Arguments for the start of the image, with `run`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// A file, directory or symbolic link of a build context.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ContextFile {
    /// The path in the context, such as `src/main.go`; that of a directory ends in `/`.
    pub path: String,
    /// Permission bits as a number; by default 420, which is 0644.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 4095)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// The content as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// The content as base64, instead of `text`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// The target of a symbolic link.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// The response to an accepted build.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Accepted {
    /// Its id.
    pub id: String,
    /// The number of builds before it in the queue.
    pub position: usize,
}

/// The state of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Waiting in the queue.
    Queued,
    /// Being built, started or analysed.
    Running,
    /// Built. The result of a requested start is in the report.
    Succeeded,
    /// Failed. The report says why.
    Failed,
    /// Cancelled by the client.
    Cancelled,
}

impl State {
    /// Whether the build is over.
    pub fn is_final(self) -> bool {
        !matches!(self, State::Queued | State::Running)
    }
}

/// A build with its state and its report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BuildStatus {
    /// Its id.
    pub id: String,
    /// The state.
    pub state: State,
    /// The number of builds before it, while it is queued.
    pub position: Option<usize>,
    /// Why there is no image, if a limit or the engine is the reason and not the Dockerfile.
    pub problem: Option<Problem>,
    /// The report, made from the real image, once the build is over.
    pub report: Option<BuildReport>,
    /// Seconds from the start of the build to the image.
    pub seconds: Option<f64>,
}

/// An error: what is wrong, and what to do about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Problem {
    /// A stable id.
    pub code: String,
    /// What is wrong, in English.
    pub message: String,
    /// What to do about it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub help: Option<String>,
    /// 1-based line of the Dockerfile, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
}

/// An event of a build. Events are numbered in order; a stream continues after `Last-Event-ID`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// Waiting in the queue.
    Queued {
        /// From 0.
        position: usize,
    },
    /// The engine has started the build.
    Started {
        /// `classic` or `buildkit`.
        builder: String,
    },
    /// A base image is fetched.
    Pulling {
        /// Its name.
        image: String,
        /// The engine's message.
        status: String,
    },
    /// A step starts.
    StepStarted {
        /// The number of the step in this build.
        step: usize,
        /// The text by which the engine announces it.
        name: String,
        /// Its stage, if it belongs to one.
        stage: Option<usize>,
        /// Its line of the Dockerfile, if it has one.
        line: Option<usize>,
    },
    /// A step ends.
    StepFinished {
        /// Its number.
        step: usize,
        /// Whether it was taken from the build cache.
        cached: bool,
        /// Its duration in seconds.
        seconds: f64,
        /// Why it failed.
        error: Option<String>,
    },
    /// Output of a step.
    Log {
        /// The step; null for the builder itself.
        step: Option<usize>,
        /// `stdout` or `stderr`.
        stream: String,
        /// The text.
        text: String,
    },
    /// The size of a step's layer, as `docker history` shows it.
    Layer {
        /// Its line of the Dockerfile.
        line: Option<usize>,
        /// The text that `docker history` prints.
        created_by: String,
        /// The amount.
        size: Size,
    },
    /// The image is built.
    Built {
        /// `sha256:…`
        image: String,
        /// Seconds from the start of the build.
        seconds: f64,
    },
    /// The image is started.
    Starting {
        /// The command.
        command: Vec<String>,
    },
    /// Output of the started program, or of the engine if it does not start.
    Output {
        /// `stdout` or `stderr`.
        stream: String,
        /// The text.
        text: String,
    },
    /// The program ended, or was stopped at the time limit.
    Ended {
        /// The exit code of `docker run`; null if the program was stopped.
        exit_code: Option<i32>,
    },
    /// The build is over. The report is at `GET /api/builds/{id}`.
    Finished {
        /// The final state.
        state: State,
        /// Why it failed, if a limit or the engine is the reason.
        problem: Option<Problem>,
    },
}

impl Event {
    /// The name of the event, as in `event:` of the stream.
    pub fn name(&self) -> &'static str {
        match self {
            Event::Queued { .. } => "queued",
            Event::Started { .. } => "started",
            Event::Pulling { .. } => "pulling",
            Event::StepStarted { .. } => "step-started",
            Event::StepFinished { .. } => "step-finished",
            Event::Log { .. } => "log",
            Event::Layer { .. } => "layer",
            Event::Built { .. } => "built",
            Event::Starting { .. } => "starting",
            Event::Output { .. } => "output",
            Event::Ended { .. } => "ended",
            Event::Finished { .. } => "finished",
        }
    }
}

/// The engine of the server, with its limits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EngineReport {
    /// Whether real builds are possible.
    pub available: bool,
    /// `docker`, `podman`, `buildkit` or `none`.
    pub kind: String,
    /// Its version.
    pub version: Option<String>,
    /// The nearest engine profile of the simulation, such as `docker-20.10`.
    pub profile: Option<String>,
    /// The builders, `classic` or `buildkit`; the default first.
    pub builders: Vec<String>,
    /// Such as `linux/amd64`.
    pub platform: Option<String>,
    /// Whether it can start images.
    pub can_run: bool,
    /// Whether built images can be downloaded.
    pub can_download: bool,
    /// Whether builds and starts have a network.
    pub network: bool,
    /// Registries from which base images may be pulled. Without any, only images of the engine can be used.
    pub registries: Vec<String>,
    /// Names of images of the engine; at most 200.
    pub images: Vec<String>,
    /// The limits of builds and starts.
    pub limits: Vec<Limit>,
    /// Why there is no engine, and how to get one.
    pub problem: Option<Problem>,
}

/// A limit of builds and starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limit {
    /// A stable id: `memory`, `cpus`, `processes`, `disk`, `log`, `build-time`, `run-time`, `context`, `files`.
    pub what: String,
    /// The amount.
    pub value: f64,
    /// The unit: `bytes`, `seconds`, `cpus` or empty.
    pub unit: String,
    /// In which case the engine cannot enforce the limit.
    pub caveat: Option<String>,
}
