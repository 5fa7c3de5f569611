//! What a request is answered when it cannot be done: a status, and a problem as JSON.

use crate::engine::problem;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use stageplay_core::api::Problem;

/// A refusal.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    problem: Problem,
    /// Seconds after which it may be tried again.
    retry: Option<u32>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>, help: &str) -> Self {
        ApiError { status, problem: problem(code, message, help), retry: None }
    }

    pub(super) fn not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "there is no such build",
            "builds are kept for a while only: ask for it anew",
        )
    }

    /// Too much at once.
    pub(super) fn busy(code: &str, message: impl Into<String>, seconds: u32) -> Self {
        let help = format!("try again in {seconds} seconds");
        ApiError { retry: Some(seconds), ..Self::new(StatusCode::TOO_MANY_REQUESTS, code, message, &help) }
    }
}

/// What was sent cannot be built, whatever the engine says.
impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        let status = match problem.code.as_str() {
            "context-size" | "context-files" | "too-large" => StatusCode::PAYLOAD_TOO_LARGE,
            "no-engine" => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        ApiError { status, problem, retry: None }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.problem)).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
