//! `docker commit`.

use super::{Call, Docker, daemon_error, note};
use crate::fs;
use crate::image::{Hasher, History, Image, Layer, Reference, short_id};
use crate::measure::Size;
use crate::shell::Shell;
use std::sync::Arc;

impl Docker {
    pub(super) fn commit(&mut self, shell: &mut Shell, call: &Call<'_>) -> i32 {
        let words = &call.words;
        let name = words.operand();
        let target = match words.operands.get(1).map(|target| Reference::parse(target)).transpose() {
            Ok(target) => target,
            Err(error) => {
                shell.err(format!("{error}\n"));
                return 1;
            }
        };
        let mut store = self.lock();
        let Some(container) = store.container(name).and_then(|number| store.containers.get(&number)).cloned() else {
            return daemon_error(shell, &format!("No such container: {name}"));
        };
        let mut config = container.config.clone();
        if !container.args.is_empty() {
            config.cmd = Some(container.args.clone());
        }
        for change in words.all("change") {
            if let Err(error) = apply(&mut config, change) {
                if let Some(error) = error {
                    return daemon_error(shell, &error);
                }
                note(shell, "docker-option-ignored", format!("docker commit --change {change:?}"));
            }
        }
        if let Some(author) = words.last("author") {
            config.author = author.to_string();
        }
        let entries = fs::diff(&container.lower, &container.tree);
        let unlisted = fs::diff_unlisted(&container.lower, &container.tree);
        let size = unlisted.iter().map(|(_, size)| size.clone()).sum::<Size>() + fs::layer_size(entries.iter(), true);
        let mut hasher = Hasher::default().part("commit");
        for entry in &entries {
            hasher = hasher.part(entry.path.as_bytes()).part(entry.kind.as_str()).number(u64::from(entry.mode));
            if let Some(content) = &entry.content {
                let mut bytes = Vec::new();
                content.identify(|part| bytes.extend_from_slice(part));
                hasher = hasher.part(bytes);
            }
        }
        let created_by = container.command().join(" ");
        let layer = Layer {
            created_by: created_by.clone(),
            size,
            entries,
            unlisted: unlisted.into_iter().map(|(what, size)| (what.to_string(), size)).collect(),
            diff_id: hasher.finish(),
        };
        let mut hasher = Hasher::default().part("image").part(&container.image.id).part(&layer.diff_id);
        for word in config.env.iter().chain(config.cmd.iter().flatten()).chain(config.entrypoint.iter().flatten()) {
            hasher = hasher.part(word);
        }
        hasher = hasher.part(&config.user).part(&config.working_dir).part(&config.author);
        let mut history = container.image.history.clone();
        let comment = words.last("message").map(Into::into);
        history.push(History { created_by: created_by.into(), empty_layer: false, comment });
        let image = Arc::new(Image {
            id: hasher.finish(),
            layers: container.image.layers.iter().cloned().chain([Arc::new(layer)]).collect(),
            config,
            history,
            tree: container.tree.clone().seal(),
            base: container.image.base.clone(),
        });
        shell.out(format!("{}\n", image.id));
        let target = target.unwrap_or_else(|| Reference {
            repository: "<none>".into(),
            tag: short_id(&image.id).to_string(),
            digest: None,
        });
        store.tag(target, image);
        0
    }
}

/// Applies an instruction of `--change` to a configuration.
///
/// # Errors
/// The daemon's message; `None` for an instruction that is not followed here.
fn apply(config: &mut crate::image::Config, change: &str) -> Result<(), Option<String>> {
    let (keyword, rest) = change.trim().split_once(char::is_whitespace).unwrap_or((change.trim(), ""));
    let rest = rest.trim();
    let words = || -> Option<Vec<String>> {
        match serde_json::from_str::<Vec<String>>(rest) {
            Ok(words) => Some(words),
            Err(_) => Some(vec!["/bin/sh".into(), "-c".into(), rest.to_string()]),
        }
    };
    let unquoted = |text: &str| text.trim_matches(['"', '\'']).to_string();
    match keyword.to_uppercase().as_str() {
        "CMD" => config.cmd = words(),
        "ENTRYPOINT" => config.entrypoint = words(),
        "USER" => config.user = rest.to_string(),
        "WORKDIR" => config.working_dir = crate::fs::path::join(&config.directory(), rest),
        "EXPOSE" => {
            for port in rest.split_whitespace() {
                let protocol = if port.contains('/') { "" } else { "/tcp" };
                config.exposed_ports.insert(format!("{port}{protocol}"));
            }
        }
        "ENV" | "LABEL" => {
            let is_env = keyword.eq_ignore_ascii_case("ENV");
            let pair = rest.split_once('=').or_else(|| rest.split_once(char::is_whitespace));
            // Several pairs at once need the rules of words, which are those of a Dockerfile.
            let Some((name, value)) = pair.filter(|(name, value)| !name.contains(' ') && !value.contains('=')) else {
                return Err(None);
            };
            match is_env {
                true => config.set_env(name, &unquoted(value)),
                false => drop(config.labels.insert(name.to_string(), unquoted(value))),
            }
        }
        "VOLUME" | "ONBUILD" => return Err(None),
        other => return Err(Some(format!("{} is not a valid change command", other.to_lowercase()))),
    }
    Ok(())
}
