//! Finds base images on a Docker or Podman engine by name and platform, and pulls them if the policy allows it.

use super::build_task::EventSink;
use super::docker::Docker;
use super::docker_error::{self, engine_problem, is_not_found};
use super::policy::Policy;
use super::{dockerfile_policy, prepare};
use crate::problem::problem;
use bollard::models::ImageInspect;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt;
use stageplay_core::api::{Event, Problem};
use stageplay_core::canonical::{Asked, BaseImage, ImageKey};
use stageplay_core::engine::Builder;
use stageplay_core::image::Reference;
use std::collections::BTreeMap;

/// The images that a build uses.
#[derive(Clone, Debug, Default)]
pub(super) struct FoundImages {
    pub(super) bases: BTreeMap<ImageKey, BaseImage>,
    /// The id of each image.
    pub(super) ids: Vec<(Asked, String)>,
}

impl Docker {
    /// Finds the images that a build uses. An image that is missing is pulled if the policy allows it.
    ///
    /// # Errors
    /// An image is missing and must not or cannot be pulled, it is the result of a build, or one of its ONBUILD triggers
    /// is not allowed.
    pub(super) async fn find_base_images(
        &self,
        requested: &[Asked],
        builder: Builder,
        policy: &Policy,
        events: &EventSink,
    ) -> Result<FoundImages, Problem> {
        let mut images = FoundImages::default();
        for image in requested {
            let at_line = |problem: Problem| Problem { line: Some(image.line), ..problem };
            if dockerfile_policy::is_build_result(&image.reference) {
                let what = format!("the image {} is the result of a build, and is removed with it", image.reference);
                return Err(at_line(problem("image-not-here", what, "build its Dockerfile as a stage of this one")));
            }
            let name = self.engine_name(&image.reference);
            let mut found = self.find(image).await?;
            if found.is_none() {
                let registry = dockerfile_policy::registry(&image.reference);
                if !policy.allows_registry(&registry) {
                    let help = if policy.registries.is_empty() {
                        "use an image that the engine has, pull the image with docker pull, or start the server with --allow-registry"
                    } else {
                        "use an image that the engine has, or an image of an allowed registry"
                    };
                    let what = format!(
                        "the image {} for {} is not on the engine, and builds may not pull from the registry {registry}",
                        image.reference, image.platform
                    );
                    return Err(at_line(problem("image-not-here", what, help)));
                }
                let platform = (image.platform != self.platform).then_some(image.platform.as_str());
                self.pull(&name, platform, events).await.map_err(|error| {
                    let what = format!("cannot pull {}: {error}", image.reference);
                    at_line(problem("pull", what, "check the name of the image and the network of the engine"))
                })?;
                found = self.find(image).await?;
            }
            let Some(found) = found else {
                let what = format!("the image {} does not exist for the platform {}", image.reference, image.platform);
                return Err(at_line(problem("image-not-here", what, "")));
            };
            let config = prepare::image_config(&found);
            if policy.bounded {
                dockerfile_policy::check_triggers(image, &config.on_build, policy)?;
            }
            let id = found.id.unwrap_or_default();
            let name = self.build_name(&image.reference, &id, builder);
            images.bases.insert(image.key(), BaseImage { name, config });
            images.ids.push((image.clone(), id));
        }
        Ok(images)
    }

    /// Checks that the names of images still mean the images that were found. BuildKit looks them up again by name when
    /// a build begins.
    ///
    /// # Errors
    /// A name means another image, or none.
    pub(super) async fn check_unchanged(&self, ids: &[(Asked, String)]) -> Result<(), Problem> {
        for (image, id) in ids {
            let found = self.find(image).await?.and_then(|found| found.id);
            if found.as_ref() != Some(id) {
                let what = format!("the image {} was changed or removed since it was checked", image.reference);
                let changed = problem("image-not-here", what, "start the build again");
                return Err(Problem { line: Some(image.line), ..changed });
            }
        }
        Ok(())
    }

    /// The name of an image in the Dockerfile that the engine gets. The classic builder looks a name up when it comes to
    /// the instruction, when the name may mean another image or none, which it would pull. So it gets the id, in the form
    /// without `sha256:`, which Docker takes for nothing but an id. BuildKit takes no ids.
    fn build_name(&self, reference: &Reference, id: &str, builder: Builder) -> String {
        let id = id.strip_prefix("sha256:").unwrap_or("");
        let is_complete = id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        match builder {
            Builder::Classic if is_complete && !self.is_podman => id.to_string(),
            Builder::Classic | Builder::Buildkit => self.engine_name(reference),
        }
    }

    /// The name by which the engine is asked for an image. Podman stores images that were built on it under short
    /// names.
    fn engine_name(&self, reference: &Reference) -> String {
        match (&reference.digest, self.is_podman) {
            (None, true) => reference.to_string(),
            _ => reference.exact(),
        }
    }

    /// Finds an image on the engine by name and platform.
    async fn find(&self, requested: &Asked) -> Result<Option<ImageInspect>, Problem> {
        let found = self.inspect_reference(&requested.reference).await?;
        Ok(found.filter(|found| prepare::is_for_platform(found, requested)))
    }

    /// Inspects the image with exactly this tag or digest. The engine also accepts the beginning of an image id as a
    /// name, so the names of the image that it returns are compared.
    async fn inspect_reference(&self, reference: &Reference) -> Result<Option<ImageInspect>, Problem> {
        let found = match self.query_client.inspect_image(&self.engine_name(reference)).await {
            Ok(found) => found,
            Err(error) if is_not_found(&error) => return Ok(None),
            Err(error) => return Err(engine_problem(&error)),
        };
        let names = if reference.digest.is_some() { &found.repo_digests } else { &found.repo_tags };
        // Images that were built on Podman have the registry `localhost`.
        let exact = |text: &str| {
            let text = if self.is_podman { text.strip_prefix("localhost/").unwrap_or(text) } else { text };
            Reference::parse(text).map(|reference| reference.exact())
        };
        let matches = names.iter().flatten().any(|text| exact(text).is_ok_and(|name| name == reference.exact()));
        Ok(matches.then_some(found))
    }

    /// The id of the image with this tag or digest.
    pub async fn image_id(&self, reference: &Reference) -> Option<String> {
        self.inspect_reference(reference).await.ok()??.id
    }

    /// Pulls an image.
    ///
    /// # Errors
    /// The message of the engine.
    pub async fn pull(&self, name: &str, platform: Option<&str>, events: &EventSink) -> Result<(), String> {
        let options = CreateImageOptionsBuilder::default().from_image(name).platform(platform.unwrap_or("")).build();
        let mut stream = Box::pin(self.client.create_image(Some(options), None, None));
        let mut last = String::new();
        while let Some(info) = stream.next().await {
            let info = info.map_err(|error| docker_error::message(&error))?;
            let status = info.status.unwrap_or_default();
            if status != last {
                last.clone_from(&status);
                events(Event::Pulling { image: name.into(), status });
            }
        }
        Ok(())
    }
}
