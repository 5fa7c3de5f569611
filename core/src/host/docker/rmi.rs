//! `docker rmi`: which images are removed, and which only lose a name.

use super::run_create::with_tag;
use super::{Call, Docker, daemon_error};
use crate::host::store::Store;
use crate::image::{Image, Reference, short_id};
use crate::shell::Shell;

impl Docker {
    pub(super) fn rmi(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let force = call.words.has("force");
        let mut status = 0;
        let mut store = self.lock();
        for name in &call.words.operands {
            let Some((reference, image)) = store.local(name) else {
                match store.engine.major() {
                    0..23 => shell.err(format!("Error: No such image: {name}\n")),
                    _ => drop(daemon_error(shell, &format!("No such image: {}", with_tag(name)))),
                }
                // A forced removal counts what is not there as removed.
                status = if force { status } else { 1 };
                continue;
            };
            let tags = store.tags_of(&image).len();
            if let Some(conflict) = conflict(&store, name, reference.as_ref(), &image, tags, force) {
                status = daemon_error(shell, &conflict);
                continue;
            }
            for line in remove_image(&mut store, reference.as_ref(), &image) {
                shell.out(line);
            }
        }
        status
    }
}

/// Why an image is not removed.
fn conflict(
    store: &Store,
    name: &str,
    reference: Option<&Reference>,
    image: &Image,
    tags: usize,
    force: bool,
) -> Option<String> {
    let short = short_id(&image.id);
    let is_id = reference.is_none();
    if is_id && tags > 1 && !force {
        return Some(format!(
            "conflict: unable to delete {} (must be forced) - image is referenced in multiple repositories",
            short_id(name)
        ));
    }
    if tags > 1 {
        return None;
    }
    let user = store.user_of(image)?;
    let container = user.short_id();
    if user.state.is_up() {
        let what = if is_id { format!("delete {}", short_id(name)) } else { format!("delete {name}") };
        let running = format!(
            "conflict: unable to {what} (cannot be forced) - image is being used by running container {container}"
        );
        // By its name it is only untagged where that is forced.
        if is_id || force && tags == 1 && reference.is_none() {
            return Some(running);
        }
    }
    if force {
        return None;
    }
    Some(match is_id {
        true => format!(
            "conflict: unable to delete {} (must be forced) - image is being used by stopped container {container}",
            short_id(name)
        ),
        false => format!(
            "conflict: unable to remove repository reference \"{name}\" (must force) - container {container} is using its referenced image {short}"
        ),
    })
}

/// Removes a tag of an image, or all of them; what the client prints.
pub(super) fn remove_image(store: &mut Store, reference: Option<&Reference>, image: &Image) -> Vec<String> {
    let doomed: Vec<String> = match reference {
        Some(reference) => vec![reference.to_string()],
        None => store.tags_of(image).into_iter().map(ToString::to_string).collect(),
    };
    let all = store.tags_of(image).len();
    store.tags.retain(|(tag, other)| other.id != image.id || !doomed.contains(&tag.to_string()));
    let is_named = |tag: &&String| !tag.starts_with("<none>");
    let mut lines: Vec<String> = doomed.iter().filter(is_named).map(|tag| format!("Untagged: {tag}\n")).collect();
    let is_used = store.user_of(image).is_some();
    if all <= doomed.len() && !is_used {
        lines.push(format!("Deleted: {}\n", image.id));
    }
    lines
}
