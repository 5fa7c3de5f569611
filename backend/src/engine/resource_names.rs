//! Names and labels of the containers and images that builds create on an engine.

/// The label of a container that belongs to a build. Its value is the id of the build.
pub(super) const BUILD_LABEL: &str = "dev.stageplay.build";
/// The label of a container that belongs to a server. Its value is the instance id in the server's journal.
pub(super) const INSTANCE_LABEL: &str = "dev.stageplay.instance";
/// The repository of the tags of images that are built. A tag is the id of the build.
pub const BUILD_REPOSITORY: &str = "stageplay-build";

/// The tag of a build's image.
pub(super) fn image_name(build: &str) -> String {
    format!("{BUILD_REPOSITORY}:{build}")
}

/// The name of the container that runs a build's image.
pub(super) fn run_container_name(build: &str) -> String {
    format!("stageplay-{build}")
}

/// The name of the container that runs the BuildKit daemon of a build.
pub(super) fn daemon_container_name(build: &str) -> String {
    format!("stageplay-daemon-{build}")
}
