//! The error of a request: an HTTP status, and a [`Problem`] as JSON.

use crate::problem::problem;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use stageplay_core::api::Problem;

/// An answer with an error status.
#[derive(Debug)]
pub(super) struct ApiError {
    status: StatusCode,
    problem: Problem,
    /// `Retry-After`, in seconds.
    retry_after: Option<u32>,
}

impl ApiError {
    pub(super) fn new(status: StatusCode, code: &str, message: impl Into<String>, help: &str) -> Self {
        ApiError { status, problem: problem(code, message, help), retry_after: None }
    }

    /// 404 for a build.
    pub(super) fn build_not_found() -> Self {
        Self::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "there is no such build",
            "the server keeps finished builds only for a while; request the build again",
        )
    }

    /// 429: a rate limit, a concurrency limit or the queue's limit is reached. `retry_after` is in seconds.
    pub(super) fn too_many_requests(code: &str, message: impl Into<String>, retry_after: u32) -> Self {
        let help = format!("try again in {retry_after} seconds");
        let error = Self::new(StatusCode::TOO_MANY_REQUESTS, code, message, &help);
        ApiError { retry_after: Some(retry_after), ..error }
    }
}

/// A request that the server understands but cannot carry out.
impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        let status = match problem.code.as_str() {
            "context-size" | "context-files" | "too-large" => StatusCode::PAYLOAD_TOO_LARGE,
            "no-engine" => StatusCode::CONFLICT,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        ApiError { status, problem, retry_after: None }
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(self.problem)).into_response();
        let headers = response.headers_mut();
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if self.status == StatusCode::UNAUTHORIZED {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}
