//! The facts of a base image in the catalogue.

use super::Config;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line of `data/images.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaseFacts {
    /// Repository in familiar form.
    pub name: String,
    /// Tags with this content; the first is its own.
    pub tags: Vec<String>,
    pub(crate) era: String,
    pub(crate) id: Option<String>,
    /// Distribution: `id`, `version`, `codename`.
    pub distro: BTreeMap<String, String>,
    /// The C library.
    pub libc: Libc,
    /// Loaders that the image has; complete.
    pub interp: Vec<String>,
    /// What `/bin/sh` is.
    pub shell: Option<String>,
    pub(crate) bash: bool,
    /// `apt`, `apk` and the like.
    pub package_manager: Option<String>,
    /// On disk, in bytes.
    pub size: u64,
    /// How the size is known: `exact`, `printed`, `listed`, `listed-near`, `estimated`, `rough`.
    pub size_basis: String,
    /// The size is good to ± this many bytes, where known.
    pub precision: Option<u64>,
    /// Download size in bytes, where known.
    pub compressed: Option<u64>,
    pub(crate) layers: Vec<LayerFacts>,
    pub(crate) config: ConfigFacts,
    /// Compilers and interpreters with their versions.
    pub toolchain: BTreeMap<String, String>,
    pub(crate) c_compiler: Option<bool>,
    pub(crate) ca_certificates: Option<bool>,
    /// Packages that the image's Dockerfile asks its distribution for, where `data/rootfs/packages.json` has none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) packages: Vec<String>,
    /// Where the facts were read.
    pub source: String,
    /// When.
    pub date: Option<String>,
}

/// The C library of a base image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Libc {
    /// `glibc`, `musl`, `uclibc` or `none`.
    pub flavor: String,
    /// Its version, where known.
    pub version: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct LayerFacts {
    pub(crate) by: String,
    pub(crate) size: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ConfigFacts {
    pub(crate) env: BTreeMap<String, String>,
    pub(crate) cmd: Option<Vec<String>>,
    pub(crate) entrypoint: Option<Vec<String>>,
    pub(crate) workdir: Option<String>,
    pub(crate) user: Option<String>,
    pub(crate) exposed_ports: Vec<String>,
    pub(crate) volumes: Vec<String>,
    pub(crate) stop_signal: Option<String>,
}

impl BaseFacts {
    /// The reference under its first tag.
    pub fn reference(&self) -> String {
        format!("{}:{}", self.name, self.tags.first().map_or("latest", String::as_str))
    }

    /// The source of the size on disk, as text.
    pub fn size_basis_text(&self) -> String {
        let date = self.date.as_deref().unwrap_or("undated");
        let precision = self.precision.map(|p| format!(" ± {}", crate::measure::human_size(p, 3))).unwrap_or_default();
        format!("{} ({}{precision}; {date}; {})", self.reference(), self.size_basis, self.source)
    }

    /// Whether it is known that the image lacks the files of a package.
    ///
    /// `ca-certificates` from the facts; `tzdata` of Alpine's and Ubuntu's own images and `locales` of
    /// Debian's and Ubuntu's, whose lists of packages do not have them.
    pub fn lacks(&self, package: &str) -> bool {
        match package {
            "ca-certificates" => self.ca_certificates == Some(false),
            "tzdata" => matches!(self.name.as_str(), "alpine" | "ubuntu"),
            "locales" => matches!(self.name.as_str(), "debian" | "ubuntu"),
            _ => false,
        }
    }

    /// The configuration of an image with these facts.
    pub(crate) fn config(&self) -> Config {
        let facts = &self.config;
        let path = facts.env.get("PATH").map(|value| format!("PATH={value}"));
        let others =
            facts.env.iter().filter(|(name, _)| *name != "PATH").map(|(name, value)| format!("{name}={value}"));
        Config {
            env: path.into_iter().chain(others).collect(),
            cmd: facts.cmd.clone(),
            entrypoint: facts.entrypoint.clone(),
            working_dir: facts.workdir.clone().unwrap_or_default(),
            user: facts.user.clone().unwrap_or_default(),
            exposed_ports: facts.exposed_ports.iter().cloned().collect(),
            volumes: facts.volumes.iter().cloned().collect(),
            stop_signal: facts.stop_signal.clone(),
            ..Config::default()
        }
    }

    /// Whether both describe the same image of the catalogue.
    pub(crate) fn is_same_image(&self, other: &BaseFacts) -> bool {
        self.name == other.name && self.tags == other.tags && self.era == other.era
    }
}
