//! The base images that an operator lets strangers' builds use: archives on disk, whose files are
//! handed to a daemon by digest.
//!
//! Nothing is unpacked or copied: an uncompressed archive of `docker save` or an OCI layout holds each
//! layer in one piece, and a daemon that asks for a digest gets that piece.

use super::blob::{Blob, sha256};
use crate::disk::archive;
use serde_json::{Value, json};
use stageplay_core::archive::{Archive, Compression, LayerFile, Limits};
use stageplay_core::image::{Config, Image, Reference};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A base image that builds may use.
#[derive(Clone, Debug)]
pub struct BaseImage {
    /// Its name with tag.
    pub reference: Reference,
    /// Such as `linux/amd64`.
    pub platform: String,
    /// Environment, user, triggers and the rest.
    pub config: Config,
    /// Digest of its manifest, `sha256:…`.
    pub manifest: String,
    /// Bytes that a daemon needs to keep it: its layers as they come, and unpacked.
    pub bytes: u64,
    /// Digests under which registries know it.
    digests: Vec<String>,
    archive: Arc<Archive>,
}

impl BaseImage {
    /// The image with its files, read where somebody asks.
    ///
    /// # Errors
    /// Its archive cannot be read.
    pub fn image(&self) -> Result<Image, String> {
        self.archive.image().map_err(|error| error.to_string())
    }

    fn is_called(&self, reference: &Reference) -> bool {
        match &reference.digest {
            Some(digest) => {
                self.reference.repository == reference.repository
                    && (*digest == self.manifest || self.digests.contains(digest))
            }
            None => self.reference == *reference,
        }
    }
}

/// All that builds may use.
#[derive(Debug, Default)]
pub struct BaseImages {
    images: Vec<BaseImage>,
    blobs: BTreeMap<String, Blob>,
}

/// An archive, and what is known of it beside: names that stand for its own, and digests.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    pub(super) place: PathBuf,
    pub(super) names: Vec<Reference>,
    pub(super) digests: Vec<String>,
}

impl BaseImages {
    /// The archives of a folder: files that end in `.tar`, and folders with an OCI layout.
    ///
    /// # Errors
    /// The folder or an archive cannot be read.
    pub(super) fn of_folder(folder: &Path) -> Result<Vec<Kept>, String> {
        let fail = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
        let mut found = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(fail)? {
            let place = entry.map_err(fail)?.path();
            if place.extension().is_some_and(|ending| ending == "tar") || place.join("index.json").is_file() {
                found.push(Kept { place, ..Kept::default() });
            }
        }
        found.sort_by(|one, other| one.place.cmp(&other.place));
        Ok(found)
    }

    /// Reads what the archives list; of two images with one name and platform the first counts.
    ///
    /// # Errors
    /// With the archive.
    pub(super) fn open(archives: &[Kept]) -> Result<Self, String> {
        let mut all = BaseImages::default();
        for kept in archives {
            all.add(kept).map_err(|error| format!("{}: {error}", kept.place.display()))?;
        }
        Ok(all)
    }

    fn add(&mut self, kept: &Kept) -> Result<(), String> {
        if kept.place.is_file() && !is_plain_tar(&kept.place)? {
            return Err("is compressed, or no tar; keep base images as plain tar archives".into());
        }
        let archive = Arc::new(archive::open(&kept.place)?);
        let names = match kept.names.as_slice() {
            [] => archive.tags.iter().map(|tag| Reference::parse(tag)).collect::<Result<_, _>>()?,
            names => names.to_vec(),
        };
        if names.is_empty() {
            return Err("gives its image no name; save it by name".into());
        }
        let mut layers = Vec::new();
        let mut bytes = 0;
        for layer in &archive.layers {
            let (digest, kind) = digest_of(layer)?;
            let blob = Blob::of_layer(layer);
            layers.push(json!({"mediaType": kind, "digest": digest, "size": blob.length}));
            bytes += blob.length + unpacked(&archive, layer)?;
            self.blobs.insert(digest, blob);
        }
        let config = archive.config_bytes().to_vec();
        let described = json!({"mediaType": "application/vnd.oci.image.config.v1+json", "digest": archive.id(), "size": config.len()});
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": described,
            "layers": layers,
        });
        let manifest = manifest.to_string().into_bytes();
        let digest = sha256(&manifest);
        self.blobs.insert(archive.id().to_string(), Blob::of_bytes(config));
        self.blobs.insert(digest.clone(), Blob::of_bytes(manifest));
        let platform = platform(archive.config());
        for reference in names {
            if self.find(&reference, &platform).is_some() {
                continue;
            }
            self.images.push(BaseImage {
                reference: Reference { digest: None, ..reference.clone() },
                platform: platform.clone(),
                config: Config::from_oci(archive.config()),
                manifest: digest.clone(),
                bytes,
                digests: archive.digests.iter().chain(&kept.digests).chain(&reference.digest).cloned().collect(),
                archive: archive.clone(),
            });
        }
        Ok(())
    }

    /// The image of a name, or of a name with a digest, for a platform.
    pub fn find(&self, reference: &Reference, platform: &str) -> Option<&BaseImage> {
        let wanted = without_variant(platform);
        self.images.iter().find(|image| image.is_called(reference) && image.platform == wanted)
    }

    /// All names, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.images.iter().map(|image| image.reference.to_string()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// A manifest, a configuration or a layer.
    pub(super) fn blob(&self, digest: &str) -> Option<&Blob> {
        self.blobs.get(digest)
    }
}

