//! The connection to a Docker or Podman engine (through bollard), and what it tells about its images.

use super::address::{Endpoint, Tls};
use super::build_problems::{image_too_large, server_disk, unreadable_image};
use super::cgroups::BuildkitStepLimits;
use super::classic_cache::ClassicCache;
use super::daemon_paths::DaemonPaths;
use super::docker_error::{self, engine_problem, with_causes};
use super::profile::nearest_profile;
use super::resource_names::BUILD_REPOSITORY;
use super::{image_archive, layerless_image};
use bollard::errors::Error;
use bollard::query_parameters::{ListImagesOptions, PruneBuildOptionsBuilder};
use bollard::{API_DEFAULT_VERSION, Docker as Client};
use futures_util::StreamExt;
use stageplay_core::api::Problem;
use stageplay_core::engine::Builder;
use stageplay_core::image::Image;
use stageplay_core::real_build::sized;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::AsyncWriteExt;

/// Timeout of API requests, in seconds.
const REQUEST_TIMEOUT: u64 = 120;
/// Timeout of requests that an engine answers at once.
const QUERY_TIMEOUT: Duration = Duration::from_secs(15);
/// How long an engine may take to answer a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(5);

/// A connection to an engine, and what the engine told when it was made.
#[derive(Clone, Debug)]
pub struct Docker {
    pub(super) client: Client,
    /// The same connection for requests that an engine answers at once, such as inspecting or listing. Their timeout is
    /// short, because an engine never answers what concerns a container that it cannot start.
    pub(super) query_client: Client,
    /// The path of the engine's socket, if the engine is on this machine.
    pub(super) socket: Option<String>,
    version: String,
    pub(super) platform: String,
    pub(super) is_podman: bool,
    /// Limits of BuildKit's steps, if the engine is on this machine.
    pub(super) step_limits: Option<Arc<BuildkitStepLimits>>,
    /// The folders of the engine, which messages to clients do not show.
    pub(super) daemon_paths: DaemonPaths,
    /// The containers that images were committed from, by the ids of the images. They never change, and the engine takes
    /// long to describe many images.
    pub(super) image_containers: Arc<Mutex<BTreeMap<String, String>>>,
    /// Who uses the classic builder's cache, and who removes images from it.
    pub(super) classic_cache: Arc<ClassicCache>,
}

impl Docker {
    /// Connects to an engine and asks for its version.
    ///
    /// # Errors
    /// The engine does not answer.
    pub async fn connect(endpoint: &Endpoint) -> Result<Self, String> {
        let client = match endpoint {
            Endpoint::Socket(path) => Client::connect_with_unix(path, REQUEST_TIMEOUT, API_DEFAULT_VERSION),
            Endpoint::Tcp(host, Tls { ca: Some(ca), cert: Some(cert), key: Some(key) }) => {
                Client::connect_with_ssl(&format!("tcp://{host}"), key, cert, ca, REQUEST_TIMEOUT, API_DEFAULT_VERSION)
            }
            Endpoint::Tcp(host, _) => {
                Client::connect_with_http(&format!("tcp://{host}"), REQUEST_TIMEOUT, API_DEFAULT_VERSION)
            }
        };
        let fail = |error: Error| with_causes(&error);
        let connecting = async { client.map_err(fail)?.negotiate_version().await.map_err(fail) };
        let client = tokio::time::timeout(PING_TIMEOUT, connecting)
            .await
            .map_err(|_| "no answer within 5 seconds".to_string())??;
        let query_client = client.clone().with_timeout(QUERY_TIMEOUT);
        // The client's own timeout ends with the head of an answer.
        let no_answer = |_| format!("no answer within {} seconds", QUERY_TIMEOUT.as_secs());
        let version = tokio::time::timeout(QUERY_TIMEOUT, query_client.version()).await.map_err(no_answer)?;
        let version = version.map_err(fail)?;
        let components = version.components.unwrap_or_default();
        let is_podman = components.iter().any(|component| component.name.contains("Podman"));
        let version_text = version.version.unwrap_or_default();
        let os = version.os.unwrap_or_else(|| "linux".into());
        let platform = format!("{os}/{}", version.arch.unwrap_or_else(|| "amd64".into()));
        let info = tokio::time::timeout(QUERY_TIMEOUT, query_client.info()).await.map_err(no_answer)?;
        let info = info.unwrap_or_default();
        let data_root = info.docker_root_dir.unwrap_or_default();
        let daemon_paths = DaemonPaths::of_data_root(&data_root);
        let step_limits = match (endpoint, info.cgroup_driver) {
            (Endpoint::Socket(_), Some(driver)) if !is_podman => BuildkitStepLimits::find(&data_root, driver.as_ref()),
            _ => None,
        };
        let socket = match endpoint {
            Endpoint::Socket(path) => Some(path.clone()),
            Endpoint::Tcp(..) => None,
        };
        let step_limits = step_limits.map(Arc::new);
        Ok(Docker {
            client,
            query_client,
            socket,
            version: version_text,
            platform,
            is_podman,
            step_limits,
            daemon_paths,
            image_containers: Arc::default(),
            classic_cache: Arc::default(),
        })
    }

    /// The version of the engine.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// The platform of the engine, such as `linux/amd64`.
    pub fn platform(&self) -> String {
        self.platform.clone()
    }

