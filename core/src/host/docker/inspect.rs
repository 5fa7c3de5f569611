//! `docker inspect`.

use super::command_line::CommandLine;
use super::{Docker, usage};
use crate::shell::{Gap, Shell};

impl Docker {
    pub(super) fn inspect(&mut self, shell: &mut Shell, argv: &[String]) -> i32 {
        let words = match CommandLine::parse(argv, &["s", "size"], &["f", "format", "type"], false) {
            Ok(words) => words,
            Err(error) => return usage(shell, "inspect", &error),
        };
        if words.has(&["f", "format"]) {
            shell.gaps.push(Gap { code: "unmodelled-option", what: "docker inspect --format".into() });
        }
        let store = self.lock();
        let mut found = Vec::new();
        let mut status = 0;
        for name in &words.operands {
            if let Some((_, image)) = store.local(name) {
                let tags: Vec<String> = store
                    .tags
                    .iter()
                    .filter(|(_, other)| other.id == image.id)
                    .map(|(tag, _)| tag.to_string())
                    .collect();
                let diff_ids: Vec<&str> = image.layers.iter().map(|layer| layer.diff_id.as_str()).collect();
                let oci = image.config.to_oci("linux/amd64", &diff_ids, &image.history);
                found.push(serde_json::json!({
                    "Id": image.id,
                    "RepoTags": tags,
                    "Created": oci.get("created"),
                    "DockerVersion": store.engine.version,
                    "Config": oci.get("config"),
                    "Architecture": oci.get("architecture"),
                    "Os": oci.get("os"),
                    "Size": image.size().bytes(),
                    "RootFS": { "Type": "layers", "Layers": diff_ids },
                }));
            } else if let Some(container) = store.container(name).and_then(|number| store.containers.get(&number)) {
                found.push(serde_json::json!({
                    "Id": container.id,
                    "Name": format!("/{}", container.name),
                    "Image": container.image.id,
                    "State": { "Status": container.status, "Running": container.running },
                }));
            } else {
                shell.err(format!("Error: No such object: {name}\n"));
                status = 1;
            }
        }
        shell.out(serde_json::to_string_pretty(&found).unwrap_or_default() + "\n");
        status
    }
}
