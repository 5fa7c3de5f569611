//! Facts of a real image, in the form in which the catalogue keeps them.

use crate::fs::Tree;
use crate::image::{BaseFacts, ConfigFacts, LayerFacts, Libc, OwnFiles};
use crate::image::{Image, Reference};
use std::collections::BTreeMap;

/// Bytes of a C library that are searched for its version.
const MOST_SEARCHED: usize = 4 << 20;
/// Loaders of amd64 that a base image may have.
const LOADERS: [&str; 3] = ["/lib64/ld-linux-x86-64.so.2", "/lib/ld-linux.so.2", "/lib/ld-musl-x86_64.so.1"];

/// Looks at an image: its distribution, libc, shell, tools and layers. Sizes are exact.
///
/// `source` says where the image came from, `date` when it was looked at (`2026-09-01`).
pub fn facts_of(image: &Image, reference: &Reference, source: &str, date: &str) -> BaseFacts {
    let tree = &image.tree;
    let has = |path: &str| tree.stat("/", path).is_ok();
    let interp: Vec<String> = LOADERS.iter().filter(|path| has(path)).map(ToString::to_string).collect();
    let layers: Vec<LayerFacts> =
        image.layers.iter().map(|layer| LayerFacts::new(layer.created_by.clone(), layer.size.at_least())).collect();
    let config = &image.config;
    let env = config.env.iter().filter_map(|pair| pair.split_once('='));
    BaseFacts {
        name: reference.repository.clone(),
        family: None,
        tags: vec![reference.tag.clone()],
        era: "current".into(),
        id: Some(image.id.clone()),
        distro: distribution(tree),
        libc: libc(tree, &interp),
        interp,
        shell: shell(tree),
        bash: has("/bin/bash"),
        package_manager: ["apt-get", "apk", "dnf", "microdnf", "yum", "zypper"]
            .into_iter()
            .find(|name| on_path(tree, name).is_some())
            .map(|name| name.trim_end_matches("-get").to_string()),
        size: layers.iter().map(|layer| layer.size).sum(),
        size_basis: "exact".into(),
        precision: None,
        compressed: None,
        layers,
        config: ConfigFacts {
            env: env.map(|(name, value)| (name.to_string(), value.to_string())).collect(),
            cmd: config.cmd.clone(),
            entrypoint: config.entrypoint.clone(),
            workdir: Some(config.working_dir.clone()).filter(|text| !text.is_empty()),
            user: Some(config.user.clone()).filter(|text| !text.is_empty()),
            exposed_ports: config.exposed_ports.iter().cloned().collect(),
            volumes: config.volumes.iter().cloned().collect(),
            stop_signal: config.stop_signal.clone(),
            on_build: config.on_build.clone(),
            shell: config.shell.clone(),
        },
        toolchain: toolchain(image),
        c_compiler: Some(["gcc", "cc", "clang"].iter().any(|name| on_path(tree, name).is_some())),
        ca_certificates: Some(has("/etc/ssl/certs/ca-certificates.crt") || has("/etc/pki/tls/certs/ca-bundle.crt")),
        packages: Vec::new(),
        config_known: true,
        source: source.to_string(),
        date: Some(date.to_string()),
        own_files: OwnFiles::default(),
    }
}

fn text(tree: &Tree, path: &str) -> Option<String> {
    let (_, node) = tree.stat("/", path).ok()?;
    Some(String::from_utf8_lossy(node.content()?.bytes()?).into_owned())
}

fn on_path(tree: &Tree, name: &str) -> Option<String> {
    ["/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/go/bin"]
        .iter()
        .map(|folder| format!("{folder}/{name}"))
        .find(|path| tree.stat("/", path).is_ok())
}

fn distribution(tree: &Tree) -> BTreeMap<String, String> {
    let release = text(tree, "/etc/os-release").or_else(|| text(tree, "/usr/lib/os-release")).unwrap_or_default();
    let value = |key: &str| {
        let line = release.lines().find_map(|line| line.strip_prefix(key)?.strip_prefix('='))?;
        Some(line.trim_matches(['"', '\'']).to_string()).filter(|text| !text.is_empty())
    };
    let pairs = [("id", value("ID")), ("version", value("VERSION_ID")), ("codename", value("VERSION_CODENAME"))];
    pairs.into_iter().filter_map(|(name, value)| Some((name.to_string(), value?))).collect()
}

fn shell(tree: &Tree) -> Option<String> {
    let (path, _) = tree.stat("/", "/bin/sh").ok()?;
    Some(match path.rsplit('/').next().unwrap_or("") {
        "busybox" => "busybox ash".into(),
        name => name.to_string(),
    })
}

