//! Removes what builds leave on an engine. A resource is removed only if the journal contains it and the engine
//! confirms that it is still the same. What cannot be removed yet stays in the journal, and the removal is retried.

use super::blocked_fifos;
use super::docker::Docker;
use super::docker_error::{engine_problem, is_not_found};
use super::journal::{Journal, Resource};
use super::resource_names::{
    BUILD_LABEL, BUILD_REPOSITORY, INSTANCE_LABEL, daemon_container_name, image_name, run_container_name,
};
use bollard::errors::Error;
use bollard::query_parameters::{
    KillContainerOptionsBuilder, ListImagesOptionsBuilder, RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder,
    TagImageOptionsBuilder,
};
use stageplay_core::api::Problem;
use std::collections::{BTreeMap, HashMap};
use std::sync::PoisonError;
use std::time::Duration;
use tokio::sync::OnceCell;

/// How long an engine may continue a commit or an export of a build that was stopped. Until then, the build may still
/// create resources.
const LATE_RESULT_TIME: Duration = Duration::from_secs(90);

/// How long the engine may take to kill a container.
const KILL_TIMEOUT: Duration = Duration::from_secs(5);
/// How long the engine may take to remove one resource. It never answers what concerns a container that it cannot start,
/// and meanwhile it may answer no removal of an image.
const REMOVAL_TIMEOUT: Duration = Duration::from_secs(10);

/// What is known about the end of the build that created a resource.
#[derive(Clone, Copy)]
struct BuildEnd {
    /// This server followed the build to its end, so the journal contains everything that it created.
    observed: bool,
    /// The build can create nothing more.
    complete: bool,
}

/// How long the engine may take to list the images that were committed from containers.
const LIST_TIMEOUT: Duration = Duration::from_secs(30);

/// Seconds in which the step of an abandoned build makes its image. It is longer than a builder takes for a step that
/// nobody can end, such as a COPY.
const MAX_STEP_SECONDS: u64 = 900;

/// The untagged images that were committed from containers. They are listed once.
type CommittedImages = OnceCell<ImageList>;

/// Pairs of a container id and the id of the untagged image that was committed from it.
#[derive(Default)]
struct ImageList {
    images: Vec<(String, String)>,
    /// The engine told of all images.
    is_complete: bool,
}

/// The result of a removal.
enum Removal {
    /// The resource is gone.
    Done,
    /// The resource still exists, or may still be created.
    Pending,
    /// The engine does not answer in time.
    NoAnswer,
}

impl From<Result<(), Error>> for Removal {
    fn from(result: Result<(), Error>) -> Self {
        match result {
            Ok(()) => Removal::Done,
            Err(error) if is_not_found(&error) => Removal::Done,
            Err(Error::RequestTimeoutError) => Removal::NoAnswer,
            Err(_) => Removal::Pending,
        }
    }
}

/// Sorts resources in the order of their removal: containers, then tags, then images. An image cannot be removed
/// while a container or a tag refers to it.
fn in_removal_order(resources: impl Iterator<Item = Resource>) -> Vec<Resource> {
    let mut resources: Vec<Resource> = resources.collect();
    resources.sort_by_key(|resource| match resource {
        container if is_container(container) => 0,
        Resource::Tag(..) => 1,
        _ => 2,
    });
    resources
}

fn is_container(resource: &Resource) -> bool {
    matches!(resource, Resource::RunContainer(_) | Resource::StepContainer(_) | Resource::DaemonContainer(_))
}

impl Docker {
    /// Removes what a build created. `complete` is whether the engine has finished the build; otherwise the build may
    /// still create something. If the engine does not answer in time, the rest is left to [`Docker::sweep`].
    pub(super) async fn remove(&self, created: &[Resource], complete: bool, journal: &Journal) {
        created.iter().for_each(|resource| journal.schedule_removal(resource));
        let committed = OnceCell::new();
        let end = BuildEnd { observed: complete, complete };
        for resource in in_removal_order(created.iter().rev().cloned()) {
            let removal = self.remove_resource(&resource, end, &committed, journal).await;
            if matches!(removal, Removal::NoAnswer) {
                return;
            }
        }
    }

