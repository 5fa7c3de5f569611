//! Engine profiles: what differs from one Docker release to the next, as data.

use crate::base_images::newest_day;
use crate::image::Day;
use serde::Deserialize;
use std::sync::{Arc, OnceLock};

/// The two builders that Docker has had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the names say it")]
pub enum Builder {
    Classic,
    Buildkit,
}

impl Builder {
    /// The name on the command line: `classic` or `buildkit`.
    pub fn as_str(self) -> &'static str {
        match self {
            Builder::Classic => "classic",
            Builder::Buildkit => "buildkit",
        }
    }

    /// From its name.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "classic" => Some(Builder::Classic),
            "buildkit" => Some(Builder::Buildkit),
            _ => None,
        }
    }
}

/// One release: an entry of `data/engines.json`.
#[derive(Clone, Debug, Deserialize)]
pub struct EngineProfile {
    /// Such as `docker-20.10`.
    pub id: String,
    /// The full version.
    pub version: String,
    day: Option<Day>,
    builders: Vec<String>,
    pub(crate) missing_at_exec: ExecFailure,
    pub(crate) create_failed: String,
    /// The runtime's message if it checks the execute permission itself (runc since 1.1).
    pub(crate) not_permitted: Option<String>,
    pub(crate) no_command: String,
    pub(crate) unknown_user: String,
    /// Where the messages were observed.
    pub source: String,
}

/// The output of a container in which execve fails, and its exit code.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct ExecFailure {
    pub(crate) text: String,
    pub(crate) exit_code: i32,
}

impl EngineProfile {
    /// Every profile, oldest first.
    pub fn all() -> &'static [Arc<EngineProfile>] {
        static ALL: OnceLock<Vec<Arc<EngineProfile>>> = OnceLock::new();
        ALL.get_or_init(|| {
            serde_json::from_str::<Vec<EngineProfile>>(include_str!("../data/engines.json"))
                .unwrap_or_default()
                .into_iter()
                .map(Arc::new)
                .collect()
        })
    }

    /// The profile of an id such as `docker-28`.
    pub fn find(id: &str) -> Option<Arc<EngineProfile>> {
        Self::all().iter().find(|profile| profile.id == id).cloned()
    }

    /// The day on which moving tags are looked up unless another is named: an engine of the past sees its own time. It is
    /// the day of the release, of 17.09 one within the time of the article; the newest engine sees the data's newest day.
    pub fn day(&self) -> Day {
        self.day.unwrap_or_else(newest_day)
    }

    /// The builders it has, its default first: BuildKit became the default with 23.0.
    pub fn builders(&self) -> Vec<Builder> {
        self.builders.iter().filter_map(|name| Builder::parse(name)).collect()
    }

    /// The default builder.
    pub fn default_builder(&self) -> Builder {
        self.builders().first().copied().unwrap_or(Builder::Buildkit)
    }

    /// The number before the first dot.
    pub fn major(&self) -> u32 {
        self.version.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0)
    }
}

/// One container runtime without an engine around it: an entry of `data/runtimes.json`.
///
/// In its messages `{path}` is the requested program, `{Reason}` the C library's message of an error, `{reason}` the same in
/// lower case.
#[derive(Clone, Debug, Deserialize)]
pub struct RuntimeProfile {
    /// Such as `crun-1.8`.
    pub id: String,
    /// The full version.
    pub version: String,
    pub(crate) no_command: String,
    pub(crate) not_in_path: String,
    pub(crate) not_found: String,
    pub(crate) lookup: String,
    pub(crate) is_directory: String,
    pub(crate) not_allowed: String,
    pub(crate) not_permitted: Option<String>,
    pub(crate) exec_missing: String,
    pub(crate) exec: String,
    pub(crate) exit_code: i32,
    /// Where the messages were observed.
    pub source: String,
}

impl RuntimeProfile {
    /// Every runtime.
    pub fn all() -> &'static [RuntimeProfile] {
        static ALL: OnceLock<Vec<RuntimeProfile>> = OnceLock::new();
        ALL.get_or_init(|| serde_json::from_str(include_str!("../data/runtimes.json")).unwrap_or_default())
    }

    /// The runtime of an id such as `runc-1.1`.
    pub fn find(id: &str) -> Option<&'static RuntimeProfile> {
        Self::all().iter().find(|profile| profile.id == id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_profile_is_read() {
        let ids: Vec<&str> = EngineProfile::all().iter().map(|profile| profile.id.as_str()).collect();
        let known = [
            "docker-17.09",
            "docker-18.09",
            "docker-19.03",
            "docker-20.10.0",
            "docker-20.10.7",
            "docker-20.10",
            "docker-23.0",
            "docker-24.0",
            "docker-25.0",
            "docker-26.1",
            "docker-27.3",
            "docker-27.5",
            "docker-28",
        ];
        assert_eq!(ids, known);
        let runtimes: Vec<&str> = RuntimeProfile::all().iter().map(|profile| profile.id.as_str()).collect();
        assert_eq!(runtimes, ["runc-1.1", "crun-1.8"]);
        assert!(EngineProfile::all().iter().all(|profile| !profile.builders().is_empty() && profile.major() > 0));
    }
}
