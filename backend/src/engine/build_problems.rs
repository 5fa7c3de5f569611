//! Problems that end a build on any engine.

use super::policy::Policy;
use crate::problem::problem;
use stageplay_core::api::Problem;

/// Somebody cancelled the build.
pub(super) fn cancelled() -> Problem {
    problem("cancelled", "the build was cancelled", "")
}

/// The build takes longer than it may.
pub(super) fn build_timeout(policy: &Policy) -> Problem {
    let what = format!("the build took longer than {} seconds", policy.build_time.as_secs());
    problem("build-time", what, "do less in the build, or ask the server's operator for more time")
}

/// The steps wrote more than they may.
pub(super) fn disk_limit(written: u64, policy: &Policy) -> Problem {
    let what = format!("the steps of the build wrote {written} bytes; the limit is {} bytes", policy.disk);
    problem("disk-limit", what, "write less, or ask the server's operator for more")
}

/// The image is larger than `max_bytes`.
pub(super) fn image_too_large(max_bytes: u64) -> Problem {
    let what = format!("the image is larger than {max_bytes} bytes, the limit for this server");
    problem("disk-limit", what, "make the image smaller, or ask the server's operator for more")
}

/// The image that the engine sent cannot be read.
pub(super) fn unreadable_image(error: &str) -> Problem {
    problem("image", format!("the image cannot be read: {error}"), "")
}

/// The server cannot write a file.
pub(super) fn server_disk(error: &std::io::Error) -> Problem {
    problem("server-disk", format!("the server cannot write to its disk: {error}"), "ask the server's operator")
}