    /// Removes the resources whose removal is due. Returns how many were removed.
    pub(super) async fn sweep(&self, journal: &Journal) -> usize {
        let due: BTreeMap<Resource, Duration> = journal.due_removals().into_iter().collect();
        // A builder that waits for a pipe keeps the image that it has mounted.
        if let Some(limits) = self.step_limits.as_ref().filter(|_| !due.is_empty()) {
            blocked_fifos::release_mounted_images(limits.root()).await;
        }
        let committed = OnceCell::new();
        let remove = async |resource: &Resource| {
            let complete = due.get(resource).is_some_and(|since| *since > LATE_RESULT_TIME);
            self.remove_resource(resource, BuildEnd { observed: false, complete }, &committed, journal).await
        };
        let (containers, mut resources): (Vec<_>, Vec<_>) =
            in_removal_order(due.keys().cloned()).into_iter().partition(is_container);
        // All at once: the engine may not answer for one of them.
        let removals = futures_util::future::join_all(containers.iter().map(&remove)).await;
        let mut count = removals.iter().filter(|removal| matches!(removal, Removal::Done)).count();
        // An image must be removed after its child images. The journal does not record this order, so the remaining
        // images are tried again as long as one can be removed.
        loop {
            let before = count;
            let mut remaining = Vec::new();
            for resource in resources {
                match remove(&resource).await {
                    Removal::Done => count += 1,
                    Removal::Pending => remaining.push(resource),
                    // The engine does not answer for the other images either. Their removal stays due.
                    Removal::NoAnswer => return count,
                }
            }
            remaining.retain(|resource| matches!(resource, Resource::Image(_)));
            if remaining.is_empty() || count == before {
                return count;
            }
            resources = remaining;
        }
    }

    /// Removes one resource and updates the journal.
    async fn remove_resource(
        &self,
        resource: &Resource,
        end: BuildEnd,
        committed: &CommittedImages,
        journal: &Journal,
    ) -> Removal {
        // Looking at all images can take longer than a removal.
        if matches!(resource, Resource::StepContainer(_)) && !end.observed {
            let listed = committed.get_or_init(|| self.committed_images());
            let _ = tokio::time::timeout(LIST_TIMEOUT, listed).await;
        }
        // The classic builder may be about to use an image as its cache.
        let _guard = match resource {
            Resource::Image(_) | Resource::Tag(..) => match self.classic_cache.begin_removal() {
                Some(guard) => Some(guard),
                None => {
                    journal.schedule_removal(resource);
                    return Removal::Pending;
                }
            },
            _ => None,
        };
        let removed = async {
            match resource {
                Resource::RunContainer(build) => {
                    self.remove_labelled_container(&run_container_name(build), build, end, journal).await
                }
                Resource::DaemonContainer(build) => {
                    self.remove_labelled_container(&daemon_container_name(build), build, end, journal).await
                }
                Resource::StepContainer(id) => self.remove_step_container(id, end, committed, journal).await,
                Resource::Image(id) => self.remove_image(id).await,
                Resource::NextImage(parent, started, _) => self.find_next_image(parent, *started, end, journal).await,
                Resource::Tag(build, started) => self.remove_tag(build, *started, end, journal).await,
            }
        };
        let removal = tokio::time::timeout(REMOVAL_TIMEOUT, removed).await.unwrap_or(Removal::NoAnswer);
        match removal {
            Removal::Done => journal.forget(resource),
            Removal::Pending | Removal::NoAnswer => journal.schedule_removal(resource),
        }
        removal
    }

    /// Removes a container by its name, if it has the labels of the build and of this server.
    async fn remove_labelled_container(&self, name: &str, build: &str, end: BuildEnd, journal: &Journal) -> Removal {
        let labels = match self.query_client.inspect_container(name, None).await {
            Ok(found) => found.config.and_then(|config| config.labels).unwrap_or_default(),
            // The engine may still be creating it.
            Err(error) if is_not_found(&error) && !end.complete => return Removal::Pending,
            Err(error) => return Err(error).into(),
        };
        let has = |label: &str, value: &str| labels.get(label).is_some_and(|found| found == value);
        if !has(BUILD_LABEL, build) || !has(INSTANCE_LABEL, journal.instance()) {
            return Removal::Done;
        }
        self.remove_container(name).await
    }

