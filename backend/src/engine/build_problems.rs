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
    problem(
        "server-disk",
        format!("the server cannot write to its disk: {}", without_path(error)),
        server_disk_help(error),
    )
}

/// What a client can do if the server cannot write. Where files cannot be made because a folder is missing, somebody
/// removed the server's folder while it runs, and only a new start makes and locks another one.
pub(super) fn server_disk_help(error: &std::io::Error) -> &'static str {
    match error.kind() {
        std::io::ErrorKind::NotFound => {
            tracing::error!("the folder of --state was removed while the server runs: start the server again");
            "ask the server's operator to start the server again: its folder for temporary files was removed"
        }
        _ => "ask the server's operator",
    }
}

/// What an error of the file system says to a client: the paths of the server's files are not shown.
pub(super) fn without_path(error: &std::io::Error) -> String {
    error.to_string().split_once(" at path ").map_or_else(|| error.to_string(), |(what, _)| what.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_s_folders_are_not_shown() {
        let error = tempfile::NamedTempFile::new_in("/nowhere/secret").unwrap_err();
        assert!(error.to_string().contains("secret"), "{error}");
        let shown = server_disk(&error).message;
        assert!(shown.contains("No such file") && !shown.contains("secret"), "{shown}");
        let help = |error| server_disk(&error).help.unwrap_or_default();
        assert!(help(error).contains("start the server again"));
        assert_eq!(help(std::io::ErrorKind::StorageFull.into()), "ask the server's operator");
    }
}
