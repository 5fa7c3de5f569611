//! The facts of a base image in the catalogue.

use super::{Config, Day};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One line of `data/images.jsonl`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BaseFacts {
    /// Repository in familiar form.
    pub name: String,
    /// The official image whose files it has too, if it is built on one and its name does not say so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) family: Option<String>,
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
    /// How the size is known: `exact`, `printed`, `listed`, `listed-near`, `estimated`, `rough`, `derived`; `at-least` for a
    /// bound, `unknown`.
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
    /// What its Dockerfile asks the package manager for, where the files are not listed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) packages: Vec<String>,
    /// Whether the configuration is known. Of a build whose Dockerfile was not at hand it is not.
    #[serde(default = "known", skip_serializing_if = "Clone::clone")]
    pub(crate) config_known: bool,
    /// Where the facts were read.
    pub source: String,
    /// When.
    pub date: Option<String>,
    /// What the image brings beside the files of its distribution and family.
    #[serde(default, skip_serializing_if = "OwnFiles::is_empty")]
    pub(crate) own_files: OwnFiles,
}

/// Files and accounts that an image brings beside those of its distribution and family.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct OwnFiles {
    /// Programs that need the image's loader.
    pub(crate) programs: Vec<String>,
    /// Programs that need no loader.
    pub(crate) static_programs: Vec<String>,
    /// Scripts with the interpreter of their first line; an empty text: it is not known.
    pub(crate) scripts: BTreeMap<String, String>,
    /// Symbolic links with their targets.
    pub(crate) links: BTreeMap<String, String>,
    /// Directories with owner and permissions, `UID:GID MODE` (`1001:0 775`).
    pub(crate) directories: BTreeMap<String, String>,
    /// Lines of `/etc/passwd`.
    pub(crate) passwd: Vec<String>,
    /// Lines of `/etc/group`.
    pub(crate) group: Vec<String>,
}

impl OwnFiles {
    pub(crate) fn is_empty(&self) -> bool {
        *self == OwnFiles::default()
    }

    /// Adds what a further layer brings.
    pub(crate) fn add(&mut self, further: OwnFiles) {
        self.programs.extend(further.programs);
        self.static_programs.extend(further.static_programs);
        self.scripts.extend(further.scripts);
        self.links.extend(further.links);
        self.directories.extend(further.directories);
        self.passwd.extend(further.passwd);
        self.group.extend(further.group);
    }
}

fn known() -> bool {
    true
}

/// The C library of a base image.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Libc {
    /// `glibc`, `musl`, `uclibc` or `none`.
    pub flavor: String,
    /// Its version, where known.
    pub version: Option<String>,
}

/// A layer of a base image.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct LayerFacts {
    /// What made it.
    pub(crate) by: String,
    /// On disk, in bytes.
    pub(crate) size: u64,
    /// The ends of an estimated size in bytes; the size is the best estimate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) range: Option<(u64, u64)>,
}

impl LayerFacts {
    /// A layer whose size is no estimate.
    pub(crate) fn new(by: impl Into<String>, size: u64) -> Self {
        LayerFacts { by: by.into(), size, range: None }
    }
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
    /// The ONBUILD triggers.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) on_build: Vec<String>,
    /// The shell of the shell form, if SHELL set one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) shell: Option<Vec<String>>,
}

impl ConfigFacts {
    /// Applies a further configuration as a builder does: a new entrypoint resets the command, and `$PATH` in a
    /// variable stands for the path so far.
    pub(crate) fn put(&mut self, further: ConfigFacts) {
        let path = self.env.get("PATH").cloned().unwrap_or_default();
        let variables = further.env.into_iter();
        self.env.extend(variables.map(|(name, value)| (name, value.replace("$PATH", &path))));
        if further.entrypoint.is_some() {
            self.entrypoint = further.entrypoint;
            self.cmd = None;
        }
        self.cmd = further.cmd.or(self.cmd.take());
        self.workdir = further.workdir.or(self.workdir.take());
        self.user = further.user.or(self.user.take());
        self.stop_signal = further.stop_signal.or(self.stop_signal.take());
        self.shell = further.shell.or(self.shell.take());
        for (own, further) in [(&mut self.exposed_ports, further.exposed_ports), (&mut self.volumes, further.volumes)] {
            for one in further {
                if !own.contains(&one) {
                    own.push(one);
                }
            }
        }
    }
}

impl BaseFacts {
    /// Facts that say nothing but the name and the tag: no distribution, shell, files or size.
    pub(crate) fn named(name: impl Into<String>, tag: impl Into<String>) -> Self {
        BaseFacts {
            name: name.into(),
            tags: vec![tag.into()],
            family: None,
            era: String::new(),
            id: None,
            distro: BTreeMap::new(),
            libc: Libc { flavor: String::new(), version: None },
            interp: Vec::new(),
            shell: None,
            bash: false,
            package_manager: None,
            size: 0,
            size_basis: "unknown".into(),
            precision: None,
            compressed: None,
            layers: Vec::new(),
            config: ConfigFacts::default(),
            toolchain: BTreeMap::new(),
            c_compiler: None,
            ca_certificates: None,
            packages: Vec::new(),
            config_known: true,
            source: String::new(),
            date: None,
            own_files: OwnFiles::default(),
        }
    }

    /// The day on which the facts were read; the middle of the month where no day is named.
    pub(crate) fn day(&self) -> Option<Day> {
        let date = self.date.as_deref()?;
        date.parse().or_else(|_| format!("{date}-15").parse()).ok()
    }

    /// Whether the facts were read from a listing of the image, so that its configuration is known in full.
    pub(crate) fn is_listed(&self) -> bool {
        !self.era.is_empty() && self.config_known
    }

    /// Whether the size of a layer is an estimate with a range.
    pub(crate) fn has_estimated_layers(&self) -> bool {
        self.layers.iter().any(|layer| layer.range.is_some())
    }

    /// Whether nothing is known of the image but its name.
    pub(crate) fn is_unknown(&self) -> bool {
        self.libc.flavor == "unknown"
    }

    /// The repository whose images have the same files.
    pub(crate) fn family(&self) -> &str {
        self.family.as_deref().unwrap_or(&self.name)
    }

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
            shell: facts.shell.clone(),
            on_build: facts.on_build.clone(),
            ..Config::default()
        }
    }

    /// Whether both describe the same image of the catalogue.
    pub(crate) fn is_same_image(&self, other: &BaseFacts) -> bool {
        self.name == other.name && self.tags == other.tags && self.era == other.era
    }
}