    async fn remove_container(&self, id: &str) -> Removal {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        self.client.remove_container(id, Some(options)).await.into()
    }

    /// Kills the container of a step of a build that is stopped. The container is not removed: the builder may be about
    /// to commit it, and reports that.
    /// Returns whether the engine answers in time.
    pub(super) async fn kill_step_container(&self, id: &str) -> bool {
        let options = KillContainerOptionsBuilder::default().signal("SIGKILL").build();
        // An error means that the container has ended already.
        tokio::time::timeout(KILL_TIMEOUT, self.client.kill_container(id, Some(options))).await.is_ok()
    }

    /// Removes the container of a step. If the end of the build was not observed, this also schedules the removal of
    /// images that were committed from the container.
    async fn remove_step_container(
        &self,
        id: &str,
        end: BuildEnd,
        committed: &CommittedImages,
        journal: &Journal,
    ) -> Removal {
        let removal = match self.query_client.inspect_container(id, None).await {
            // Another container may have this text as its name.
            Ok(found) if found.id.as_deref().is_some_and(|full| full.starts_with(id)) => {
                self.remove_container(id).await
            }
            Ok(_) => Removal::Done,
            Err(error) => Err(error).into(),
        };
        if end.observed {
            return removal;
        }
        let list = committed.get_or_init(|| self.committed_images()).await;
        for (_, image) in list.images.iter().filter(|(container, _)| container.starts_with(id)) {
            let image = Resource::Image(image.clone());
            journal.record(image.clone());
            journal.schedule_removal(&image);
        }
        if end.complete && list.is_complete { removal } else { Removal::Pending }
    }

    /// Schedules the removal of the image that a step made of which nothing more was heard: an untagged image on the
    /// image that the step stands on, made since the step started, that no other build of this server made.
    async fn find_next_image(&self, parent: &str, started: u64, end: BuildEnd, journal: &Journal) -> Removal {
        if !end.complete {
            return Removal::Pending;
        }
        let options = ListImagesOptionsBuilder::default().all(true).build();
        let images = match self.client.list_images(Some(options)).await {
            Ok(images) => images,
            Err(error) => return Err(error).into(),
        };
        for image in images {
            let created = u64::try_from(image.created).unwrap_or(0);
            let is_untagged = image.repo_tags.iter().all(|tag| tag.starts_with("<none>"));
            let resource = Resource::Image(image.id);
            if image.parent_id == parent
                && is_untagged
                && (started.saturating_sub(1)..=started.saturating_add(MAX_STEP_SECONDS)).contains(&created)
                && !journal.contains(&resource)
            {
                journal.record(resource.clone());
                journal.schedule_removal(&resource);
            }
        }
        Removal::Done
    }

    /// Lists the untagged images that were committed from a container, each after its container.
    async fn committed_images(&self) -> ImageList {
        let options = ListImagesOptionsBuilder::default().all(true).build();
        let Ok(images) = self.client.list_images(Some(options)).await else { return ImageList::default() };
        let lock = || self.image_containers.lock().unwrap_or_else(PoisonError::into_inner);
        lock().retain(|known, _| images.iter().any(|image| image.id == *known));
        let mut list = ImageList { images: Vec::new(), is_complete: true };
        for image in images {
            if !image.repo_tags.iter().all(|tag| tag.starts_with("<none>")) {
                continue;
            }
            let known = lock().get(&image.id).cloned();
            let container = match known {
                Some(container) => container,
                None => match self.origin(&image.id).await {
                    Some(origin) => {
                        lock().insert(image.id.clone(), origin.container.clone());
                        origin.container
                    }
                    None => {
                        list.is_complete = false;
                        continue;
                    }
                },
            };
            if !container.is_empty() {
                list.images.push((container, image.id));
            }
        }
        list
    }

