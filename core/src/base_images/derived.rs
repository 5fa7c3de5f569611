//! Facts of an image of an official family that is not listed: from the history of the family, the image that it is
//! built from, and so on down to the root of a distribution.

use super::distributions::{self, Distribution};
use super::official::{Build, BuildFacts, Family};
use crate::image::{BaseFacts, ConfigFacts, DEFAULT_PATH, Day, Libc};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// The variable that names the version, and the name of the tool in `BaseFacts::toolchain`.
const VERSIONS: [(&str, &str); 21] = [
    ("GOLANG_VERSION", "go"),
    ("NODE_VERSION", "node"),
    ("YARN_VERSION", "yarn"),
    ("PYTHON_VERSION", "python"),
    ("RUBY_VERSION", "ruby"),
    ("PHP_VERSION", "php"),
    ("RUST_VERSION", "rust"),
    ("JAVA_VERSION", "java"),
    ("MAVEN_VERSION", "maven"),
    ("GRADLE_VERSION", "gradle"),
    ("GCC_VERSION", "gcc"),
    ("DOTNET_VERSION", "dotnet"),
    ("DOTNET_SDK_VERSION", "dotnet"),
    ("NGINX_VERSION", "nginx"),
    ("HTTPD_VERSION", "httpd"),
    ("REDIS_VERSION", "redis"),
    ("PG_VERSION", "postgres"),
    ("SWIFT_VERSION", "swift"),
    ("JULIA_VERSION", "julia"),
    ("OTP_VERSION", "erlang_otp"),
    ("ELIXIR_VERSION", "elixir"),
];
/// Families whose images keep the compiler that their Dockerfiles install.
const WITH_COMPILER: [&str; 6] = ["buildpack-deps", "gcc", "golang", "haskell", "rust", "swift"];

/// The facts of an image, as far as its build and the image below tell them. Sizes are left at nothing.
pub(super) fn facts(family: &Family, build: &Build, own: &BuildFacts, base: &BaseFacts) -> BaseFacts {
    let mut env = base.config.env.clone();
    for (name, value) in &own.env {
        let value = expanded(value, &env);
        env.insert(name.clone(), value);
    }
    env.entry("PATH".to_string()).or_insert_with(|| DEFAULT_PATH.to_string());
    let path = |text: &String| expanded(text.trim_matches('"'), &env);
    let config = ConfigFacts {
        // ENTRYPOINT resets a CMD of the image below.
        cmd: own.cmd.clone().or_else(|| base.config.cmd.clone().filter(|_| own.entrypoint.is_none())),
        entrypoint: own.entrypoint.clone().or_else(|| base.config.entrypoint.clone()),
        workdir: own.workdir.as_ref().map(path).or_else(|| base.config.workdir.clone()),
        user: own.user.as_ref().map(path).or_else(|| base.config.user.clone()),
        exposed_ports: united(&base.config.exposed_ports, own.expose.iter().map(|port| with_protocol(&path(port)))),
        volumes: united(&base.config.volumes, own.volume.iter().map(path)),
        stop_signal: own.stopsignal.clone().or_else(|| base.config.stop_signal.clone()),
        shell: own.shell.clone().or_else(|| base.config.shell.clone()),
        on_build: triggers(&family.name, &own.onbuild),
        env,
    };
    let installs = |names: &[&str]| own.packages.iter().any(|package| names.contains(&package.as_str()));
    let compiler =
        WITH_COMPILER.contains(&family.name.as_str()) && installs(&["gcc", "g++", "build-essential", "build-base"]);
    let mut toolchain = base.toolchain.clone();
    toolchain.extend(VERSIONS.iter().filter_map(|(variable, tool)| {
        let version = config.env.get(*variable)?;
        Some((tool.to_string(), version.trim_start_matches("jdk-").to_string()))
    }));
    if family.name == "golang" {
        // Early builds had no variable for it.
        toolchain.entry("go".to_string()).or_insert_with(|| build.version.clone());
    }
    BaseFacts {
        distro: base.distro.clone(),
        libc: base.libc.clone(),
        interp: base.interp.clone(),
        shell: base.shell.clone(),
        bash: base.bash || installs(&["bash"]),
        package_manager: base.package_manager.clone(),
        config,
        toolchain,
        c_compiler: if compiler { Some(true) } else { base.c_compiler.filter(|has| *has) },
        ca_certificates: if installs(&["ca-certificates"]) { Some(true) } else { base.ca_certificates },
        packages: united(&base.packages, own.packages.iter().cloned()),
        config_known: base.config_known,
        source: family.source.clone(),
        own_files: base.own_files.clone(),
        ..BaseFacts::named(family.name.as_str(), build.name.as_str())
    }
}

