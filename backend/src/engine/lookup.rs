//! Base images on a Docker engine: looked up by name and platform, and fetched where that is allowed.

use super::docker::{Docker, lost};
use super::{Policy, Tell, guard, launch, prepare, problem};
use bollard::errors::Error;
use bollard::models::ImageInspect;
use bollard::query_parameters::CreateImageOptionsBuilder;
use futures_util::StreamExt;
use stageplay_core::api::{Event, Problem};
use stageplay_core::canonical::{Asked, BaseImage};
use stageplay_core::image::Reference;
use std::collections::BTreeMap;

impl Docker {
    /// Makes sure that every image a build reads is there; fetches what may be fetched.
    pub(super) async fn provide(
        &self,
        wanted: &[Asked],
        policy: &Policy,
        tell: &Tell,
    ) -> Result<BTreeMap<String, BaseImage>, Problem> {
        let mut bases = BTreeMap::new();
        for image in wanted {
            let at_line = |problem: Problem| Problem { line: Some(image.line), ..problem };
            let name = self.name_of(&image.reference);
            let mut found = self.find(image).await?;
            if found.is_none() {
                let registry = guard::registry(&image.reference);
                if !policy.allows(&registry) {
                    let help = if policy.registries.is_empty() {
                        "use an image that the engine has, fetch it with docker pull, or start the server with --allow-registry"
                    } else {
                        "use an image that the engine has, or one of an allowed registry"
                    };
                    let what = format!(
                        "the image {} for {} is not on the engine, and {registry} is no registry that builds may fetch from",
                        image.reference, image.platform
                    );
                    return Err(at_line(problem("image-not-here", what, help)));
                }
                let platform = (image.platform != self.platform).then_some(image.platform.as_str());
                self.pull(&name, platform, tell).await.map_err(|error| {
                    let what = format!("cannot fetch {}: {error}", image.reference);
                    at_line(problem("pull", what, "check the name and the engine's network"))
                })?;
                found = self.find(image).await?;
            }
            let Some(base) = found else {
                let what = format!("{} is not there for {}", image.reference, image.platform);
                return Err(at_line(problem("image-not-here", what, "")));
            };
            if policy.bounded {
                guard::check_triggers(image, &base.config.on_build, policy)?;
            }
            bases.insert(image.reference.exact(), base);
        }
        Ok(bases)
    }

    /// What the engine is asked for. Podman has names of its own for what was built on it.
    fn name_of(&self, reference: &Reference) -> String {
        match (&reference.digest, self.is_podman) {
            (None, true) => reference.to_string(),
            _ => reference.exact(),
        }
    }

    /// An image of the engine, if it is the one that is asked for: of that name, and for that platform.
    async fn find(&self, asked: &Asked) -> Result<Option<BaseImage>, Problem> {
        let found = self.named(&asked.reference).await?;
        Ok(found.and_then(|found| prepare::base(&found, asked, self.name_of(&asked.reference))))
    }

    /// What the engine has under a name: of that very tag, or that digest. An engine also takes the beginning of an id
    /// for a name, so what it answers is looked at.
    async fn named(&self, reference: &Reference) -> Result<Option<ImageInspect>, Problem> {
        let found = match self.client.inspect_image(&self.name_of(reference)).await {
            Ok(found) => found,
            Err(Error::DockerResponseServerError { status_code: 404, .. }) => return Ok(None),
            Err(error) => return Err(lost(&error)),
        };
        let names = if reference.digest.is_some() { &found.repo_digests } else { &found.repo_tags };
        // What was built on Podman has a registry of that name.
        let full = |text: &str| {
            let text = if self.is_podman { text.strip_prefix("localhost/").unwrap_or(text) } else { text };
            Reference::parse(text).map(|reference| reference.exact())
        };
        let is_it = names.iter().flatten().any(|text| full(text).is_ok_and(|name| name == reference.exact()));
        Ok(is_it.then_some(found))
    }

    /// The id of the image that has a name.
    pub async fn named_image(&self, reference: &Reference) -> Option<String> {
        self.named(reference).await.ok()??.id
    }

    /// Fetches an image.
    ///
    /// # Errors
    /// In the engine's words.
    pub async fn pull(&self, name: &str, platform: Option<&str>, tell: &Tell) -> Result<(), String> {
        let options = CreateImageOptionsBuilder::default().from_image(name).platform(platform.unwrap_or("")).build();
        let mut stream = Box::pin(self.client.create_image(Some(options), None, None));
        let mut last = String::new();
        while let Some(info) = stream.next().await {
            let info = info.map_err(|error| launch::words(&error))?;
            let status = info.status.unwrap_or_default();
            if status != last {
                last.clone_from(&status);
                tell(Event::Pulling { image: name.into(), status });
            }
        }
        Ok(())
    }
}
