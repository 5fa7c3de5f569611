//! What the page and the server say to each other: requests, events, answers. Plain data.
//!
//! The server describes it as OpenAPI 3.1 under `/api/openapi.json`.

use crate::{BuildReport, Size};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A real build, as asked for.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct BuildRequest {
    /// The Dockerfile's text.
    pub dockerfile: String,
    /// The build context. A file of the Dockerfile's own name is not needed.
    pub files: Vec<ContextFile>,
    /// The stage to build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    /// Values for ARG, by name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub build_args: BTreeMap<String, String>,
    /// Such as `linux/amd64`; the engine's own if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// `classic` or `buildkit`; the engine's usual one if left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub builder: Option<String>,
    /// Carry every step out, also those whose result is in the engine's cache.
    #[serde(skip_serializing_if = "is_false")]
    pub no_cache: bool,
    /// Start the image.
    #[serde(skip_serializing_if = "is_false")]
    pub run: bool,
    /// Arguments for the image, with `run`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub args: Vec<String>,
}

fn is_false(value: &bool) -> bool {
    !*value
}

/// A file, folder or link of a build context.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, default)]
pub struct ContextFile {
    /// Below the context, such as `src/main.go`; a folder ends in `/`.
    pub path: String,
    /// Permission bits: 420 is 0644, which it is if left out.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 4095)))]
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mode: Option<u32>,
    /// What is in it, as text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// What is in it, as base64: in place of `text`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base64: Option<String>,
    /// It is a symbolic link to this.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// A build was taken on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Accepted {
    /// Its id.
    pub id: String,
    /// How many builds come before it.
    pub position: usize,
}

/// How far a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Waits for its turn.
    Queued,
    /// Is being built, started or looked into.
    Running,
    /// Built; if a start was asked for, its outcome is in the report.
    Succeeded,
    /// Not built: the report says why.
    Failed,
    /// Stopped by whoever asked for it.
    Cancelled,
}

impl State {
    /// Nothing more happens.
    pub fn is_final(self) -> bool {
        !matches!(self, State::Queued | State::Running)
    }
}

/// A build with all that is known of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct BuildStatus {
    /// Its id.
    pub id: String,
    /// How far it is.
    pub state: State,
    /// How many builds come before it, while it is queued.
    pub position: Option<usize>,
    /// Why there is no image, if it is neither the Dockerfile's nor the build's own fault: a limit, the engine.
    pub problem: Option<Problem>,
    /// The report, made from the real image, once the build is over.
    pub report: Option<BuildReport>,
    /// From the start of the build to the image, in seconds.
    pub seconds: Option<f64>,
}

/// Something that cannot be done: what, and what to do about it.
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

/// What happens during a build, in order. Each has a number; a stream goes on behind `Last-Event-ID`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum Event {
    /// Waits; so many builds come before it.
    Queued {
        /// From 0.
        position: usize,
    },
    /// The engine has it.
    Started {
        /// `classic` or `buildkit`.
        builder: String,
    },
    /// A base image is fetched.
    Pulling {
        /// Its name.
        image: String,
        /// In the engine's words.
        status: String,
    },
    /// A step begins.
    StepStarted {
        /// Numbers the steps of this build.
        step: usize,
        /// As the engine announces it.
        name: String,
        /// Its stage, if it belongs to one.
        stage: Option<usize>,
        /// Its line of the Dockerfile, if it has one.
        line: Option<usize>,
    },
    /// A step is over.
    StepFinished {
        /// Its number.
        step: usize,
        /// Taken from the build cache.
        cached: bool,
        /// How long it took.
        seconds: f64,
        /// Why it failed.
        error: Option<String>,
    },
    /// Something that a step prints.
    Log {
        /// The step; null for the builder itself.
        step: Option<usize>,
        /// `stdout` or `stderr`.
        stream: String,
        /// What.
        text: String,
    },
    /// What a step added, as `docker history` shows it.
    Layer {
        /// Its line of the Dockerfile.
        line: Option<usize>,
        /// As `docker history` prints it.
        created_by: String,
        /// How much.
        size: Size,
    },
    /// The image is there.
    Built {
        /// `sha256:…`
        image: String,
        /// From the start of the build.
        seconds: f64,
    },
    /// The image is started.
    Starting {
        /// What is started.
        command: Vec<String>,
    },
    /// What the started program, or the engine in its place, prints.
    Output {
        /// `stdout` or `stderr`.
        stream: String,
        /// What.
        text: String,
    },
    /// The program ended, or went on until its time was over (null).
    Ended {
        /// As `docker run` exits.
        exit_code: Option<i32>,
    },
    /// Over. The report is at `GET /api/builds/{id}`.
    Finished {
        /// How it went.
        state: State,
        /// Why not, if a limit or the engine is the reason.
        problem: Option<Problem>,
    },
}

impl Event {
    /// The name of its kind, as `event:` of the stream.
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

/// The engine behind the server, and what it is allowed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct EngineReport {
    /// Whether real builds are possible now.
    pub available: bool,
    /// `docker`, `podman`, `buildkit` or `none`.
    pub kind: String,
    /// Its version.
    pub version: Option<String>,
    /// The profile of the simulation that is nearest, such as `docker-20.10`.
    pub profile: Option<String>,
    /// `classic`, `buildkit`; the usual one first.
    pub builders: Vec<String>,
    /// Such as `linux/amd64`.
    pub platform: Option<String>,
    /// Whether it can start images.
    pub can_run: bool,
    /// Whether images can be downloaded from here.
    pub can_download: bool,
    /// Whether builds and starts have a network.
    pub network: bool,
    /// Registries that base images may come from; without any, only images that the engine has.
    pub registries: Vec<String>,
    /// Images that the engine has, by name; at most 200.
    pub images: Vec<String>,
    /// What bounds a build.
    pub limits: Vec<Limit>,
    /// Why there is none, and how to get one.
    pub problem: Option<Problem>,
}

/// A bound on builds and starts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
pub struct Limit {
    /// A stable id: `memory`, `cpus`, `processes`, `disk`, `log`, `build-time`, `run-time`, `context`, `files`.
    pub what: String,
    /// How much.
    pub value: f64,
    /// `bytes`, `seconds`, `cpus` or nothing.
    pub unit: String,
    /// What of it the engine cannot hold, and when.
    pub caveat: Option<String>,
}