/// The facts of an image of a distribution; `None` for a release that is not known. Sizes are left at nothing.
pub(super) fn root(family: &Family, build: &Build, day: Day) -> Option<BaseFacts> {
    let distribution = Distribution::of_family(&family.name)?;
    let release = distribution.release(build)?;
    let mut version = release.version.clone();
    let is_exact = |text: &str| text.starts_with(&format!("{}.", release.version));
    if ["alpine", "rocky", "almalinux", "ol"].contains(&distribution.id.as_str()) && is_exact(&build.version) {
        version = build.version.clone();
    }
    let mut distro = BTreeMap::from([("id".to_string(), distribution.id.clone()), ("version".to_string(), version)]);
    if let Some(codename) = release.codename().filter(|_| ["debian", "ubuntu"].contains(&distribution.id.as_str())) {
        distro.insert("codename".into(), codename.to_string());
    }
    let is_minimal = build.words().any(|word| word == "minimal" || word.starts_with("slim"));
    let is_debian = distribution.package_manager == "apt";
    let loader = if distribution.libc() == "musl" { "/lib/ld-musl-x86_64.so.1" } else { "/lib64/ld-linux-x86-64.so.2" };
    let before = |id: &str, since: f32| {
        distribution.id == id && release.version.parse::<f32>().is_ok_and(|version| version < since)
    };
    let package_manager = match distribution.package_manager.as_str() {
        "dnf" if is_minimal => "microdnf",
        // dnf came with Fedora 22, Enterprise Linux 8 and Amazon Linux 2023.
        "dnf" if before("ol", 8.0) || before("fedora", 22.0) => "yum",
        "yum" if distribution.id == "amzn" && release.version == "2023" => "dnf",
        "yum" if distribution.id == "centos" && release.version == "8" => "dnf",
        other => other,
    };
    Some(BaseFacts {
        distro,
        libc: Libc { flavor: distribution.libc().to_string(), version: Some(release.libc.clone()) },
        interp: vec![loader.to_string()],
        shell: Some(distribution.shell.clone()),
        bash: distribution.bash,
        package_manager: Some(package_manager.to_string()),
        config: ConfigFacts { cmd: Some(distribution.cmd(day).to_vec()), ..only_path() },
        c_compiler: Some(false).filter(|_| is_debian || distribution.id == "alpine"),
        ca_certificates: distribution.ca_certificates(release),
        source: family.source.clone(),
        ..BaseFacts::named(family.name.as_str(), build.name.as_str())
    })
}

/// The configuration of an image that sets nothing but the usual PATH.
fn only_path() -> ConfigFacts {
    ConfigFacts { env: BTreeMap::from([("PATH".to_string(), DEFAULT_PATH.to_string())]), ..ConfigFacts::default() }
}

/// An image of nothing: `FROM scratch`.
pub(super) fn scratch() -> BaseFacts {
    BaseFacts {
        libc: Libc { flavor: "none".into(), version: None },
        size_basis: "exact".into(),
        config: only_path(),
        c_compiler: Some(false),
        ca_certificates: Some(false),
        ..BaseFacts::named("scratch", "latest")
    }
}