    /// Removes an image that a build created, unless somebody has tagged it to keep it.
    async fn remove_image(&self, id: &str) -> Removal {
        let found = match self.query_client.inspect_image(id).await {
            Ok(found) if found.id.as_deref() == Some(id) => found,
            Ok(_) => return Removal::Done,
            Err(error) => return Err(error).into(),
        };
        let tags = found.repo_tags.unwrap_or_default();
        if tags.iter().any(|tag| !tag.starts_with(BUILD_REPOSITORY)) {
            return Removal::Done;
        }
        // Another build of this server uses the image.
        if !tags.is_empty() {
            return Removal::Pending;
        }
        self.delete_image(id).await
    }

    /// Deletes an image or a tag, without force and without its parent images. The engine keeps an image that something
    /// depends on.
    async fn delete_image(&self, name: &str) -> Removal {
        let options = RemoveImageOptionsBuilder::default().noprune(true).build();
        self.client.remove_image(name, Some(options), None).await.map(drop).into()
    }

    /// Removes the tag of a build's image, and with it the image if this build created it.
    async fn remove_tag(&self, build: &str, started: u64, end: BuildEnd, journal: &Journal) -> Removal {
        let name = image_name(build);
        let found = match self.query_client.inspect_image(&name).await {
            Ok(found) => found,
            Err(error) if is_not_found(&error) && end.complete => return Removal::Done,
            Err(_) => return Removal::Pending,
        };
        let id = found.id.unwrap_or_default();
        let image = Resource::Image(id.clone());
        // If the end of the build was not observed, an image that is newer than the build's start is its own. An image
        // that another build needs is kept.
        let is_own = journal.is_removal_scheduled(&image)
            || !end.observed && !journal.contains(&image) && self.is_newer(&id, started, 0).await;
        let has_other_tags = found.repo_tags.is_some_and(|tags| tags.len() > 1);
        if !is_own && !has_other_tags && !self.move_tag(build, &id).await {
            return Removal::Pending;
        }
        let removal = self.delete_image(&name).await;
        if end.complete { removal } else { Removal::Pending }
    }

    /// Moves a build's tag to another image that has a tag of its own. Returns whether that succeeded. Removing the
    /// last tag of an image removes the image, too, and the image `from` belongs to somebody else.
    async fn move_tag(&self, build: &str, from: &str) -> bool {
        let images = self.query_client.list_images(Some(ListImagesOptionsBuilder::default().build())).await;
        let other = images.unwrap_or_default().into_iter().find_map(|image| {
            let tag = image.repo_tags.into_iter().find(|tag| !tag.starts_with("<none>"))?;
            (image.id != from && !tag.starts_with(BUILD_REPOSITORY)).then_some(tag)
        });
        let Some(other) = other else { return false };
        let options = TagImageOptionsBuilder::default().repo(BUILD_REPOSITORY).tag(build).build();
        self.query_client.tag_image(&other, Some(options)).await.is_ok()
    }

