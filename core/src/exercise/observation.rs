//! What is observed of a workspace when a condition is asked.

use crate::build::BuildError;
use crate::exec::Cause;
use crate::hints::Hint;
use crate::words::{Language, say};

/// Whether a condition is true. What is not known never counts as true.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is true.
    Reached,
    /// It is not true.
    Missed,
    /// The simulation cannot tell.
    Unknown,
}

impl Standing {
    /// The name in reports.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::Reached => "reached",
            Standing::Missed => "missed",
            Standing::Unknown => "unknown",
        }
    }

    pub(super) fn of(is_true: bool) -> Self {
        if is_true { Standing::Reached } else { Standing::Missed }
    }

    pub(super) fn not(self) -> Self {
        match self {
            Standing::Reached => Standing::Missed,
            Standing::Missed => Standing::Reached,
            Standing::Unknown => Standing::Unknown,
        }
    }
}

/// The longest value in a message, in characters.
const MAX_VALUE: usize = 300;

/// An answer to a condition, with what was observed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Observation {
    /// Whether the condition is true.
    pub standing: Standing,
    /// A message id of `data/words`.
    code: &'static str,
    params: Vec<(&'static str, String)>,
    /// A further message, for the placeholder `{message}`.
    inner: Option<(String, Vec<(&'static str, String)>)>,
}

impl Observation {
    pub(super) fn new(standing: Standing, code: &'static str, params: &[(&'static str, &str)]) -> Self {
        let params = params.iter().map(|(name, value)| (*name, shortened(value))).collect();
        Observation { standing, code, params, inner: None }
    }

    /// A build that made no image.
    pub(super) fn failed_build(standing: Standing, error: &BuildError) -> Self {
        let code = if standing == Standing::Unknown { "observed.build-unknown" } else { "observed.build-fails" };
        Self::new(standing, code, &[("message", error.message.trim())])
    }

    /// A start that failed.
    pub(super) fn failed_start(standing: Standing, cause: Option<&Cause>) -> Self {
        let inner = cause.map(|cause| (format!("cause.{}", cause.code()), cause.params()));
        let code = if inner.is_some() { "observed.start-fails" } else { "observed.start-fails-somehow" };
        Observation { inner, ..Self::new(standing, code, &[]) }
    }

    /// A start of which the outcome is not known.
    pub(super) fn unknown_start(why: Option<&(&'static str, String)>) -> Self {
        let inner = why.map(|(code, what)| (format!("unknown.{code}"), vec![("what", what.clone())]));
        let code = if inner.is_some() { "observed.start-unknown" } else { "observed.start-unknown-why" };
        Observation { inner, ..Self::new(Standing::Unknown, code, &[]) }
    }

    /// A hint that a start gives.
    pub(super) fn hint(standing: Standing, hint: &Hint) -> Self {
        let inner = Some((format!("hint.{}", hint.code), hint.params.clone()));
        Observation { inner, ..Self::new(standing, "observed.hint", &[]) }
    }

    pub(super) fn with(mut self, standing: Standing) -> Self {
        self.standing = standing;
        self
    }

    /// What was observed, in one sentence without a full stop.
    pub fn message(&self, language: Language) -> String {
        let mut params = self.params.clone();
        if let Some((id, inner)) = &self.inner {
            params.push(("message", say(language, id, inner)));
        }
        say(language, self.code, &params)
    }
}

fn shortened(value: &str) -> String {
    match value.char_indices().nth(MAX_VALUE) {
        Some((at, _)) => format!("{}…", value.get(..at).unwrap_or("")),
        None => value.to_string(),
    }
}