/// The facts of a build, and the image that it is built from.
///
/// Where the Dockerfile was not at hand, that of the nearest build with the same words stands in, and else the words of
/// the tag name the distribution. The flag says whether the configuration is known.
pub(super) fn origin(family: &Family, build: &Build) -> Option<(BuildFacts, String, bool)> {
    let own = build.facts();
    let words: Vec<&str> = build.words().collect();
    if let Some(from) = own.from.clone() {
        return Some(if own.near { of_version(family, build, own, from) } else { (own, from, true) });
    }
    let nearest = |fits: &dyn Fn(&Build) -> bool| {
        let siblings = family.builds().iter().filter(|other| fits(other));
        siblings
            .filter_map(|other| Some((other, other.facts())).filter(|(_, facts)| facts.from.is_some()))
            .min_by_key(|(other, _)| other.first.days_since(build.first).abs())
    };
    let plain = plain_words(build.words());
    let sibling = nearest(&|other| other.words().eq(words.iter().copied()))
        .or_else(|| nearest(&|other| other.words().count() == words.len() && plain_words(other.words()) == plain));
    if let Some((other, mut facts)) = sibling {
        for value in facts.env.values_mut() {
            *value = value.replace(other.version.as_str(), &build.version);
        }
        let mut from = facts.from.clone()?.replace(&format!(":{}", other.version), &format!(":{}", build.version));
        // Another release of a distribution, or of the language below.
        for (theirs, own) in other.words().zip(&words).filter(|(theirs, own)| theirs != *own) {
            let bare = |word: &str| word.trim_start_matches("alpine").to_string();
            let (name, tag) = from.split_once(':').unwrap_or((&from, "latest"));
            let parts: Vec<String> = tag
                .split('-')
                .map(|part| match part {
                    _ if part == theirs => (*own).to_string(),
                    _ if part == bare(theirs) => bare(own),
                    _ => part.to_string(),
                })
                .collect();
            from = format!("{name}:{}", parts.join("-"));
        }
        return Some((facts, from, true));
    }
    let slim = words.iter().any(|word| word.starts_with("slim"));
    let root = words.iter().find_map(|word| {
        if *word == "scratch" {
            return Some("scratch".to_string());
        }
        if let Some(version) = distributions::alpine_version(word) {
            let tag = if version.is_empty() { "latest" } else { version };
            return Some(format!("alpine:{tag}"));
        }
        let (distribution, release) = distributions::by_codename(word)?;
        let variant = if slim && distribution.id == "debian" { "-slim" } else { "" };
        Some(format!("{}:{}{variant}", distribution.id, release.codename()?))
    });
    let alpine = words.iter().any(|word| distributions::alpine_version(word).is_some());
    let parent = parents().get(&family.name).filter(|_| !alpine).map(|parent| {
        let codename = words.iter().find(|word| distributions::by_codename(word).is_some()).unwrap_or(&"latest");
        let slim_tag = format!("{codename}-slim").replace("latest-slim", "stable-slim");
        match (slim, parent.starts_with("buildpack-deps:")) {
            (true, true) => format!("debian:{slim_tag}"),
            _ => parent.replace("{debian}-slim", &slim_tag).replace("{debian}", codename),
        }
    });
    let from = parent.or(root)?;
    match listed_config(family, build) {
        Some(config) => Some((config, from, true)),
        None => Some((own, from, false)),
    }
}

/// The listed image of a family that has a tag with the same words but for versions and distributions.
fn listed_like<'f>(family: &'f Family, build: &Build) -> Option<&'f BaseFacts> {
    let words = plain_words(build.words());
    let fits = |facts: &&Arc<BaseFacts>| facts.tags.iter().any(|tag| plain_words(tag.split('-')) == words);
    family.listed.iter().find(fits).map(|facts| &**facts)
}

/// What a listed image of the family with the same words tells of a build that stands on nothing that is known.
pub(super) fn from_listed(family: &Family, build: &Build) -> Option<BaseFacts> {
    let listed = listed_like(family, build)?;
    Some(BaseFacts {
        tags: vec![build.name.clone()],
        era: String::new(),
        id: None,
        size: 0,
        layers: Vec::new(),
        ..listed.clone()
    })
}

/// Words of a tag without those of versions and distributions' releases, in order.
fn plain_words<'w>(words: impl Iterator<Item = &'w str>) -> Vec<&'w str> {
    let own = |word: &&str| {
        !word.is_empty()
            && !["latest", "linux"].contains(word)
            && distributions::by_codename(word).is_none()
            && !word.trim_start_matches('v').starts_with(|c: char| c.is_ascii_digit())
    };
    let alpine = |word: &'w str| if word.starts_with("alpine") { "alpine" } else { word };
    let mut words: Vec<&str> = words.filter(own).map(alpine).collect();
    words.sort_unstable();
    words
}

/// The base of a build that a tag with a codename means. The lists call some builds `oldstable` alone, and such a build
/// was of other releases before.
pub(super) fn on_release(from: &str, build: &Build, tag: &str) -> String {
    let codename =
        |word: &str| distributions::by_codename(word).map(|(of, release)| (of.id.as_str(), release.codename()));
    let (Some(named), None) = (tag.split('-').find_map(codename), build.words().find_map(codename)) else {
        return from.to_string();
    };
    let (name, tag) = from.split_once(':').unwrap_or((from, "latest"));
    let parts: Vec<&str> = tag
        .split('-')
        .map(|part| match (codename(part), named.1) {
            (Some((id, _)), Some(release)) if id == named.0 => release,
            _ => part,
        })
        .collect();
    format!("{name}:{}", parts.join("-"))
}

