//! The image configuration, and its JSON form of the OCI image specification.

use serde_json::{Map, Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A health check as the configuration stores it; durations in nanoseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Healthcheck {
    /// `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`.
    pub test: Vec<String>,
    /// The flags given: JSON key and value.
    pub settings: BTreeMap<String, u64>,
}

/// The configuration of an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[allow(missing_docs, reason = "the fields are those of the OCI image configuration")]
pub struct Config {
    /// `NAME=value`, in order.
    pub env: Vec<String>,
    pub entrypoint: Option<Vec<String>>,
    pub cmd: Option<Vec<String>>,
    pub working_dir: String,
    pub user: String,
    pub exposed_ports: BTreeSet<String>,
    pub volumes: BTreeSet<String>,
    pub labels: BTreeMap<String, String>,
    pub stop_signal: Option<String>,
    pub healthcheck: Option<Healthcheck>,
    /// The shell for the shell form of commands, if SHELL set one.
    pub shell: Option<Vec<String>>,
    pub on_build: Vec<String>,
    pub author: String,
}

/// One entry of an image's history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    /// The text that `docker history` prints for the instruction.
    pub created_by: Arc<str>,
    /// Whether the entry has no layer.
    pub empty_layer: bool,
    /// `buildkit.dockerfile.v0` under BuildKit, the message of `docker commit`.
    pub comment: Option<Arc<str>>,
}

impl Config {
    /// The working directory of a process: `/` if none is set, without a slash at its end.
    pub fn directory(&self) -> String {
        crate::fs::path::join("/", &self.working_dir)
    }

    /// The value of an environment variable.
    pub fn env_value(&self, name: &str) -> Option<&str> {
        self.env
            .iter()
            .rev()
            .find_map(|pair| pair.split_once('=').filter(|(key, _)| *key == name))
            .map(|(_, value)| value)
    }

    /// Sets an environment variable, in place if it exists.
    pub fn set_env(&mut self, name: &str, value: &str) {
        let pair = format!("{name}={value}");
        match self.env.iter_mut().find(|old| old.split('=').next() == Some(name)) {
            Some(old) => *old = pair,
            None => self.env.push(pair),
        }
    }

    /// The shell for the shell form of commands.
    pub fn shell(&self) -> Vec<String> {
        self.shell.clone().unwrap_or_else(|| vec!["/bin/sh".into(), "-c".into()])
    }

    /// Reads the `config` of an OCI image configuration. Malformed fields are ignored.
    pub fn from_oci(document: &Value) -> Self {
        let member = |value: &Value, name: &str| value.get(name).cloned().unwrap_or_default();
        let config = member(document, "config");
        let text = |key: &str| member(&config, key).as_str().unwrap_or("").to_string();
        let list = |key: &str| -> Option<Vec<String>> {
            let items = member(&config, key);
            let items = items.as_array()?;
            Some(items.iter().filter_map(Value::as_str).map(str::to_string).collect())
        };
        let names =
            |key: &str| member(&config, key).as_object().into_iter().flatten().map(|(name, _)| name.clone()).collect();
        let labels = member(&config, "Labels");
        let labels = labels.as_object().into_iter().flatten();
        let check = member(&config, "Healthcheck");
        let settings = check.as_object().into_iter().flatten();
        Config {
            env: list("Env").unwrap_or_default(),
            entrypoint: list("Entrypoint").filter(|words| !words.is_empty()),
            cmd: list("Cmd").filter(|words| !words.is_empty()),
            working_dir: text("WorkingDir"),
            user: text("User"),
            exposed_ports: names("ExposedPorts"),
            volumes: names("Volumes"),
            labels: labels.map(|(name, value)| (name.clone(), value.as_str().unwrap_or("").to_string())).collect(),
            stop_signal: member(&config, "StopSignal").as_str().map(str::to_string),
            healthcheck: member(&check, "Test").as_array().map(|test| Healthcheck {
                test: test.iter().filter_map(Value::as_str).map(str::to_string).collect(),
                settings: settings.filter_map(|(key, value)| Some((key.clone(), value.as_u64()?))).collect(),
            }),
            shell: list("Shell"),
            on_build: list("OnBuild").unwrap_or_default(),
            author: member(document, "author").as_str().unwrap_or("").to_string(),
        }
    }

    /// The OCI image configuration as JSON, for one platform such as `linux/amd64`.
    ///
    /// `created` is the epoch: the simulator has no clock, and a build is reproducible.
    pub fn to_oci(&self, platform: &str, diff_ids: &[&str], history: &[History]) -> Value {
        let mut parts = platform.split('/');
        let (os, architecture) = (parts.next().unwrap_or("linux"), parts.next().unwrap_or("amd64"));
        let mut config = Map::new();
        let set = |key: &str, value: Value, into: &mut Map<String, Value>| {
            into.insert(key.to_string(), value);
        };
        let names = |set: &BTreeSet<String>| -> Value {
            set.iter().map(|name| (name.clone(), json!({}))).collect::<Map<String, Value>>().into()
        };
        if !self.user.is_empty() {
            set("User", json!(self.user), &mut config);
        }
        if !self.exposed_ports.is_empty() {
            set("ExposedPorts", names(&self.exposed_ports), &mut config);
        }
        set("Env", json!(self.env), &mut config);
        if let Some(entrypoint) = &self.entrypoint {
            set("Entrypoint", json!(entrypoint), &mut config);
        }
        if let Some(cmd) = &self.cmd {
            set("Cmd", json!(cmd), &mut config);
        }
        if !self.volumes.is_empty() {
            set("Volumes", names(&self.volumes), &mut config);
        }
        if !self.working_dir.is_empty() {
            set("WorkingDir", json!(self.working_dir), &mut config);
        }
        if !self.labels.is_empty() {
            set("Labels", json!(self.labels), &mut config);
        }
        if let Some(signal) = &self.stop_signal {
            set("StopSignal", json!(signal), &mut config);
        }
        if let Some(check) = &self.healthcheck {
            let mut value = Map::new();
            set("Test", json!(check.test), &mut value);
            for (key, number) in &check.settings {
                set(key, json!(number), &mut value);
            }
            set("Healthcheck", value.into(), &mut config);
        }
        if let Some(shell) = &self.shell {
            set("Shell", json!(shell), &mut config);
        }
        if !self.on_build.is_empty() {
            set("OnBuild", json!(self.on_build), &mut config);
        }
        let history: Vec<Value> = history
            .iter()
            .map(|entry| {
                let mut value = json!({ "created": "1970-01-01T00:00:00Z", "created_by": entry.created_by });
                if let Some(object) = value.as_object_mut() {
                    if entry.empty_layer {
                        set("empty_layer", json!(true), object);
                    }
                    if let Some(comment) = &entry.comment {
                        set("comment", json!(comment), object);
                    }
                }
                value
            })
            .collect();
        let mut value = json!({
            "architecture": architecture,
            "os": os,
            "created": "1970-01-01T00:00:00Z",
            "config": config,
            "rootfs": { "type": "layers", "diff_ids": diff_ids },
            "history": history,
        });
        if let (false, Some(object)) = (self.author.is_empty(), value.as_object_mut()) {
            set("author", json!(self.author), object);
        }
        value
    }
}
