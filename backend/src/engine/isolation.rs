//! How builds are isolated from each other, and the base images of isolated builds.

use super::base_images::{BaseImages, ImageArchive};
use super::docker::Docker;
use super::docker_error;
use crate::disk::archive;
use crate::problem::problem;
use stageplay_core::api::Problem;
use stageplay_core::image::Reference;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// How builds are isolated from each other.
#[derive(Clone, Debug, Default)]
pub struct Isolation {
    /// The image of the BuildKit daemon that is started for each build, such as `moby/buildkit:rootless`. `None` to
    /// build on the engine itself.
    pub daemon_image: Option<String>,
    /// Images of the engine that builds may use as base images.
    pub base_images: Vec<Reference>,
    /// A folder with archives of further base images.
    pub archive_folder: Option<PathBuf>,
    /// The BuildKit daemons are build workers: each takes one build at a time and starts a new daemon for it.
    pub workers: bool,
    /// The state folder of the server. Archives of the engine's images are saved there.
    pub state: PathBuf,
    /// The base images, after they were opened for the first time.
    opened: Arc<OnceCell<Arc<BaseImages>>>,
}

impl Isolation {
    /// Makes the settings. [`Isolation::workers`] is false.
    pub fn new(
        daemon_image: Option<String>,
        base_images: Vec<Reference>,
        archive_folder: Option<PathBuf>,
        state: PathBuf,
    ) -> Self {
        Isolation { daemon_image, base_images, archive_folder, state, ..Isolation::default() }
    }

    /// Opens the base images. Images of the engine are saved as archives first. This happens once.
    ///
    /// # Errors
    /// A base image is missing or cannot be read.
    pub(super) async fn open_base_images(&self, docker: Option<&Docker>) -> Result<Arc<BaseImages>, Problem> {
        let open = async {
            let mut archives = Vec::new();
            if let Some(docker) = docker {
                archives = save_engine_images(docker, &self.base_images, &self.state.join("base-images")).await?;
            }
            if let Some(folder) = &self.archive_folder {
                archives.extend(BaseImages::list_archives(folder).map_err(base_image_problem)?);
            }
            let opened = tokio::task::spawn_blocking(move || BaseImages::open(&archives)).await;
            Ok(Arc::new(opened.map_err(|error| base_image_problem(error.to_string()))?.map_err(base_image_problem)?))
        };
        self.opened.get_or_try_init(|| open).await.cloned()
    }
}

fn base_image_problem(error: String) -> Problem {
    let help = "repair or remove the base image, and start the server again";
    problem("base-images", format!("cannot use a base image: {error}"), help)
}

/// Whether an archive is there and can be read: its content may be missing if the machine lost power.
async fn is_whole(path: &Path) -> bool {
    let path = path.to_path_buf();
    tokio::task::spawn_blocking(move || archive::open(&path).is_ok()).await.unwrap_or(false)
}

/// Whether a file has a name under which this server saves images of the engine. Another file is somebody else's.
fn is_saved_name(name: &OsStr) -> bool {
    let name = name.to_str().and_then(|name| name.strip_prefix("sha256-")).unwrap_or("");
    let id = [".tar", ".part"].iter().find_map(|end| name.strip_suffix(end)).unwrap_or("");
    id.len() == 64 && id.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Saves images of the engine as archives in a folder, and removes archives that are no longer needed.
async fn save_engine_images(
    docker: &Docker,
    images: &[Reference],
    folder: &Path,
) -> Result<Vec<ImageArchive>, Problem> {
    let disk = |error: std::io::Error| base_image_problem(format!("{}: {error}", folder.display()));
    // Whatever the mask of the process is: archives that others may replace are refused at the next start.
    tokio::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).await.map_err(disk)?;
    let mut archives: Vec<ImageArchive> = Vec::new();
    for reference in images {
        let name = match &reference.digest {
            Some(digest) => format!("{}@{digest}", reference.repository),
            None => reference.to_string(),
        };
        let found = docker.query_client.inspect_image(&name).await.map_err(|error| {
            let what = format!("the base image {name} is not on the engine: {}", docker_error::message(&error));
            problem("base-images", what, &format!("pull it with docker pull {name}"))
        })?;
        let id = found.id.unwrap_or_default();
        let path = folder.join(format!("{}.tar", id.replace(':', "-")));
        if !is_whole(&path).await {
            let partial = path.with_extension("part");
            let file = std::fs::File::create(&partial).map_err(disk)?;
            let saved = tokio::fs::File::from_std(file.try_clone().map_err(disk)?);
            docker.save_to(&id, file, u64::MAX).await?;
            // Else the name could be on disk before the content when the machine loses power.
            saved.sync_all().await.map_err(disk)?;
            tokio::fs::rename(&partial, &path).await.map_err(disk)?;
        }
        let names = found.repo_digests.unwrap_or_default();
        let digests = names.iter().filter_map(|name| name.split_once('@')).map(|(_, digest)| digest.to_string());
        archives.push(ImageArchive { path, names: vec![reference.clone()], registry_digests: digests.collect() });
    }
    let mut entries = tokio::fs::read_dir(folder).await.map_err(disk)?;
    while let Some(entry) = entries.next_entry().await.map_err(disk)? {
        if is_saved_name(&entry.file_name()) && !archives.iter().any(|archive| archive.path == entry.path()) {
            tokio::fs::remove_file(entry.path()).await.map_err(disk)?;
        }
    }
    Ok(archives)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_archives_of_the_server_are_removed() {
        let id = "0a".repeat(32);
        for (name, is_own) in [
            (format!("sha256-{id}.tar"), true),
            (format!("sha256-{id}.part"), true),
            (format!("sha256-{id}"), false),
            ("alpine.tar".to_string(), false),
            ("sha256-alpine.tar".to_string(), false),
        ] {
            assert_eq!(is_saved_name(OsStr::new(&name)), is_own, "{name}");
        }
    }
}
