//! `docker container prune`, `image prune`, `builder prune` and `system prune`.

use super::filters::Filters;
use super::ps::written;
use super::rmi::remove_image;
use super::{Call, Docker, daemon_error, note};
use crate::build::Cache;
use crate::host::store::Store;
use crate::image::{Image, Reference};
use crate::measure::Size;
use crate::shell::Shell;
use std::sync::Arc;

const FILTERS: [&str; 4] = ["label", "label!", "until", "dangling"];

impl Docker {
    /// Prints the question of a `prune`; whether it is answered with yes. The answer comes by `-f` or by a pipe.
    fn confirms(shell: &mut Shell, call: &Call<'_>, warning: &str) -> bool {
        if call.words.has("force") {
            return true;
        }
        shell.out(format!("WARNING! {warning}\nAre you sure you want to continue? [y/N] "));
        let answer = shell.take_input();
        let answer = String::from_utf8_lossy(&answer).lines().next().unwrap_or("").trim().to_lowercase();
        let yes = answer == "y";
        if !yes && answer.is_empty() {
            shell.out("\n");
            note(shell, "prune-asks", call.called.to_string());
        }
        yes
    }

    /// What the client prints after another answer: nothing since 26.0 (docker/cli, `container/prune.go`).
    fn not_pruned(&self, shell: &mut Shell) -> i32 {
        if self.lock().engine.major() < 26 {
            shell.out("Total reclaimed space: 0B\n");
        }
        0
    }

    fn pruning(&self, shell: &mut Shell, call: &Call<'_>, accepted: &[&str]) -> Result<Filters, i32> {
        let filters = Filters::read(call, accepted, self.lock().engine.major());
        if call.words.all("filter").any(|filter| filter.starts_with("until=")) {
            note(shell, "no-clock", format!("docker {} --filter until", call.called));
        }
        filters.map_err(|error| daemon_error(shell, &error))
    }

    pub(super) fn container_prune(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let filters = match self.pruning(shell, call, FILTERS.get(..3).unwrap_or(&[])) {
            Ok(filters) => filters,
            Err(status) => return status,
        };
        if !Self::confirms(shell, call, "This will remove all stopped containers.") {
            return self.not_pruned(shell);
        }
        let size = remove_containers(&mut self.lock(), shell, &filters);
        reclaimed(shell, &size);
        0
    }

    pub(super) fn image_prune(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let filters = match self.pruning(shell, call, &FILTERS) {
            Ok(filters) => filters,
            Err(status) => return status,
        };
        let all = call.words.has("all");
        let warning = match all {
            true => "This will remove all images without at least one container associated to them.",
            false => "This will remove all dangling images.",
        };
        if !Self::confirms(shell, call, warning) {
            return self.not_pruned(shell);
        }
        let size = remove_images(&mut self.lock(), shell, &filters, all);
        reclaimed(shell, &size);
        0
    }

    pub(super) fn builder_prune(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let warning = match call.words.has("all") {
            true => "This will remove all build cache.",
            false => "This will remove all dangling build cache.",
        };
        if !Self::confirms(shell, call, warning) {
            return self.not_pruned(shell);
        }
        let mut store = self.lock();
        store.cache = Cache::new();
        store.page_cache = Cache::new();
        shell.out("Total:\t0B\n");
        note(shell, "cache-size-not-known", "");
        0
    }

    pub(super) fn system_prune(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let filters = match self.pruning(shell, call, FILTERS.get(..3).unwrap_or(&[])) {
            Ok(filters) => filters,
            Err(status) => return status,
        };
        let all = call.words.has("all");
        let images = match all {
            true => "all images without at least one container associated to them",
            false => "all dangling images",
        };
        let volumes = match (call.words.has("volumes"), self.lock().engine.major()) {
            (false, _) => "",
            (true, 0..23) => "  - all volumes not used by at least one container\n",
            (true, _) => "  - all anonymous volumes not used by at least one container\n",
        };
        let cache = match (all, self.lock().engine.major()) {
            (true, 23..) => "all build cache",
            (false, 28..) => "unused build cache",
            _ => "all dangling build cache",
        };
        let warning = format!(
            "This will remove:\n  - all stopped containers\n  - all networks not used by at least one container\n{volumes}  - {images}\n  - {cache}\n"
        );
        if !Self::confirms(shell, call, &warning) {
            return 0;
        }
        let mut store = self.lock();
        let mut size = remove_containers(&mut store, shell, &filters);
        if call.words.has("volumes") && store.engine.major() < 23 {
            store.volumes.clear();
        }
        size += remove_images(&mut store, shell, &filters, all);
        store.cache = Cache::new();
        store.page_cache = Cache::new();
        reclaimed(shell, &size);
        0
    }
}

fn reclaimed(shell: &mut Shell, size: &Size) {
    shell.out(format!("Total reclaimed space: {}\n", size.in_docker_table()));
}

/// Removes the containers that have ended; the size of what they wrote.
fn remove_containers(store: &mut Store, shell: &mut Shell, filters: &Filters) -> Size {
    let doomed: Vec<u64> = store
        .containers
        .iter()
        .filter(|(_, one)| !one.state.is_up() && filters.prunes(&one.config))
        .map(|(number, _)| *number)
        .collect();
    let mut size = Size::ZERO;
    let mut text = String::new();
    for number in doomed {
        if let Some(container) = store.containers.remove(&number) {
            text.push_str(&format!("{}\n", container.id));
            size += written(&container);
        }
    }
    if !text.is_empty() {
        shell.out(format!("Deleted Containers:\n{text}\n"));
    }
    size
}

/// Removes the images without a name, or all that no container uses; the size of the layers that no other image has.
fn remove_images(store: &mut Store, shell: &mut Shell, filters: &Filters, all: bool) -> Size {
    let doomed: Vec<(Reference, Arc<Image>)> = store
        .tags
        .iter()
        .filter(|(reference, image)| {
            (all || reference.repository == "<none>") && store.user_of(image).is_none() && filters.prunes(&image.config)
        })
        .cloned()
        .collect();
    let mut lines = Vec::new();
    for (reference, image) in &doomed {
        lines.extend(remove_image(store, Some(reference), image));
    }
    let kept: std::collections::BTreeSet<&str> =
        store.tags.iter().flat_map(|(_, image)| image.layers.iter()).map(|layer| layer.diff_id.as_str()).collect();
    let mut seen = std::collections::BTreeSet::new();
    let mut size = Size::ZERO;
    for layer in doomed.iter().flat_map(|(_, image)| &image.layers) {
        if !kept.contains(layer.diff_id.as_str()) && seen.insert(layer.diff_id.as_str()) {
            size += layer.size.clone();
        }
    }
    if !lines.is_empty() {
        shell.out(format!(
            "Deleted Images:\n{}\n",
            lines.concat().to_string().replace("Untagged:", "untagged:").replace("Deleted:", "deleted:")
        ));
    }
    size
}
