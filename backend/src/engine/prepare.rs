//! Prepares what an engine gets. For an untrusted build that is a canonical Dockerfile, which this server writes from
//! what it parsed. For a trusted build it is the original text.

use super::build_problems::{cancelled, server_disk};
use super::build_task::Job;
use super::daemon_paths::DaemonPaths;
use super::policy::Policy;
use super::progress::DockerfileForm;
use super::{context, decompression_bomb, dockerfile_policy};
use bollard::models::ImageInspect;
use stageplay_core::api::Problem;
use stageplay_core::build::{BuildError, Request};
use stageplay_core::canonical::{
    self, Asked, BaseImage, Canonical, ImageKey, Known, Refused, STOPPED, normalized_platform,
};
use stageplay_core::dockerfile::{self, Instruction};
use stageplay_core::image::{Config, Image};
use stageplay_core::plan::Plan;
use stageplay_core::real_build::plan_of;
use stageplay_report::without_control_characters;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// A parsed Dockerfile, before its base images are found.
pub(super) struct ParsedBuild {
    pub(super) plan: Plan,
    /// The images that the Dockerfile uses.
    pub(super) images: Vec<Asked>,
}

/// Parses the Dockerfile. `platform` is the platform of the engine. The inner error is a Dockerfile that an engine would refuse, too.
///
/// # Errors
/// The Dockerfile uses something that is not allowed.
pub(super) fn parse(request: &Request, platform: &str) -> Result<Result<ParsedBuild, BuildError>, Problem> {
    let plan = match plan_of(request) {
        Ok(plan) => plan,
        Err(error) => return Ok(Err(clean(error))),
    };
    let images = canonical::images(&plan, request, platform).map_err(dockerfile_policy::refusal_problem)?;
    Ok(Ok(ParsedBuild { plan, images }))
}

/// Removes control characters from an error message. It quotes the Dockerfile.
fn clean(error: BuildError) -> BuildError {
    BuildError { message: without_control_characters(&error.message).into_owned(), ..error }
}

/// A build that is ready to be sent to an engine.
pub(super) struct PreparedBuild {
    /// The plan, with the ARG instructions that only the canonical Dockerfile has.
    pub(super) plan: Plan,
    /// The canonical Dockerfile that the engine gets; `None` for a trusted build, which is sent with its original text.
    pub(super) canonical: Option<Arc<Canonical>>,
    /// The last entries of the tar, after the files of the context.
    pub(super) tar_end: Vec<u8>,
}

/// Writes the Dockerfile for the engine, and checks the size of archives that ADD unpacks. The inner error is a
/// Dockerfile that an engine would refuse, too.
///
/// # Errors
/// The Dockerfile uses something that is not allowed or has no canonical form, its archives are too large, or `stop` is
/// cancelled.
pub(super) fn write(
    mut plan: Plan,
    request: &Request,
    context: &Path,
    bases: &BTreeMap<ImageKey, BaseImage>,
    platform: &str,
    policy: &Policy,
    stop: &CancellationToken,
) -> Result<Result<PreparedBuild, BuildError>, Problem> {
    let mut canonical = None;
    if policy.bounded {
        let index = context::index(context).map_err(|error| server_disk(&error))?;
        let stopped = || stop.is_cancelled();
        let known = Known { bases, platform, context: &index, network: policy.network, stopped: &stopped };
        let dockerfile = match canonical::canonical(&plan, request, known) {
            Ok(dockerfile) => dockerfile,
            Err(Refused { code: code @ ("expansion" | "mount"), message, line, .. }) => {
                return Ok(Err(clean(BuildError { code, message, line: Some(line), exit_code: 1 })));
            }
            Err(Refused { code: STOPPED, .. }) => return Err(cancelled()),
            Err(refused) => return Err(dockerfile_policy::refusal_problem(refused)),
        };
        decompression_bomb::check_unpacked_size(context, &index, &dockerfile, policy.disk, stop)?;
        plan.global.splice(0..0, preceding_instructions(&dockerfile));
        canonical = Some(Arc::new(dockerfile));
    }
    let tar_end = context::final_entries(canonical.as_deref()).map_err(|error| server_disk(&error))?;
    Ok(Ok(PreparedBuild { plan, canonical, tar_end }))
}

/// The instructions that a canonical Dockerfile has before those of the original one. The classic builder counts them
/// as steps.
fn preceding_instructions(canonical: &Canonical) -> Vec<Instruction> {
    let parse = |(text, line): (&String, &usize)| {
        let file = dockerfile::parse(&format!("{text}\nFROM scratch\n")).ok()?;
        let first = file.instructions.into_iter().next()?;
        Some(Instruction { line: *line, ..first })
    };
    canonical.preceding.iter().zip(&canonical.lines).filter_map(parse).collect()
}

