//! Removing what builds leave on an engine: only what the journal says is ours, and what the engine
//! says is still that. What cannot be removed yet stays in the journal and is tried again.

use super::docker::Docker;
use super::journal::{Journal, Thing};
use super::{INSTANCE, LABEL, REPOSITORY};
use bollard::errors::Error;
use bollard::query_parameters::{
    KillContainerOptionsBuilder, ListImagesOptionsBuilder, RemoveContainerOptionsBuilder, RemoveImageOptionsBuilder,
    TagImageOptionsBuilder,
};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;
use tokio::sync::OnceCell;

/// An engine finishes a commit or an export that has begun, also of a build that was stopped.
const LATE: Duration = Duration::from_secs(90);

/// For the engine to end a program.
const SOON: Duration = Duration::from_secs(5);
/// For the engine to remove one thing.
const PATIENCE: Duration = Duration::from_secs(30);

fn is_missing(error: &Error) -> bool {
    matches!(error, Error::DockerResponseServerError { status_code: 404, .. })
}

/// What is known of the build that made something.
#[derive(Clone, Copy)]
struct End {
    /// Its end was seen: what it made is written down.
    seen: bool,
    /// Nothing more comes of it.
    over: bool,
}

/// What was committed from containers, asked for once.
type Committed = OnceCell<Vec<(String, String)>>;

/// What is left of something.
enum Rest {
    Nothing,
    /// It is there, or the engine does not answer.
    Something,
}

/// The name that a build's image has.
pub(super) fn name_of(build: &str) -> String {
    format!("{REPOSITORY}:{build}")
}

/// The name of the container that a build's image is started in.
pub(super) fn start_of(build: &str) -> String {
    format!("stageplay-{build}")
}

/// The name of the container that a build's own daemon runs in.
pub(super) fn daemon_of(build: &str) -> String {
    format!("stageplay-daemon-{build}")
}

/// Containers before the names of images, and these before images: each holds those behind it.
fn in_order(things: impl Iterator<Item = Thing>) -> Vec<Thing> {
    let mut things: Vec<Thing> = things.collect();
    things.sort_by_key(|thing| match thing {
        Thing::Start(_) | Thing::Step(_) | Thing::Daemon(_) => 0,
        Thing::Name(..) => 1,
        Thing::Image(_) => 2,
    });
    things
}

impl Docker {
    /// Removes what a build made. `ended` is whether the engine has come to an end with it:
    /// else something may still come.
    pub(super) async fn remove(&self, made: &[Thing], ended: bool, journal: &Journal) {
        made.iter().for_each(|thing| journal.leave(thing));
        let committed = OnceCell::new();
        for thing in in_order(made.iter().rev().cloned()) {
            self.take_away(&thing, End { seen: ended, over: ended }, &committed, journal).await;
        }
    }

    /// Removes what nothing needs any more and whose turn it is; how much that was.
    pub(super) async fn sweep(&self, journal: &Journal) -> usize {
        let left: BTreeMap<Thing, Duration> = journal.left().into_iter().collect();
        let mut things = in_order(left.keys().cloned());
        let mut count = 0;
        let committed = OnceCell::new();
        // An image goes after those that stand on it, whose order nobody wrote down.
        loop {
            let before = count;
            let mut rest = Vec::new();
            for thing in things {
                let over = left.get(&thing).is_some_and(|since| *since > LATE);
                match self.take_away(&thing, End { seen: false, over }, &committed, journal).await {
                    true => count += 1,
                    false => rest.push(thing),
                }
            }
            rest.retain(|thing| matches!(thing, Thing::Image(_)));
            if rest.is_empty() || count == before {
                return count;
            }
            things = rest;
        }
    }

    /// Removes one thing and tells the journal; whether it is gone. What may still come is waited for.
    async fn take_away(&self, thing: &Thing, end: End, committed: &Committed, journal: &Journal) -> bool {
        let removed = async {
            match thing {
                Thing::Start(build) => self.remove_ours(&start_of(build), build, journal).await,
                Thing::Daemon(build) => self.remove_ours(&daemon_of(build), build, journal).await,
                Thing::Step(id) => self.remove_step(id, end, committed, journal).await,
                Thing::Image(id) => self.remove_image(id).await,
                Thing::Name(build, begun) => self.remove_name(build, *begun, end, journal).await,
            }
        };
        let rest = tokio::time::timeout(PATIENCE, removed).await.unwrap_or(Rest::Something);
        match rest {
            Rest::Nothing => journal.gone(thing),
            Rest::Something => journal.leave(thing),
        }
        matches!(rest, Rest::Nothing)
    }

    /// A container by the name that we gave it, if it carries our labels.
    async fn remove_ours(&self, name: &str, build: &str, journal: &Journal) -> Rest {
        let labels = match self.client.inspect_container(name, None).await {
            Ok(found) => found.config.and_then(|config| config.labels).unwrap_or_default(),
            Err(error) => return if is_missing(&error) { Rest::Nothing } else { Rest::Something },
        };
        let is = |label: &str, value: &str| labels.get(label).is_some_and(|found| found == value);
        if !is(LABEL, build) || !is(INSTANCE, journal.instance()) {
            return Rest::Nothing;
        }
        self.remove_container(name).await
    }