    /// `docker` or `podman`.
    pub fn kind(&self) -> &'static str {
        if self.is_podman { "podman" } else { "docker" }
    }

    /// The builders of the engine, its default first. Podman has one builder, which accepts the requests of the classic
    /// builder.
    pub fn builders(&self) -> Vec<Builder> {
        if self.is_podman {
            return vec![Builder::Classic];
        }
        let profile = nearest_profile(&self.version);
        let default = profile.default_builder();
        let mut builders = vec![default];
        builders.extend(profile.builders().into_iter().filter(|builder| *builder != default));
        builders
    }

    /// Whether the limits of the policy apply to BuildKit's steps.
    pub fn bounds_buildkit(&self) -> bool {
        self.step_limits.as_ref().is_some_and(|limits| limits.are_bounded())
    }

    /// Asks the engine whether it is there.
    ///
    /// # Errors
    /// The engine does not answer within 5 seconds.
    pub async fn ping(&self) -> Result<(), String> {
        let answer = tokio::time::timeout(PING_TIMEOUT, self.client.ping());
        answer.await.map_err(|_| "no answer".to_string())?.map(|_| ()).map_err(|error| with_causes(&error))
    }

    /// Removes records of BuildKit's cache that were not used for `max_idle`. Returns the number of freed bytes. Podman
    /// has no such cache.
    pub(super) async fn prune_build_cache(&self, max_idle: Duration) -> Result<u64, String> {
        if self.is_podman {
            return Ok(0);
        }
        let filters = HashMap::from([("until", vec![format!("{}s", max_idle.as_secs())])]);
        let options = PruneBuildOptionsBuilder::default().all(true).filters(&filters).build();
        let freed = self.client.prune_build(Some(options)).await.map_err(|error| docker_error::message(&error))?;
        Ok(freed.space_reclaimed.and_then(|bytes| u64::try_from(bytes).ok()).unwrap_or(0))
    }

    /// The names of up to `limit` images of the engine, sorted. Untagged images and results of builds are left out.
    pub async fn image_names(&self, limit: usize) -> Vec<String> {
        let images = self.query_client.list_images(None::<ListImagesOptions>).await.unwrap_or_default();
        let mut names: Vec<String> = images
            .into_iter()
            .flat_map(|image| image.repo_tags)
            .filter(|name| !name.starts_with("<none>") && !name.starts_with(BUILD_REPOSITORY))
            .collect();
        names.sort();
        names.truncate(limit);
        names
    }

    /// Saves an image as an archive in a temporary file. Returns the id of the image, too.
    ///
    /// # Errors
    /// The engine does not have the image, or the image is larger than `max_bytes`.
    pub async fn save(&self, name: &str, max_bytes: u64) -> Result<(tempfile::TempPath, String), Problem> {
        let file = tempfile::NamedTempFile::new().map_err(|error| server_disk(&error))?;
        let id = self.save_to(name, file.reopen().map_err(|error| server_disk(&error))?, max_bytes).await?;
        Ok((file.into_temp_path(), id))
    }

    /// Saves an image as an archive in a file. Returns the id of the image.
    ///
    /// # Errors
    /// As [`Docker::save`].
    pub(super) async fn save_to(&self, name: &str, file: std::fs::File, max_bytes: u64) -> Result<String, Problem> {
        let found = self.query_client.inspect_image(name).await.map_err(|error| engine_problem(&error))?;
        let id = found.id.clone().unwrap_or_default();
        if layerless_image::is_layerless(&found) {
            let history = self.query_client.image_history(name).await.map_err(|error| engine_problem(&error))?;
            layerless_image::write(name, &found, &history, file).map_err(|error| server_disk(&error))?;
            return Ok(id);
        }
        // The size is checked first: the engine packs the whole image before it sends the first byte, and writes sparse
        // files in full.
        if u64::try_from(found.size.unwrap_or(0)).is_ok_and(|size| size > max_bytes) {
            return Err(image_too_large(max_bytes));
        }
        let mut out = tokio::io::BufWriter::with_capacity(1 << 18, tokio::fs::File::from_std(file));
        let mut stream = Box::pin(self.client.export_image(name));
        let mut count = 0u64;
        while let Some(chunk) = stream.next().await {
            let chunk = chunk.map_err(|error| engine_problem(&error))?;
            count += chunk.len() as u64;
            if count > max_bytes {
                return Err(image_too_large(max_bytes));
            }
            out.write_all(&chunk).await.map_err(|error| server_disk(&error))?;
        }
        out.flush().await.map_err(|error| server_disk(&error))?;
        Ok(id)
    }

    /// Bytes of each entry of an image's history, the oldest first. Empty for Podman: it counts the bytes of tars,
    /// not of files, so the content of the layers is counted instead.
    pub(super) async fn history_sizes(&self, name: &str) -> Vec<u64> {
        if self.is_podman {
            return Vec::new();
        }
        let entries = self.query_client.image_history(name).await.unwrap_or_default();
        entries.iter().rev().map(|entry| u64::try_from(entry.size).unwrap_or(0)).collect()
    }

    /// Bytes of each stage's last image, by the index of the stage.
    pub(super) async fn stage_sizes(&self, images: &BTreeMap<usize, String>) -> BTreeMap<usize, u64> {
        let mut sizes = BTreeMap::new();
        for (stage, id) in images.iter().filter(|_| !self.is_podman) {
            let size = self.query_client.inspect_image(id).await.ok().and_then(|found| found.size);
            sizes.extend(size.and_then(|size| u64::try_from(size).ok()).map(|size| (*stage, size)));
        }
        sizes
    }

    /// Reads an image with its files. The sizes of its layers are those that `docker history` prints.
    ///
    /// # Errors
    /// The engine does not have the image, or it is larger than `max_bytes` or cannot be read.
    pub async fn image(&self, name: &str, max_bytes: u64) -> Result<Image, Problem> {
        let (saved, id) = self.save(name, max_bytes).await?;
        let image = image_archive::read(&saved).await.map_err(|error| unreadable_image(&error))?;
        Ok(sized(&layerless_image::with_id(image, id), &self.history_sizes(name).await))
    }
}
