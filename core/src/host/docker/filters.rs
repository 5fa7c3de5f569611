//! `--filter` of the commands that list or remove something (moby, `api/types/filters`).

use super::Call;
use crate::fs::glob_matches;
use crate::host::containers::{Container, State};
use crate::host::store::Store;
use crate::image::{Config, Image, Reference};

/// The filters of a command, by name.
pub(super) struct Filters {
    all: Vec<(String, String)>,
}

impl Filters {
    /// Reads the filters of a call.
    ///
    /// # Errors
    /// The daemon's message for a name that it does not accept.
    pub(super) fn read(call: &Call<'_>, accepted: &[&str], major: u32) -> Result<Filters, String> {
        let mut all = Vec::new();
        for text in call.words.all("filter").filter(|text| !text.is_empty()) {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            let name = name.trim().to_lowercase();
            if !accepted.contains(&name.as_str()) {
                return Err(format!("{} filter '{name}'", invalid(major)));
            }
            all.push((name, value.trim().to_string()));
        }
        Ok(Filters { all })
    }

    fn of<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.all.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn has(&self, name: &str) -> bool {
        self.of(name).next().is_some()
    }

    /// The value of a filter that is true or false; `None` if it is not given.
    ///
    /// # Errors
    /// The daemon's message for another value.
    pub(super) fn truth(&self, name: &str, major: u32) -> Result<Option<bool>, String> {
        let mut truth = None;
        for value in self.of(name) {
            truth = match value {
                "true" | "1" => Some(true),
                "false" | "0" => Some(false),
                other => return Err(format!("{} filter '{name}=[{other}]'", invalid(major))),
            };
        }
        Ok(truth)
    }

    /// Whether labels fit each `label=`, `label=key=value` and `label!=`.
    fn labels_fit(&self, config: &Config) -> bool {
        let fits = |wanted: &str| {
            let (key, value) = wanted.split_once('=').map_or((wanted, None), |(key, value)| (key, Some(value)));
            config.labels.get(key).is_some_and(|own| value.is_none_or(|value| value == own))
        };
        self.of("label").all(fits) && !self.of("label!").any(fits)
    }

    /// Whether an image passes. A filter that names another image passes nothing where there is none of that name.
    ///
    /// # Errors
    /// The daemon's message.
    pub(super) fn image(&self, store: &Store, reference: &Reference, image: &Image) -> Result<bool, String> {
        let major = store.engine.major();
        let dangling = reference.repository == "<none>";
        let place = |wanted: &str| store.tags.iter().position(|(_, other)| other.id == wanted);
        let own = place(&image.id);
        for name in ["before", "since"] {
            for wanted in self.of(name) {
                let Some((_, other)) = store.local(wanted) else {
                    return Err(format!("No such image: {}", super::run_create::with_tag(wanted)));
                };
                let fits = match name {
                    "before" => own < place(&other.id),
                    _ => own > place(&other.id),
                };
                if !fits {
                    return Ok(false);
                }
            }
        }
        let fits = |pattern: &str| {
            let (repository, tag) = (&reference.repository, format!("{}:{}", reference.repository, reference.tag));
            glob_matches(pattern, repository) || glob_matches(pattern, &tag)
        };
        let truth = self.truth("dangling", major)?;
        let by_reference = !self.has("reference") || self.of("reference").any(fits);
        Ok(truth.is_none_or(|wanted| wanted == dangling) && by_reference && self.labels_fit(&image.config))
    }

    /// Checks the values of filters for containers.
    ///
    /// # Errors
    /// The daemon's message.
    pub(super) fn check_containers(&self, store: &Store) -> Result<(), String> {
        const STATES: [&str; 7] = ["created", "dead", "exited", "paused", "removing", "restarting", "running"];
        if let Some(wrong) = self.of("status").find(|status| !STATES.contains(status)) {
            return Err(format!("{} filter 'status={wrong}'", invalid(store.engine.major())));
        }
        match self.of("exited").find(|code| code.parse::<i32>().is_err()) {
            Some(code) => Err(format!("strconv.Atoi: parsing \"{code}\": invalid syntax")),
            None => Ok(()),
        }
    }

    /// Whether a container passes.
    ///
    /// # Errors
    /// The daemon's message.
    pub(super) fn container(&self, store: &Store, number: u64, container: &Container) -> Result<bool, String> {
        for name in ["before", "since"] {
            for wanted in self.of(name) {
                let Some(other) = store.container(wanted) else {
                    return Err(format!("No such container: {wanted}"));
                };
                if (name == "before") != (number < other) || number == other {
                    return Ok(false);
                }
            }
        }
        let any = |name: &str, fits: &dyn Fn(&str) -> bool| !self.has(name) || self.of(name).any(fits);
        let exited = |code: &str| matches!(container.state, State::Exited(own) if code == own.to_string());
        let is_ancestor = |wanted: &str| {
            wanted == container.reference
                || store.local(wanted).is_some_and(|(_, image)| {
                    let lowest: Vec<&str> = image.layers.iter().map(|layer| layer.diff_id.as_str()).collect();
                    let own: Vec<&str> = container.image.layers.iter().map(|layer| layer.diff_id.as_str()).collect();
                    image.id == container.image.id || !lowest.is_empty() && own.starts_with(&lowest)
                })
        };
        let port = |wanted: &str, published: bool| {
            let wanted = wanted.split('/').next().unwrap_or(wanted);
            if published {
                container.ports.iter().any(|port| port.host.to_string() == wanted)
            } else {
                container.config.exposed_ports.iter().any(|port| port.split('/').next() == Some(wanted))
            }
        };
        Ok(any("name", &|name| container.name.contains(name.trim_start_matches(['/', '^']).trim_end_matches('$')))
            && any("id", &|id| container.id.starts_with(id))
            && any("status", &|status| container.state.name() == status)
            && any("exited", &exited)
            && any("ancestor", &is_ancestor)
            && any("publish", &|wanted| port(wanted, true))
            && any("expose", &|wanted| port(wanted, false))
            && self.labels_fit(&container.config))
    }

    /// Whether something with labels passes the filters of a `prune`.
    pub(super) fn prunes(&self, config: &Config) -> bool {
        self.labels_fit(config)
    }
}

/// The first word of the daemon's message, which is small since 23.0 (moby `c1c8a43`).
fn invalid(major: u32) -> &'static str {
    if major < 23 { "Invalid" } else { "invalid" }
}
