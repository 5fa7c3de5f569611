//! The steps that an engine takes from its build cache after the last edit. Each edit counts as a build.

use stageplay_core::build::{Built, Rerun};
use stageplay_core::engine::Builder;
use stageplay_core::words::{Language, say};
use stageplay_protocol::CacheStep;

/// A step of the build and its state in the engine's cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StepCacheStatus {
    /// Line of the Dockerfile, counted from 1.
    pub(crate) line: usize,
    /// The instruction.
    pub(crate) text: String,
    /// Why the step runs again; `None` if it comes from the cache.
    pub(crate) rerun: Option<Rerun>,
}

/// The cache status of the steps of the last build that followed an edit.
#[derive(Debug, Default)]
pub(crate) struct BuildCacheStatus {
    /// The cached steps in the order of the Dockerfile; empty before the first edit.
    pub(crate) steps: Vec<StepCacheStatus>,
}

impl BuildCacheStatus {
    /// Sets the cache status after a build. A build that repeats the one before changes nothing.
    pub(crate) fn update(&mut self, built: &Built, builder: Builder) {
        let is_cached =
            |keyword: &str| builder == Builder::Classic || matches!(keyword, "RUN" | "COPY" | "ADD" | "WORKDIR");
        let steps =
            built.steps.iter().filter(|step| !step.failed && step.keyword != "FROM" && is_cached(&step.keyword));
        let steps: Vec<StepCacheStatus> = steps
            .map(|step| StepCacheStatus { line: step.line, text: step.text.clone(), rerun: step.rerun.clone() })
            .collect();
        let is_first_build = steps.iter().all(|step| step.rerun.as_ref().is_some_and(Rerun::is_first));
        let same_text = |(one, two): (&StepCacheStatus, &StepCacheStatus)| one.text == two.text;
        let is_repeated = steps.len() == self.steps.len() && steps.iter().zip(&self.steps).all(same_text);
        if is_first_build {
            self.steps.clear();
        } else if steps.iter().any(|step| step.rerun.is_some()) || !is_repeated {
            self.steps = steps;
        }
    }
}

/// The steps with their state in the build cache.
pub(crate) fn cache_steps(status: &BuildCacheStatus, language: Language) -> Vec<CacheStep> {
    let steps = status.steps.iter().map(|step| CacheStep {
        line: step.line,
        text: step.text.clone(),
        rerun: step.rerun.as_ref().map(|rerun| say(language, rerun.why, &[("what", &rerun.what)])),
    });
    steps.collect()
}