    /// Lists the ids of untagged images. If a build results in one of them, the image existed before and belongs to
    /// somebody else.
    ///
    /// # Errors
    /// The engine does not tell.
    pub(super) async fn untagged_images(&self) -> Result<Vec<String>, Problem> {
        // An engine with many large images takes long.
        let filters = HashMap::from([("dangling", vec!["true"])]);
        let options = ListImagesOptionsBuilder::default().filters(&filters).build();
        let images = self.client.list_images(Some(options)).await.map_err(|error| engine_problem(&error))?;
        Ok(images.into_iter().map(|image| image.id).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::address::Endpoint;
    use std::io::{BufRead, BufReader, Write};
    use std::os::unix::net::UnixListener;

    /// An engine that has only images: `images` is the answer of its list.
    async fn engine(folder: &tempfile::TempDir, images: String) -> Docker {
        let socket = folder.path().join("engine.sock");
        let listener = UnixListener::bind(&socket).unwrap();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(stream);
                let mut first = String::new();
                reader.read_line(&mut first).unwrap();
                let mut line = String::new();
                while reader.read_line(&mut line).is_ok() && !line.trim().is_empty() {
                    line.clear();
                }
                let path = first.split_whitespace().nth(1).unwrap_or("").split('?').next().unwrap_or("");
                let (status, body) = match path.rsplit('/').next().unwrap_or("") {
                    "_ping" => (200, "OK"),
                    "version" => (200, r#"{"Version":"20.10.24","ApiVersion":"1.41","Os":"linux","Arch":"amd64"}"#),
                    "info" => (200, "{}"),
                    _ if path.ends_with("/images/json") => (200, images.as_str()),
                    _ => (404, r#"{"message":"No such container"}"#),
                };
                let length = body.len();
                let head = format!("HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nConnection: close\r\n");
                let _ = write!(reader.get_mut(), "{head}Content-Length: {length}\r\n\r\n{body}");
            }
        });
        Docker::connect(&Endpoint::Socket(socket.display().to_string())).await.unwrap()
    }

    fn id(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    const EARLY: BuildEnd = BuildEnd { observed: false, complete: false };
    const LATE: BuildEnd = BuildEnd { observed: false, complete: true };

    #[tokio::test]
    async fn a_container_that_is_being_created_is_looked_for_again() {
        let folder = tempfile::tempdir().unwrap();
        let docker = engine(&folder, "[]".into()).await;
        let journal = Journal::in_memory();
        let build = "abcdefghijklm".to_string();
        for container in [Resource::DaemonContainer(build.clone()), Resource::RunContainer(build)] {
            journal.record(container.clone());
            let removal = docker.remove_resource(&container, EARLY, &OnceCell::new(), &journal).await;
            assert!(matches!(removal, Removal::Pending) && journal.contains(&container));
            let removal = docker.remove_resource(&container, LATE, &OnceCell::new(), &journal).await;
            assert!(matches!(removal, Removal::Done) && !journal.contains(&container));
        }
    }

    #[tokio::test]
    async fn images_are_kept_while_a_build_uses_the_cache() {
        let folder = tempfile::tempdir().unwrap();
        let docker = engine(&folder, "[]".into()).await;
        let journal = Journal::in_memory();
        let container = Resource::StepContainer("0".repeat(64));
        let created = [Resource::Image(id('1')), Resource::Tag("abcdefghijklm".into(), 1_000), container.clone()];
        created.iter().for_each(|resource| journal.record(resource.clone()));
        let cache_use = docker.classic_cache.use_cache();
        docker.remove(&created, true, &journal).await;
        assert!(created[..2].iter().all(|resource| journal.contains(resource)), "a build may use them");
        assert!(!journal.contains(&container), "no build uses a container of another one");
        drop(cache_use);
        assert!(docker.classic_cache.use_cache().is_none(), "the next build does not keep them any longer");
        docker.remove(&created[..2], true, &journal).await;
        assert!(!created.iter().any(|resource| journal.contains(resource)));
        assert!(docker.classic_cache.use_cache().is_some());
    }

    #[tokio::test]
    async fn the_image_of_a_step_that_was_abandoned_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let image = |digit: char, parent: char, created: u64, tags: &[&str]| {
            serde_json::json!({
                "Id": id(digit), "ParentId": id(parent), "Created": created, "RepoTags": tags, "RepoDigests": [],
                "Size": 1, "SharedSize": 0, "Labels": {}, "Containers": 0,
            })
        };
        let images = serde_json::json!([
            image('1', '0', 1_000, &["<none>:<none>"]),
            image('2', '0', 1_000, &["kept:latest"]),
            image('3', '0', 900, &[]),
            image('4', '0', 5_000, &[]),
            image('5', 'f', 1_000, &[]),
            image('6', '0', 1_001, &[]),
        ]);
        let docker = engine(&folder, images.to_string()).await;
        let journal = Journal::in_memory();
        let other_build = Resource::Image(id('6'));
        journal.record(other_build.clone());
        let next = Resource::NextImage(id('0'), 1_000, "abcdefghijklm".into());
        journal.record(next.clone());
        let removal = docker.remove_resource(&next, EARLY, &OnceCell::new(), &journal).await;
        assert!(matches!(removal, Removal::Pending) && !journal.contains(&Resource::Image(id('1'))));
        let removal = docker.remove_resource(&next, LATE, &OnceCell::new(), &journal).await;
        assert!(matches!(removal, Removal::Done) && !journal.contains(&next));
        let found: Vec<char> =
            "123456".chars().filter(|digit| journal.is_removal_scheduled(&Resource::Image(id(*digit)))).collect();
        assert_eq!(found, ['1']);
        assert!(journal.contains(&other_build), "another build of this server needs it");
    }
}