/// `linux/arm64/v8` is `linux/arm64`: of one architecture builds have one image.
fn without_variant(platform: &str) -> &str {
    platform.match_indices('/').nth(1).map_or(platform, |(at, _)| &platform[..at])
}

fn platform(config: &Value) -> String {
    let text = |name: &str, usual: &str| config.get(name).and_then(Value::as_str).unwrap_or(usual).to_string();
    format!("{}/{}", text("os", "linux"), text("architecture", "amd64"))
}

fn is_plain_tar(place: &Path) -> Result<bool, String> {
    use std::io::Read;
    let mut head = Vec::new();
    let read = std::fs::File::open(place).and_then(|file| file.take(512).read_to_end(&mut head));
    read.map_err(|error| error.to_string())?;
    Ok(head.get(257..262) == Some(b"ustar"))
}

/// A layer's digest and media type.
fn digest_of(layer: &LayerFile) -> Result<(String, &'static str), String> {
    let kind = match layer.compression {
        Compression::None => return Ok((layer.diff_id.clone(), "application/vnd.oci.image.layer.v1.tar")),
        Compression::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
        Compression::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        other => return Err(format!("{}: layers packed by {other:?} cannot be passed on", layer.name)),
    };
    // An OCI layout names its files so.
    match layer.name.strip_prefix("blobs/sha256/") {
        Some(hex) => Ok((format!("sha256:{hex}"), kind)),
        None => Err(format!("{}: a packed layer without a digest", layer.name)),
    }
}

/// Bytes of a layer that is unpacked.
fn unpacked(archive: &Archive, layer: &LayerFile) -> Result<u64, String> {
    if layer.compression == Compression::None {
        return Ok(layer.place().2);
    }
    let mut bytes = 0u64;
    let listed = archive.entries(layer, &mut Limits::default(), |entry| {
        bytes = bytes.saturating_add(entry.size);
        Ok(())
    });
    listed.map(|()| bytes).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn archive(folder: &Path, name: &str, tag: &str, architecture: &str) -> PathBuf {
        let place = folder.join(name);
        let mut tar = tar::Builder::new(std::fs::File::create(&place).unwrap());
        let mut add = |name: &str, bytes: &[u8]| {
            let mut header = tar::Header::new_gnu();
            header.set_size(bytes.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, name, bytes).unwrap();
        };
        let layer = vec![0; 1_024];
        let config = json!({"architecture": architecture, "os": "linux", "config": {"Env": ["A=b"], "OnBuild": ["RUN x"]},
            "rootfs": {"type": "layers", "diff_ids": [sha256(&layer)]}});
        add("c.json", config.to_string().as_bytes());
        add("l/layer.tar", &layer);
        add(
            "manifest.json",
            json!([{"Config": "c.json", "RepoTags": [tag], "Layers": ["l/layer.tar"]}]).to_string().as_bytes(),
        );
        place
    }

    #[test]
    fn an_archive_is_handed_out_by_digest() {
        let folder = tempfile::tempdir().unwrap();
        archive(folder.path(), "a.tar", "base:1", "amd64");
        archive(folder.path(), "b.tar", "base:1", "arm64");
        std::fs::write(folder.path().join("notes.txt"), "no archive").unwrap();
        let images = BaseImages::open(&BaseImages::of_folder(folder.path()).unwrap()).unwrap();
        assert_eq!(images.names(), ["base:1"]);
        let name = |text: &str| Reference::parse(text).unwrap();
        let found = images.find(&name("docker.io/library/base:1"), "linux/amd64").unwrap();
        assert_eq!(
            (found.config.env.as_slice(), found.config.on_build.as_slice()),
            (&["A=b".into()][..], &["RUN x".into()][..])
        );
        assert_eq!(found.bytes, 2_048);
        let manifest = images.blob(&found.manifest).unwrap();
        let manifest = manifest.read(0, manifest.length).unwrap();
        assert_eq!(sha256(&manifest), found.manifest);
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let layer = images.blob(manifest["layers"][0]["digest"].as_str().unwrap()).unwrap();
        assert_eq!(layer.read(1_000, 1_000).unwrap(), [0; 24]);
        assert!(images.blob(manifest["config"]["digest"].as_str().unwrap()).is_some());
        assert_ne!(images.find(&name("base:1"), "linux/arm64/v8").unwrap().manifest, found.manifest);
    }

    #[test]
    fn only_what_was_named_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let place = archive(folder.path(), "a.tar", "base:1", "amd64");
        let digest = format!("sha256:{}", "a".repeat(64));
        let kept = Kept { place, digests: vec![digest.clone()], ..Kept::default() };
        let images = BaseImages::open(&[kept]).unwrap();
        let find = |text: &str| images.find(&Reference::parse(text).unwrap(), "linux/amd64").is_some();
        assert!(find("base:1") && find(&format!("base@{digest}")) && find(&format!("base:1@{digest}")));
        assert!(!find("base") && !find("base:2") && !find("other/base:1") && !find("sha256:95b1"));
        assert!(!find(&format!("base@sha256:{}", "0".repeat(64))) && !find(&format!("other@{digest}")));
        assert!(images.find(&Reference::parse("base:1").unwrap(), "linux/arm64").is_none());
    }

    #[test]
    fn a_compressed_archive_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.tar"), [0x1f, 0x8b, 8, 0]).unwrap();
        let error = BaseImages::open(&BaseImages::of_folder(folder.path()).unwrap()).unwrap_err();
        assert!(error.contains("a.tar") && error.contains("plain tar"), "{error}");
    }
}