    async fn remove_container(&self, id: &str) -> Rest {
        let options = RemoveContainerOptionsBuilder::default().force(true).v(true).build();
        match self.client.remove_container(id, Some(options)).await {
            Ok(()) => Rest::Nothing,
            Err(error) if is_missing(&error) => Rest::Nothing,
            Err(_) => Rest::Something,
        }
    }

    /// Ends a step that is to go no further. Its container stays for the builder, which may be about to make an
    /// image of it, and says so.
    pub(super) async fn end_step(&self, id: &str) {
        let options = KillContainerOptionsBuilder::default().signal("SIGKILL").build();
        // What has ended already is not there to be ended.
        let _ = tokio::time::timeout(SOON, self.client.kill_container(id, Some(options))).await;
    }

    /// The container of a step, and the images that were committed from it while nobody heard of them.
    async fn remove_step(&self, id: &str, end: End, committed: &Committed, journal: &Journal) -> Rest {
        let rest = match self.client.inspect_container(id, None).await {
            // Another one may have that for a name.
            Ok(found) if found.id.as_deref().is_some_and(|whole| whole.starts_with(id)) => {
                self.remove_container(id).await
            }
            Ok(_) => Rest::Nothing,
            Err(error) if is_missing(&error) => Rest::Nothing,
            Err(_) => Rest::Something,
        };
        if end.seen {
            return rest;
        }
        let all = committed.get_or_init(|| self.committed()).await;
        for (_, image) in all.iter().filter(|(container, _)| container.starts_with(id)) {
            let image = Thing::Image(image.clone());
            journal.made(image.clone());
            journal.leave(&image);
        }
        if end.over { rest } else { Rest::Something }
    }

    /// Images without a name that were made of a container, each behind it.
    async fn committed(&self) -> Vec<(String, String)> {
        let options = ListImagesOptionsBuilder::default().all(true).build();
        let mut found = Vec::new();
        for image in self.client.list_images(Some(options)).await.unwrap_or_default() {
            let is_nameless = image.repo_tags.iter().all(|tag| tag.starts_with("<none>"));
            if is_nameless
                && let Some(origin) = self.origin(&image.id).await
                && !origin.container.is_empty()
            {
                found.push((origin.container, origin.id));
            }
        }
        found
    }

    /// An image that a build made, unless somebody has given it a name and wants to keep it.
    async fn remove_image(&self, id: &str) -> Rest {
        let found = match self.client.inspect_image(id).await {
            Ok(found) if found.id.as_deref() == Some(id) => found,
            Ok(_) => return Rest::Nothing,
            Err(error) => return if is_missing(&error) { Rest::Nothing } else { Rest::Something },
        };
        let names = found.repo_tags.unwrap_or_default();
        if names.iter().any(|name| !name.starts_with(REPOSITORY)) {
            return Rest::Nothing;
        }
        // Another build of ours uses it.
        if !names.is_empty() {
            return Rest::Something;
        }
        self.delete_image(id).await
    }

    /// Without force, and without the images below it: if something stands on it, the engine keeps it.
    async fn delete_image(&self, name: &str) -> Rest {
        let options = RemoveImageOptionsBuilder::default().noprune(true).build();
        match self.client.remove_image(name, Some(options), None).await {
            Ok(_) => Rest::Nothing,
            Err(error) if is_missing(&error) => Rest::Nothing,
            Err(_) => Rest::Something,
        }
    }

    /// The name of a build's image, and with it the image if it is ours.
    async fn remove_name(&self, build: &str, begun: u64, end: End, journal: &Journal) -> Rest {
        let name = name_of(build);
        let found = match self.client.inspect_image(&name).await {
            Ok(found) => found,
            Err(error) if is_missing(&error) && end.over => return Rest::Nothing,
            Err(_) => return Rest::Something,
        };
        let id = found.id.unwrap_or_default();
        let image = Thing::Image(id.clone());
        // Of a build whose end nobody saw, its age tells. What another build still needs stays.
        let is_ours =
            journal.is_left(&image) || !end.seen && !journal.holds(&image) && self.is_as_young(&id, begun, 0).await;
        let has_other_names = found.repo_tags.is_some_and(|names| names.len() > 1);
        if !is_ours && !has_other_names && !self.move_name(build, &id).await {
            return Rest::Something;
        }
        let rest = self.delete_image(&name).await;
        if end.over { rest } else { Rest::Something }
    }

    /// Gives a name to another image that keeps its own: an image loses its last name only by being removed,
    /// and this one is somebody else's.
    async fn move_name(&self, build: &str, from: &str) -> bool {
        let images = self.client.list_images(Some(ListImagesOptionsBuilder::default().build())).await;
        let other = images.unwrap_or_default().into_iter().find_map(|image| {
            let name = image.repo_tags.into_iter().find(|name| !name.starts_with("<none>"))?;
            (image.id != from && !name.starts_with(REPOSITORY)).then_some(name)
        });
        let Some(other) = other else { return false };
        let options = TagImageOptionsBuilder::default().repo(REPOSITORY).tag(build).build();
        self.client.tag_image(&other, Some(options)).await.is_ok()
    }

    /// Images without a name: what a build's result may turn out to be, and then it is somebody else's.
    pub(super) async fn nameless(&self) -> Vec<String> {
        let filters = HashMap::from([("dangling", vec!["true"])]);
        let options = ListImagesOptionsBuilder::default().filters(&filters).build();
        let images = self.client.list_images(Some(options)).await.unwrap_or_default();
        images.into_iter().map(|image| image.id).collect()
    }
}
