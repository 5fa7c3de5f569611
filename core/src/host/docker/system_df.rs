//! `docker system df`.

use super::go_template::Value;
use super::list_format::{List, Output};
use super::ps::written;
use super::{Call, Docker, column_width, note};
use crate::engine::Builder;
use crate::measure::Size;
use crate::shell::Shell;
use std::collections::BTreeMap;

const HEADS: [(&str, &str); 5] =
    [("Type", "TYPE"), ("TotalCount", "TOTAL"), ("Active", "ACTIVE"), ("Size", "SIZE"), ("Reclaimable", "RECLAIMABLE")];

impl Docker {
    pub(super) fn system_df(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let words = &call.words;
        let store = self.lock();
        if words.has("verbose") {
            note(shell, "docker-option-ignored", "docker system df --verbose");
        }
        // Each layer counts once, though several images have it.
        let mut layers: BTreeMap<&str, (Size, bool)> = BTreeMap::new();
        let (mut ids, mut active_ids) = (std::collections::BTreeSet::new(), std::collections::BTreeSet::new());
        for (_, image) in &store.tags {
            let is_active = store.user_of(image).is_some();
            ids.insert(image.id.as_str());
            if is_active {
                active_ids.insert(image.id.as_str());
            }
            for layer in &image.layers {
                let known = layers.entry(&layer.diff_id).or_insert_with(|| (layer.size.clone(), false));
                known.1 |= is_active;
            }
        }
        let all: Size = layers.values().map(|(size, _)| size.clone()).sum();
        let unused: Size = layers.values().filter(|(_, active)| !active).map(|(size, _)| size.clone()).sum();
        let (mut own, mut stopped, mut up) = (Size::ZERO, Size::ZERO, 0);
        for container in store.containers.values() {
            let size = written(container);
            own += size.clone();
            if container.state.is_up() {
                up += 1;
            } else {
                stopped += size;
            }
        }
        let used = |name: &str| {
            let is = |mount: &crate::host::containers::Mount| {
                mount.source == crate::host::containers::MountSource::Volume(name.to_string())
            };
            store.containers.values().any(|one| one.mounts.iter().any(is))
        };
        let active_volumes = store.volumes.keys().filter(|name| used(name)).count();
        let weight = |names: &dyn Fn(&str) -> bool| -> Size {
            let trees = store.volumes.iter().filter(|(name, _)| names(name));
            let files = trees.flat_map(|(_, tree)| tree.walk("/")).filter_map(|(_, node)| node.content());
            files.map(crate::fs::Content::size).sum()
        };
        let (volumes, idle) = (weight(&|_| true), weight(&|name| !used(name)));
        let row = |kind: &str, total: usize, active: usize, size: &Size, free: &Size| -> BTreeMap<String, Value> {
            let share = match (size.bytes(), free.bytes()) {
                (Some(all), Some(free)) if all > 0 => format!(" ({}%)", u128::from(free) * 100 / u128::from(all)),
                _ => String::new(),
            };
            let fields = [
                ("Type", kind.to_string()),
                ("TotalCount", total.to_string()),
                ("Active", active.to_string()),
                ("Size", size.in_docker_table()),
                ("Reclaimable", format!("{}{share}", free.in_docker_table())),
            ];
            fields.into_iter().map(|(name, value)| (name.to_string(), Value::Text(value))).collect()
        };
        // The classic builder keeps its cache in images.
        let steps = if store.builder == Builder::Buildkit { store.cache.len() } else { 0 };
        let cache = if steps == 0 { Size::ZERO } else { Size::unknown(0, "the build cache") };
        let rows = vec![
            row("Images", ids.len(), active_ids.len(), &all, &unused),
            row("Containers", store.containers.len(), up, &own, &stopped),
            row("Local Volumes", store.volumes.len(), active_volumes, &volumes, &idle),
            row("Build Cache", steps, 0, &cache, &cache),
        ];
        if steps > 0 {
            note(shell, "cache-size-not-known", "");
        }
        let list = List {
            heads: &HEADS,
            rows,
            usual: "{{.Type}}\t{{.TotalCount}}\t{{.Active}}\t{{.Size}}\t{{.Reclaimable}}",
            quiet: "{{.Type}}",
            raw: "type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n",
            type_name: "*formatter.diskUsageImagesContext",
            error: "template parsing error: ",
            quiet_wins: false,
        };
        let output = Output {
            format: words.last("format"),
            is_quiet: false,
            major: store.engine.major(),
            width: column_width(&store),
        };
        list.show(shell, &output)
    }
}