impl PreparedBuild {
    /// The form of the Dockerfile that a Docker engine gets.
    pub(super) fn dockerfile_form(&self) -> DockerfileForm {
        if self.canonical.is_some() { DockerfileForm::Canonical } else { DockerfileForm::Original }
    }

    /// The path of the Dockerfile in the tar.
    pub(super) fn dockerfile(&self, job: &Job) -> String {
        if self.canonical.is_some() { "Dockerfile".into() } else { job.context.dockerfile.clone() }
    }

    /// The build arguments that the engine gets. A canonical Dockerfile contains the values of most arguments already;
    /// the engine gets no name that a person chose, because BuildKit's frontend reads options by such names.
    pub(super) fn build_args(&self, job: &Job) -> BTreeMap<String, String> {
        match &self.canonical {
            Some(canonical) => canonical.args.clone(),
            None => job.request.build_args.clone(),
        }
    }

    /// The target stage. `None` with a canonical Dockerfile, where it is the last stage.
    pub(super) fn target(&self, job: &Job) -> Option<String> {
        job.request.target.clone().filter(|_| self.canonical.is_none())
    }

    /// A message of the engine without control characters and without paths of the engine's own folders, with the paths
    /// of the original context.
    pub(super) fn with_original_paths(&self, text: &str, daemon_paths: &DaemonPaths) -> String {
        let text = without_control_characters(text);
        let text = daemon_paths.without(&text);
        match &self.canonical {
            Some(canonical) => canonical.as_written(&text),
            None => text.into_owned(),
        }
    }
}

/// Restores what the canonical Dockerfile changes in an image: paths of the context in its history, and its ONBUILD
/// triggers.
pub(super) fn restore(canonical: &Canonical, image: &mut Image) {
    let triggers: BTreeMap<&str, &str> =
        canonical.triggers.iter().map(|(written, original)| (written.as_str(), original.as_str())).collect();
    for trigger in &mut image.config.on_build {
        if let Some(original) = triggers.get(trigger.as_str()) {
            *trigger = (*original).to_string();
        }
    }
    for entry in &mut image.history {
        entry.created_by = canonical.as_written(&entry.created_by).into();
    }
    for layer in &mut image.layers {
        let original = canonical.as_written(&layer.created_by);
        if *original != *layer.created_by {
            let mut restored = stageplay_core::image::Layer::clone(layer);
            restored.created_by = original;
            *layer = restored.into();
        }
    }
}

/// Whether an image of an engine is for the platform that a build asks for. If it is not, a builder pulls an image for
/// the platform, even if the engine has one of the same name.
pub(super) fn is_for_platform(found: &ImageInspect, requested: &Asked) -> bool {
    let part = |part: &Option<String>| part.clone().unwrap_or_default();
    let (os, architecture, variant) = (part(&found.os), part(&found.architecture), part(&found.variant));
    let platform = match variant.is_empty() {
        true => format!("{os}/{architecture}"),
        false => format!("{os}/{architecture}/{variant}"),
    };
    normalized_platform(&platform, "").is_some_and(|platform| platform == requested.platform)
}

/// The configuration of an image of an engine.
pub(super) fn image_config(found: &ImageInspect) -> Config {
    Config::from_oci(&serde_json::json!({ "config": found.config }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use stageplay_core::image::Reference;

    #[test]
    fn an_image_of_another_platform_is_not_the_one_asked_for() {
        let matches = |requested: &str, os: &str, architecture: &str, variant: &str| {
            let part = |text: &str| Some(text.to_string()).filter(|text| !text.is_empty());
            let found = ImageInspect {
                os: part(os),
                architecture: part(architecture),
                variant: part(variant),
                ..ImageInspect::default()
            };
            let platform = normalized_platform(requested, "linux/amd64").unwrap();
            is_for_platform(&found, &Asked { reference: Reference::parse("a").unwrap(), platform, line: 1 })
        };
        assert!(matches("linux/amd64", "linux", "amd64", ""));
        assert!(matches("linux/arm64", "linux", "arm64", "v8") && matches("linux/arm64/v8", "linux", "arm64", ""));
        assert!(!matches("linux/arm64", "linux", "amd64", "") && !matches("linux/arm/v6", "linux", "arm", "v7"));
        assert!(matches("linux/x86_64", "linux", "amd64", "") && matches("amd64", "linux", "amd64", ""));
        assert!(matches("linux", "linux", "amd64", "") && matches("linux/aarch64", "linux", "arm64", "v8"));
        assert!(!matches("windows/amd64", "linux", "amd64", "") && !matches("arm64", "linux", "amd64", ""));
        // A word alone is completed with what the engine is.
        assert!(!matches("linux", "linux", "arm64", "v8") && !matches("linux/amd64", "", "", ""));
    }
}
