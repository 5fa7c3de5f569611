//! What an engine is handed: for strangers a Dockerfile written anew from what was read, for one's own builds the text.

use super::control::without_control_characters;
use super::progress::Reading;
use super::{Job, Policy, archives, context, guard, problem};
use bollard::models::ImageInspect;
use stageplay_core::api::Problem;
use stageplay_core::build::{BuildError, Request, is_predefined_arg};
use stageplay_core::canonical::{self, Asked, BaseImage, Canonical, Known, Refused};
use stageplay_core::image::{Config, Image};
use stageplay_core::observe::plan_of;
use stageplay_core::plan::Plan;
use std::collections::BTreeMap;
use std::path::Path;

/// A build that was read, before its images are looked up.
pub(super) struct Read {
    pub(super) plan: Plan,
    pub(super) images: Vec<Asked>,
}

/// Reads the Dockerfile.
///
/// # Errors
/// What core refuses, as an engine would; or what is not allowed.
pub(super) fn read(request: &Request) -> Result<Result<Read, BuildError>, Problem> {
    let plan = match plan_of(request) {
        Ok(plan) => plan,
        Err(error) => return Ok(Err(clean(error))),
    };
    let images = canonical::images(&plan, request).map_err(guard::refused)?;
    Ok(Ok(Read { plan, images }))
}

/// A refusal quotes the Dockerfile, which may hold anything.
fn clean(error: BuildError) -> BuildError {
    BuildError { message: without_control_characters(&error.message).into_owned(), ..error }
}

/// A build that is ready for an engine.
pub(super) struct Ready {
    pub(super) plan: Plan,
    /// The Dockerfile that the engine reads; `None` for one's own builds, whose text it gets as it is.
    pub(super) written: Option<Canonical>,
    /// What follows the context's own files in the tar.
    pub(super) tail: Vec<u8>,
}

/// Writes the Dockerfile for the engine, and looks at what it would unpack.
///
/// # Errors
/// What an engine would refuse as well; or what is not allowed, what cannot be expressed, archives that hold too much.
pub(super) fn write(
    plan: Plan,
    request: &Request,
    context: &Path,
    bases: &BTreeMap<String, BaseImage>,
    platform: &str,
    policy: &Policy,
) -> Result<Result<Ready, BuildError>, Problem> {
    let mut written = None;
    if policy.bounded {
        let known = Known { bases, platform, network: policy.network };
        let text = match canonical::canonical(&plan, request, known) {
            Ok(text) => text,
            Err(Refused { code: code @ ("expansion" | "mount"), message, line, .. }) => {
                return Ok(Err(clean(BuildError { code, message, line: Some(line), exit_code: 1 })));
            }
            Err(refused) => return Err(guard::refused(refused)),
        };
        archives::check(context, &text, policy.disk)?;
        written = Some(text);
    }
    let tail = context::tail(written.as_ref()).map_err(|error| problem("server-disk", error.to_string(), ""))?;
    Ok(Ok(Ready { plan, written, tail }))
}

impl Ready {
    /// What the engine reads.
    pub(super) fn reading(&self) -> Reading {
        if self.written.is_some() { Reading::Written } else { Reading::Text }
    }

    /// The name of the Dockerfile in the tar.
    pub(super) fn dockerfile(&self, job: &Job) -> String {
        if self.written.is_some() { "Dockerfile".into() } else { job.context.dockerfile.clone() }
    }

    /// The build arguments that the engine gets: where the Dockerfile was written anew, the others stand in it.
    pub(super) fn build_args(&self, job: &Job) -> BTreeMap<String, String> {
        let all = job.request.build_args.clone().into_iter();
        let handed = |name: &str| match &self.written {
            Some(written) => is_predefined_arg(name) || written.args.contains(name),
            None => true,
        };
        all.filter(|(name, _)| handed(name)).collect()
    }

    /// The target: where the Dockerfile was written anew, it is the last stage.
    pub(super) fn target(&self, job: &Job) -> Option<String> {
        job.request.target.clone().filter(|_| self.written.is_none())
    }

    /// An engine's words without control characters, with the paths of the context as the person has them.
    pub(super) fn as_written(&self, text: &str) -> String {
        let text = without_control_characters(text);
        match &self.written {
            Some(written) => written.as_written(&text),
            None => text.into_owned(),
        }
    }

    /// The image as it is without our names: paths of the context in its history, and its triggers.
    pub(super) fn restore(&self, image: &mut Image) {
        let Some(written) = &self.written else { return };
        let triggers: BTreeMap<&str, &str> =
            written.triggers.iter().map(|(here, theirs)| (here.as_str(), theirs.as_str())).collect();
        for trigger in &mut image.config.on_build {
            if let Some(theirs) = triggers.get(trigger.as_str()) {
                *trigger = (*theirs).to_string();
            }
        }
        for entry in &mut image.history {
            entry.created_by = written.as_written(&entry.created_by).into();
        }
        for layer in &mut image.layers {
            let theirs = written.as_written(&layer.created_by);
            if *theirs != *layer.created_by {
                let mut own = stageplay_core::image::Layer::clone(layer);
                own.created_by = theirs;
                *layer = own.into();
            }
        }
    }
}

/// What an engine says of an image that it has, if it is the one that was asked for.
pub(super) fn base(found: &ImageInspect, asked: &Asked, name: String) -> Option<BaseImage> {
    let config = serde_json::json!({ "config": found.config });
    let (os, architecture) = (found.os.as_deref().unwrap_or(""), found.architecture.as_deref().unwrap_or(""));
    let fits = is_for(&asked.platform, os, architecture, found.variant.as_deref().unwrap_or(""));
    fits.then(|| BaseImage { name, config: Config::from_oci(&config) })
}

/// Whether an image is for a platform. A builder fetches one that is not, also if one of that name is here.
fn is_for(platform: &str, os: &str, architecture: &str, variant: &str) -> bool {
    // As containerd reads it: an operating system or an architecture alone, and other names of architectures.
    let platform = match platform {
        "linux" | "windows" => format!("{platform}/{architecture}"),
        alone if !alone.contains('/') => format!("linux/{alone}"),
        _ => platform.to_string(),
    };
    let mut parts = platform.split('/');
    let wanted_os = parts.next().unwrap_or("");
    let wanted = match parts.next().unwrap_or("") {
        "x86_64" | "x86-64" => "amd64",
        "aarch64" => "arm64",
        "i386" => "386",
        other => other,
    };
    // The usual variants need not be named.
    let usual = |variant: &str| match (wanted, variant) {
        ("arm64", "") => "v8".to_string(),
        ("arm", "") => "v7".to_string(),
        (_, variant) => variant.to_string(),
    };
    (wanted_os, wanted) == (os, architecture) && usual(parts.next().unwrap_or("")) == usual(variant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_image_of_another_platform_is_not_the_one_asked_for() {
        assert!(is_for("linux/amd64", "linux", "amd64", ""));
        assert!(is_for("linux/arm64", "linux", "arm64", "v8") && is_for("linux/arm64/v8", "linux", "arm64", ""));
        assert!(!is_for("linux/arm64", "linux", "amd64", "") && !is_for("linux/arm/v6", "linux", "arm", "v7"));
        assert!(is_for("linux/x86_64", "linux", "amd64", "") && is_for("amd64", "linux", "amd64", ""));
        assert!(is_for("linux", "linux", "amd64", "") && is_for("linux/aarch64", "linux", "arm64", "v8"));
        assert!(!is_for("windows/amd64", "linux", "amd64", "") && !is_for("arm64", "linux", "amd64", ""));
    }
}