fn libc(tree: &Tree, interp: &[String]) -> Libc {
    let musl = interp.iter().find(|path| path.contains("musl"));
    let (flavor, version) = match (musl, interp.first()) {
        // Alpine's package database names the version; musl itself only when it is run.
        (Some(_), _) => ("musl", text(tree, "/lib/apk/db/installed").and_then(|text| apk_version(&text, "musl"))),
        (None, Some(_)) => ("glibc", glibc_version(tree)),
        (None, None) => ("none", None),
    };
    Libc { flavor: flavor.into(), version }
}

/// `P:musl` and behind it `V:1.2.5-r9`.
fn apk_version(database: &str, package: &str) -> Option<String> {
    let mut lines = database.lines().skip_while(|line| line.strip_prefix("P:") != Some(package));
    let version = lines.find_map(|line| line.strip_prefix("V:"))?;
    Some(version.split('-').next().unwrap_or(version).to_string())
}

/// `GNU C Library (Debian GLIBC 2.36-9) stable release version 2.36.` stands in the library.
fn glibc_version(tree: &Tree) -> Option<String> {
    let places = ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/libc.so.6", "/usr/lib/libc.so.6", "/lib/libc.so.6"];
    let (_, node) = places.iter().find_map(|path| tree.stat("/", path).ok())?;
    let bytes = node.content()?.bytes()?;
    let found = find(bytes.get(..MOST_SEARCHED.min(bytes.len()))?, b"stable release version ")?;
    let version: Vec<u8> = found.iter().copied().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').collect();
    Some(String::from_utf8_lossy(&version).trim_end_matches('.').to_string())
}

fn find<'b>(bytes: &'b [u8], what: &[u8]) -> Option<&'b [u8]> {
    let at = memchr::memmem::find(bytes, what)?;
    bytes.get(at + what.len()..)
}

/// Compilers and interpreters whose version stands in a file or in the environment.
fn toolchain(image: &Image) -> BTreeMap<String, String> {
    const VARIABLES: [(&str, &str); 8] = [
        ("go", "GOLANG_VERSION"),
        ("python", "PYTHON_VERSION"),
        ("node", "NODE_VERSION"),
        ("rust", "RUST_VERSION"),
        ("ruby", "RUBY_VERSION"),
        ("php", "PHP_VERSION"),
        ("gcc", "GCC_VERSION"),
        ("nginx", "NGINX_VERSION"),
    ];
    let named = VARIABLES.iter().filter_map(|(tool, variable)| Some((tool, image.config.env_value(variable)?)));
    let mut found: BTreeMap<String, String> =
        named.map(|(tool, version)| (tool.to_string(), version.to_string())).collect();
    if let Some(version) = text(&image.tree, "/usr/local/go/VERSION") {
        let version = version.split_whitespace().next().unwrap_or("").trim_start_matches("go").to_string();
        found.entry("go".into()).or_insert(version);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base_images::{Catalogue, newest_day};
    use crate::fs::Content;

    fn image() -> Image {
        let mut tree = Tree::new();
        for (path, text) in [
            ("/etc/os-release", "ID=alpine\nVERSION_ID=\"3.23.0\"\n"),
            ("/lib/ld-musl-x86_64.so.1", "x"),
            ("/lib/apk/db/installed", "P:busybox\nV:1.37.0-r1\n\nP:musl\nV:1.2.5-r21\n"),
            ("/sbin/apk", "x"),
            ("/bin/busybox", "x"),
        ] {
            tree.mkdir_all(crate::fs::path::parent(path), 0o755, 0, 0).unwrap();
            tree.write(path, Content::inline(text.as_bytes()), 0o755, 0, 0).unwrap();
        }
        tree.symlink("busybox", "/bin/sh", 0, 0).unwrap();
        Image { tree, ..Image::scratch() }
    }

    #[test]
    fn what_a_real_image_is_becomes_a_line_that_the_catalogue_reads() {
        let reference = Reference::parse("mine:7").unwrap();
        let facts = facts_of(&image(), &reference, "an archive", "2026-11-25");
        assert_eq!((facts.libc.flavor.as_str(), facts.libc.version.as_deref()), ("musl", Some("1.2.5")));
        assert_eq!((facts.shell.as_deref(), facts.package_manager.as_deref()), (Some("busybox ash"), Some("apk")));
        let line = serde_json::to_string(&facts).unwrap();
        let mut catalogue = Catalogue::builtin();
        catalogue.add(&line).unwrap();
        let found = catalogue.image(&reference, newest_day()).unwrap();
        assert!(found.tree.stat("/", "/lib/ld-musl-x86_64.so.1").is_ok());
        assert!(catalogue.add("{\"name\":1}").unwrap_err().contains("line 1"));
    }
}
