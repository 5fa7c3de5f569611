//! Errors of the Docker API client as text and as problems.

use crate::problem::problem;
use bollard::errors::Error;
use stageplay_core::api::Problem;

/// The engine's own message, without the text that the client library adds.
pub(super) fn message(error: &Error) -> String {
    match error {
        Error::DockerResponseServerError { message, .. } => message.clone(),
        Error::DockerStreamError { error } => error.clone(),
        other => other.to_string(),
    }
}

/// Whether the engine answers 404.
pub(super) fn is_not_found(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 404, .. })
}

/// The problem of a request that the engine did not carry out.
pub(super) fn engine_problem(error: &Error) -> Problem {
    match error {
        Error::DockerResponseServerError { status_code, message } => {
            problem("engine", format!("the engine answers with status {status_code}: {message}"), "")
        }
        other => {
            let what = format!("the connection to the engine was lost: {}", with_causes(other));
            problem("engine-lost", what, "try again when the engine is back")
        }
    }
}

/// An error with all its causes. The outermost message alone often does not name the reason.
pub(super) fn with_causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let message = cause.to_string();
        if !text.contains(&message) {
            text = format!("{text}: {message}");
        }
        source = cause.source();
    }
    text
}
