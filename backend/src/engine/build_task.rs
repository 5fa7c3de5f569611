//! A real build: its job, what it needs while it runs, and its outcome.

use super::context::Context;
use super::journal::Journal;
use super::policy::Policy;
use crate::offload::{self, Pool};
use stageplay_core::api::{Event, Problem, State};
use stageplay_core::build::Request;
use stageplay_core::real_build::{Observation, observe};
use stageplay_core::report::BuildReport;
use stageplay_core::words::Language;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// The request of one real build.
#[derive(Debug)]
pub struct Job {
    /// The id of the build: lower-case letters and digits.
    pub id: String,
    /// Dockerfile, target, build arguments and platform. The tree of its context is empty; the files are in `context`.
    pub request: Request,
    /// The build context.
    pub context: Context,
    /// Run every step, also if the engine's build cache has its result.
    pub no_cache: bool,
    /// Start the image with these arguments; `None` to build only.
    pub run: Option<Vec<String>>,
    /// The language of the report.
    pub language: Language,
}

/// Receives the events of a build.
pub type EventSink = Arc<dyn Fn(Event) + Send + Sync>;

/// A build and what it needs while it runs.
#[derive(Clone, Copy)]
pub struct BuildTask<'a> {
    /// What to build.
    pub job: &'a Job,
    /// What the build may use.
    pub policy: &'a Policy,
    /// Where the build records what it creates on the engine.
    pub journal: &'a Journal,
    /// Cancels the build.
    pub cancel: &'a CancellationToken,
    /// Receives the events.
    pub events: &'a EventSink,
}

impl std::fmt::Debug for BuildTask<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BuildTask").field("job", self.job).field("policy", self.policy).finish_non_exhaustive()
    }
}

impl BuildTask<'_> {
    /// Sends an event.
    pub(super) fn emit(&self, event: Event) {
        (self.events)(event);
    }

    /// Makes the report of what was observed.
    ///
    /// # Errors
    /// The build is cancelled, or the report takes longer than a build may.
    pub(super) async fn report(&self, observation: &Observation) -> Result<BuildReport, Problem> {
        let (request, language, observation) = (self.job.request.clone(), self.job.language, observation.clone());
        let make = move |_: &CancellationToken| observe(&request, &observation, language);
        offload::run(Pool::Builds, self.policy.build_time, self.cancel, make).await
    }
}

/// The outcome of a build.
#[derive(Debug)]
pub struct BuildOutcome {
    /// Succeeded, failed or cancelled.
    pub state: State,
    /// Why the build did not succeed, if a limit, the engine or the policy is the reason.
    pub problem: Option<Problem>,
    /// The report, if the Dockerfile was built or does not build.
    pub report: Option<BuildReport>,
    /// Seconds from the start of the build to the image.
    pub seconds: Option<f64>,
    /// The image as an archive, if the policy allows downloads.
    pub archive: Option<tempfile::TempPath>,
}

impl BuildOutcome {
    /// The outcome of a build that a problem ended.
    pub fn from_problem(problem: Problem) -> Self {
        let state = if problem.code == "cancelled" { State::Cancelled } else { State::Failed };
        BuildOutcome { problem: Some(problem), ..BuildOutcome::without_image(state, None) }
    }

    /// The outcome of a Dockerfile that does not build, with its report.
    pub(super) async fn failed(task: BuildTask<'_>, observation: &Observation) -> Self {
        match task.report(observation).await {
            Ok(report) => BuildOutcome::without_image(State::Failed, Some(report)),
            Err(problem) => BuildOutcome::from_problem(problem),
        }
    }

    /// The outcome of a build without an image.
    pub(super) fn without_image(state: State, report: Option<BuildReport>) -> Self {
        BuildOutcome { state, problem: None, report, seconds: None, archive: None }
    }
}
