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
use stageplay_core::canonical::{Asked, BaseImage};
use stageplay_core::image::Reference;
use std::collections::BTreeMap;

impl Docker {
    /// Finds the images that a build uses, by reference. An image that is missing is pulled if the policy allows it.
    ///
    /// # Errors
    /// An image is missing and must not or cannot be pulled, or one of its ONBUILD triggers is not allowed.
    pub(super) async fn resolve_base_images(
        &self,
        requested: &[Asked],
        policy: &Policy,
        events: &EventSink,
    ) -> Result<BTreeMap<String, BaseImage>, Problem> {
        let mut bases = BTreeMap::new();
        for image in requested {
            let at_line = |problem: Problem| Problem { line: Some(image.line), ..problem };
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
            let Some(base) = found else {
                let what = format!("the image {} does not exist for the platform {}", image.reference, image.platform);
                return Err(at_line(problem("image-not-here", what, "")));
            };
            if policy.bounded {
                dockerfile_policy::check_triggers(image, &base.config.on_build, policy)?;
            }
            bases.insert(image.reference.exact(), base);
        }
        Ok(bases)
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
    async fn find(&self, requested: &Asked) -> Result<Option<BaseImage>, Problem> {
        let found = self.inspect_reference(&requested.reference).await?;
        let name = self.engine_name(&requested.reference);
        Ok(found.and_then(|found| prepare::matching_base_image(&found, requested, name)))
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