/// Facts of another version's Dockerfile as those of a build: its own version, and the distribution that its tag names.
fn of_version(family: &Family, build: &Build, mut own: BuildFacts, from: String) -> (BuildFacts, String, bool) {
    let other =
        own.env.values().find(|value| family.builds().iter().any(|one| !value.is_empty() && one.version == **value));
    let other = other.cloned().filter(|version| *version != build.version);
    let mut from = from;
    if let Some(other) = other {
        own.env.values_mut().filter(|value| **value == other).for_each(|value| value.clone_from(&build.version));
        from = from.replace(&format!(":{other}"), &format!(":{}", build.version));
    }
    let (name, tag) = from.split_once(':').unwrap_or((&from, "latest"));
    for word in build.words() {
        if name == "alpine"
            && let Some(version) = distributions::alpine_version(word).filter(|version| !version.is_empty())
        {
            return (own, format!("alpine:{version}"), true);
        }
        if distributions::by_codename(word).is_some() {
            let tag: Vec<&str> = tag
                .split('-')
                .map(|part| if distributions::by_codename(part).is_some() { word } else { part })
                .collect();
            return (own, format!("{name}:{}", tag.join("-")), true);
        }
    }
    (own, from, true)
}

/// The configuration of a listed image of the family whose tag has the same words but for distributions.
fn listed_config(family: &Family, build: &Build) -> Option<BuildFacts> {
    let config = &listed_like(family, build)?.config;
    let mut env = config.env.clone();
    env.remove("PATH");
    for (name, value) in &mut env {
        if VERSIONS.iter().any(|(variable, _)| variable == name) {
            *value = build.version.clone();
        }
    }
    Some(BuildFacts {
        env,
        entrypoint: config.entrypoint.clone(),
        cmd: config.cmd.clone(),
        workdir: config.workdir.clone(),
        user: config.user.clone(),
        expose: config.exposed_ports.clone(),
        volume: config.volumes.clone(),
        stopsignal: config.stop_signal.clone(),
        ..BuildFacts::default()
    })
}

/// The ONBUILD triggers of a build, of which the histories name only the instructions, from `data/onbuild.json`.
fn triggers(family: &str, instructions: &[String]) -> Vec<String> {
    #[derive(Deserialize)]
    struct File {
        triggers: BTreeMap<String, Vec<String>>,
    }
    static TRIGGERS: LazyLock<BTreeMap<String, Vec<String>>> = LazyLock::new(|| {
        // A test reads it.
        serde_json::from_str::<File>(include_str!("../../data/onbuild.json"))
            .map(|file| file.triggers)
            .unwrap_or_default()
    });
    if instructions.is_empty() {
        return Vec::new();
    }
    TRIGGERS.get(&format!("{family} {}", instructions.join(" "))).cloned().unwrap_or_default()
}

/// What builds of a family are built from where no Dockerfile was at hand, from `data/parents.json`.
fn parents() -> &'static BTreeMap<String, String> {
    #[derive(Deserialize)]
    struct File {
        parents: BTreeMap<String, String>,
    }
    static PARENTS: LazyLock<BTreeMap<String, String>> = LazyLock::new(|| {
        // A test reads it.
        serde_json::from_str::<File>(include_str!("../../data/parents.json"))
            .map(|file| file.parents)
            .unwrap_or_default()
    });
    &PARENTS
}

/// A text in which `$NAME` and `${NAME}` are replaced by values that are known.
fn expanded(text: &str, env: &BTreeMap<String, String>) -> String {
    let mut done = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        done.push_str(before);
        let (name, behind) = match after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
            Some((name, behind)) => (name, behind),
            None => {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                after.split_at_checked(end).unwrap_or((after, ""))
            }
        };
        match (env.get(name), name) {
            (Some(value), _) => done.push_str(value),
            (None, "PATH") => done.push_str(DEFAULT_PATH),
            (None, _) => {}
        }
        rest = behind;
    }
    done + rest
}

/// A port as configurations write it: `80/tcp`.
fn with_protocol(port: &str) -> String {
    if port.contains('/') { port.to_string() } else { format!("{port}/tcp") }
}

fn united(below: &[String], own: impl Iterator<Item = String>) -> Vec<String> {
    let mut all = below.to_vec();
    for one in own {
        if !all.contains(&one) {
            all.push(one);
        }
    }
    all
}
