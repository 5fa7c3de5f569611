//! The base images that isolated builds may use. They are image archives on disk. BuildKit daemons request their
//! blobs by digest.
//!
//! Nothing is unpacked or copied: an uncompressed archive of `docker save`, or an OCI layout, stores each layer as one
//! range of bytes, and that range is sent.

use super::blob::{Blob, sha256};
use crate::disk::{archive, open_regular_file};
use serde_json::json;
use stageplay_core::archive::{Archive, Compression, LayerFile, Limits};
use stageplay_core::image::{Config, Image, Reference};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Bytes in memory of the compressed layers of one image, unpacked.
const MAX_UNPACKED: u64 = 256 << 20;

/// A base image that builds may use.
#[derive(Clone, Debug)]
pub struct BaseImage {
    /// The name with its tag.
    pub reference: Reference,
    /// The platform, such as `linux/amd64`.
    pub platform: String,
    /// The image configuration: environment, user, ONBUILD triggers and more.
    pub config: Config,
    /// The digest of its manifest, `sha256:…`.
    pub manifest_digest: String,
    /// Bytes that a daemon needs to store it: its layers as they are sent, and unpacked.
    pub bytes: u64,
    /// The digests that registries use for it.
    registry_digests: Vec<String>,
    archive: Arc<Archive>,
}

impl BaseImage {
    /// Returns the image with its files. A file is read when it is needed, but those of compressed layers are kept in
    /// memory.
    ///
    /// # Errors
    /// The archive cannot be read, or its compressed layers unpack to more than 256 MiB.
    pub fn image(&self) -> Result<Image, String> {
        let mut limits = Limits::default().unpacking(MAX_UNPACKED);
        self.archive.image_within(&mut limits).map_err(|error| error.to_string())
    }

    fn matches(&self, reference: &Reference) -> bool {
        match &reference.digest {
            Some(digest) => {
                self.reference.repository == reference.repository
                    && (*digest == self.manifest_digest || self.registry_digests.contains(digest))
            }
            None => self.reference == *reference,
        }
    }
}

/// Whether a folder has an OCI layout: an `index.json` which is not a folder.
fn is_layout(folder: &Path) -> bool {
    folder.join("index.json").metadata().is_ok_and(|meta| !meta.is_dir())
}

/// All base images that builds may use.
#[derive(Debug, Default)]
pub struct BaseImages {
    images: Vec<BaseImage>,
    blobs: BTreeMap<String, Blob>,
    /// Bytes of the files of each layer, by the digest of its blob. Images often share layers.
    unpacked_sizes: BTreeMap<String, u64>,
}

/// An image archive on disk.
#[derive(Clone, Debug, Default)]
pub(super) struct ImageArchive {
    pub(super) path: PathBuf,
    /// Names of the image. If empty, the names in the archive are used.
    pub(super) names: Vec<Reference>,
    /// The digests that registries use for the image.
    pub(super) registry_digests: Vec<String>,
}

impl BaseImages {
    /// Lists the archives of a folder, sorted by path: files that end in `.tar`, and folders with an OCI layout. What has
    /// these names and is a pipe or a device is listed as well: it is refused with its path when it is opened.
    ///
    /// # Errors
    /// The folder cannot be read.
    pub(super) fn list_archives(folder: &Path) -> Result<Vec<ImageArchive>, String> {
        let fail = |error: std::io::Error| format!("cannot read {}: {error}", folder.display());
        let mut archives = Vec::new();
        for entry in std::fs::read_dir(folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            if path.extension().is_some_and(|extension| extension == "tar") || is_layout(&path) {
                archives.push(ImageArchive { path, ..ImageArchive::default() });
            }
        }
        archives.sort_by(|one, other| one.path.cmp(&other.path));
        Ok(archives)
    }

    /// Opens archives and reads their manifests. If images of two archives have the same name and platform, the first one
    /// is used.
    ///
    /// # Errors
    /// An archive cannot be used, or two of its images have the same name and platform. The message names it.
    pub(super) fn open(archives: &[ImageArchive]) -> Result<Self, String> {
        let mut images = BaseImages::default();
        for source in archives {
            images.add(source).map_err(|error| format!("{}: {error}", source.path.display()))?;
        }
        Ok(images)
    }

    fn add(&mut self, source: &ImageArchive) -> Result<(), String> {
        if !source.path.is_dir() && !is_plain_tar(&source.path)? {
            return Err("is compressed, or not a tar; save base images as plain tar archives".into());
        }
        // Reading a folder passes over what is not a regular file.
        if is_layout(&source.path) {
            open_regular_file(&source.path.join("index.json")).map_err(|error| format!("index.json: {error}"))?;
        }
        let first_of_source = self.images.len();
        if !source.names.is_empty() {
            return self.add_image(archive::open(&source.path)?, &source.names, source, first_of_source);
        }
        for archive in archive::open_all(&source.path)? {
            let names = names_of(&archive)?;
            self.add_image(archive, &names, source, first_of_source)?;
        }
        Ok(())
    }

    /// Adds an image under names. `first_of_source` is the index of the first image of the same archive.
    fn add_image(
        &mut self,
        archive: Archive,
        names: &[Reference],
        source: &ImageArchive,
        first_of_source: usize,
    ) -> Result<(), String> {
        let archive = Arc::new(archive);
        let mut layers = Vec::new();
        let mut bytes = 0;
        for layer in &archive.layers {
            let (digest, media_type) = blob_digest(layer)?;
            let blob = Blob::from_layer(layer);
            layers.push(json!({"mediaType": media_type, "digest": digest, "size": blob.length}));
            let unpacked = match self.unpacked_sizes.get(&digest) {
                Some(known) => *known,
                None => unpacked_size(&archive, layer)?,
            };
            self.unpacked_sizes.insert(digest.clone(), unpacked);
            bytes += blob.length + unpacked;
            self.blobs.insert(digest, blob);
        }
        let config = archive.config_bytes().to_vec();
        let config_descriptor = json!({"mediaType": "application/vnd.oci.image.config.v1+json", "digest": archive.id(), "size": config.len()});
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": config_descriptor,
            "layers": layers,
        });
        let manifest = manifest.to_string().into_bytes();
        let digest = sha256(&manifest);
        self.blobs.insert(archive.id().to_string(), Blob::from_bytes(config));
        self.blobs.insert(digest.clone(), Blob::from_bytes(manifest));
        let platform = archive::platform(&archive);
        for reference in names {
            let is_named = |image: &BaseImage| image.matches(reference) && image.platform == platform;
            if let Some(index) = self.images.iter().position(is_named) {
                if self.images[index].manifest_digest != digest {
                    // Of several variants of a platform, such as arm/v6 and arm/v7, the first one is used.
                    if archive::variant(&self.images[index].archive) != archive::variant(&archive) {
                        continue;
                    }
                    if index >= first_of_source {
                        return Err(format!("holds two images with the name {reference} for {platform}"));
                    }
                    tracing::warn!(
                        "{}: {reference} for {platform} is not used, because another base image has this name",
                        source.path.display()
                    );
                }
                continue;
            }
            self.images.push(BaseImage {
                reference: Reference { digest: None, ..reference.clone() },
                platform: platform.clone(),
                config: Config::from_oci(archive.config()),
                manifest_digest: digest.clone(),
                bytes,
                registry_digests: archive
                    .digests
                    .iter()
                    .chain(&source.registry_digests)
                    .chain(&reference.digest)
                    .cloned()
                    .collect(),
                archive: archive.clone(),
            });
        }
        Ok(())
    }

    /// Finds the image of a reference for a platform.
    pub fn find(&self, reference: &Reference, platform: &str) -> Option<&BaseImage> {
        let platform = without_variant(platform);
        self.images.iter().find(|image| image.matches(reference) && image.platform == platform)
    }

    /// Finds the image of a reference for linux/amd64, or else for the platform that was opened first.
    pub fn find_for_any_platform(&self, reference: &Reference) -> Option<&BaseImage> {
        self.find(reference, "linux/amd64").or_else(|| self.images.iter().find(|image| image.matches(reference)))
    }

    /// The names of all images, sorted.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = self.images.iter().map(|image| image.reference.to_string()).collect();
        names.sort();
        names.dedup();
        names
    }

    /// Finds a manifest, a configuration or a layer by its digest.
    pub(super) fn blob(&self, digest: &str) -> Option<&Blob> {
        self.blobs.get(digest)
    }
}

/// Removes the variant of a platform: `linux/arm64/v8` becomes `linux/arm64`. There is one base image for each
/// architecture.
fn without_variant(platform: &str) -> &str {
    platform.match_indices('/').nth(1).map_or(platform, |(at, _)| &platform[..at])
}

/// The names of an image, as its archive gives them.
fn names_of(archive: &Archive) -> Result<Vec<Reference>, String> {
    let help = "save the image by its name and tag";
    if archive.tags.is_empty() {
        return Err(format!("the image {} in it has no name; {help}", archive.id()));
    }
    let parse = |tag: &String| match archive::is_only_tag(tag) {
        true => Err(format!("an image in it has no name but the tag {tag}; {help}")),
        false => Reference::parse(tag).map_err(|error| format!("{tag}: {error}")),
    };
    archive.tags.iter().map(parse).collect()
}

/// Whether a file is an uncompressed tar (POSIX ustar or GNU).
fn is_plain_tar(path: &Path) -> Result<bool, String> {
    use std::io::Read;
    let mut head = Vec::new();
    let read = open_regular_file(path).and_then(|file| file.take(512).read_to_end(&mut head));
    read.map_err(|error| error.to_string())?;
    Ok(head.get(257..262) == Some(b"ustar"))
}

/// The digest and the media type of a layer's blob.
fn blob_digest(layer: &LayerFile) -> Result<(String, &'static str), String> {
    let kind = match layer.compression {
        Compression::None => return Ok((layer.diff_id.clone(), "application/vnd.oci.image.layer.v1.tar")),
        Compression::Gzip => "application/vnd.oci.image.layer.v1.tar+gzip",
        Compression::Zstd => "application/vnd.oci.image.layer.v1.tar+zstd",
        other => return Err(format!("{}: layers with the compression {other:?} are not supported", layer.name)),
    };
    // The file name in an OCI layout is the digest.
    match layer.name.strip_prefix("blobs/sha256/") {
        Some(hex) => Ok((format!("sha256:{hex}"), kind)),
        None => Err(format!("{}: the digest of this compressed layer is not known", layer.name)),
    }
}

/// Bytes of the files of a layer.
fn unpacked_size(archive: &Archive, layer: &LayerFile) -> Result<u64, String> {
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
    use serde_json::Value;

    fn archive(folder: &Path, name: &str, tag: &str, architecture: &str) -> PathBuf {
        let path = folder.join(name);
        let mut tar = tar::Builder::new(std::fs::File::create(&path).unwrap());
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
        path
    }

    #[test]
    fn an_archive_is_handed_out_by_digest() {
        let folder = tempfile::tempdir().unwrap();
        archive(folder.path(), "a.tar", "base:1", "amd64");
        archive(folder.path(), "b.tar", "base:1", "arm64");
        std::fs::write(folder.path().join("notes.txt"), "no archive").unwrap();
        let images = BaseImages::open(&BaseImages::list_archives(folder.path()).unwrap()).unwrap();
        assert_eq!(images.names(), ["base:1"]);
        let name = |text: &str| Reference::parse(text).unwrap();
        let found = images.find(&name("docker.io/library/base:1"), "linux/amd64").unwrap();
        assert_eq!(
            (found.config.env.as_slice(), found.config.on_build.as_slice()),
            (&["A=b".into()][..], &["RUN x".into()][..])
        );
        assert_eq!(found.bytes, 2_048);
        let manifest = images.blob(&found.manifest_digest).unwrap();
        let manifest = manifest.read(0, manifest.length).unwrap();
        assert_eq!(sha256(&manifest), found.manifest_digest);
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        let layer = images.blob(manifest["layers"][0]["digest"].as_str().unwrap()).unwrap();
        assert_eq!(layer.read(1_000, 1_000).unwrap(), [0; 24]);
        assert!(images.blob(manifest["config"]["digest"].as_str().unwrap()).is_some());
        assert_ne!(images.find(&name("base:1"), "linux/arm64/v8").unwrap().manifest_digest, found.manifest_digest);
    }

    #[test]
    fn only_named_images_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = archive(folder.path(), "a.tar", "base:1", "amd64");
        let digest = format!("sha256:{}", "a".repeat(64));
        let source = ImageArchive { path, registry_digests: vec![digest.clone()], ..ImageArchive::default() };
        let images = BaseImages::open(&[source]).unwrap();
        let find = |text: &str| images.find(&Reference::parse(text).unwrap(), "linux/amd64").is_some();
        assert!(find("base:1") && find(&format!("base@{digest}")) && find(&format!("base:1@{digest}")));
        assert!(!find("base") && !find("base:2") && !find("other/base:1") && !find("sha256:95b1"));
        assert!(!find(&format!("base@sha256:{}", "0".repeat(64))) && !find(&format!("other@{digest}")));
        assert!(images.find(&Reference::parse("base:1").unwrap(), "linux/arm64").is_none());
    }

    /// A folder with an OCI layout of images without layers: name, architecture.
    fn layout(folder: &Path, images: &[(&str, &str)]) {
        let blobs = folder.join("blobs/sha256");
        std::fs::create_dir_all(&blobs).unwrap();
        let write = |content: Value| {
            let content = content.to_string();
            let digest = sha256(content.as_bytes());
            std::fs::write(blobs.join(digest.trim_start_matches("sha256:")), content).unwrap();
            digest
        };
        let manifest = |(name, architecture): &(&str, &str)| {
            let (architecture, variant) = architecture.split_once('/').unwrap_or((architecture, ""));
            let config =
                write(json!({"os": "linux", "architecture": architecture, "variant": variant, "author": name}));
            let manifest = write(json!({"config": {"digest": config}, "layers": []}));
            json!({"digest": manifest, "annotations": {"org.opencontainers.image.ref.name": name}})
        };
        let manifests: Vec<Value> = images.iter().map(manifest).collect();
        std::fs::write(folder.join("index.json"), json!({"manifests": manifests}).to_string()).unwrap();
    }

    fn open(folder: &Path) -> Result<BaseImages, String> {
        BaseImages::open(&BaseImages::list_archives(folder)?)
    }

    #[test]
    fn all_images_of_an_oci_layout_are_base_images() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("layout");
        layout(&path, &[("a:1", "amd64"), ("b:1", "arm64"), ("b:1", "amd64"), ("c:1", "s390x")]);
        let images = open(folder.path()).unwrap();
        assert_eq!(images.names(), ["a:1", "b:1", "c:1"]);
        let found = |name: &str, platform: &str| {
            let found = images.find(&Reference::parse(name).unwrap(), platform);
            found.map(|image| image.manifest_digest.clone())
        };
        assert!(found("a:1", "linux/amd64").is_some() && found("a:1", "linux/arm64").is_none());
        assert_ne!(found("b:1", "linux/amd64").unwrap(), found("b:1", "linux/arm64").unwrap());
        let for_any = |name: &str| images.find_for_any_platform(&Reference::parse(name).unwrap());
        assert_eq!(for_any("b:1").map(|image| &*image.platform), Some("linux/amd64"));
        assert_eq!(for_any("c:1").map(|image| &*image.platform), Some("linux/s390x"));
        assert!(for_any("d:1").is_none());
        layout(&path, &[("a:1", "amd64"), ("latest", "amd64")]);
        let error = open(folder.path()).unwrap_err();
        assert!(error.contains("no name but the tag latest") && error.contains("layout"), "{error}");
    }

    #[test]
    fn of_several_variants_of_a_platform_the_first_is_used() {
        let folder = tempfile::tempdir().unwrap();
        layout(&folder.path().join("layout"), &[("a:1", "amd64"), ("a:1", "arm/v6"), ("a:1", "arm/v7")]);
        let images = open(folder.path()).unwrap();
        let found = images.find(&Reference::parse("a:1").unwrap(), "linux/arm").unwrap();
        assert_eq!((archive::variant(&found.archive), images.images.len()), ("v6", 2));
    }

    #[test]
    fn two_images_with_one_name_are_refused_in_one_archive() {
        let folder = tempfile::tempdir().unwrap();
        layout(&folder.path().join("one"), &[("a:1", "amd64")]);
        layout(&folder.path().join("two"), &[("docker.io/library/a:1", "amd64")]);
        assert_eq!(open(folder.path()).unwrap().names(), ["a:1"], "the first archive is used");
        layout(&folder.path().join("two"), &[("b:1", "amd64"), ("docker.io/library/b:1", "amd64")]);
        let error = open(folder.path()).unwrap_err();
        assert!(error.contains("two images with the name b:1 for linux/amd64") && error.contains("two"), "{error}");
    }

    #[test]
    fn a_pipe_among_the_archives_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("x.tar");
        rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, 0o600.into()).unwrap();
        let error = open(folder.path()).unwrap_err();
        assert!(error.contains("x.tar") && error.contains("not a regular file"), "{error}");
        std::fs::remove_file(&pipe).unwrap();
        std::os::unix::fs::symlink("/dev/zero", &pipe).unwrap();
        assert!(open(folder.path()).unwrap_err().contains("not a regular file"));
        std::fs::remove_file(&pipe).unwrap();
        let layout = folder.path().join("layout");
        std::fs::create_dir(&layout).unwrap();
        rustix::fs::mkfifoat(rustix::fs::CWD, layout.join("index.json"), 0o600.into()).unwrap();
        let error = open(folder.path()).unwrap_err();
        assert!(error.contains("layout") && error.contains("not a regular file"), "{error}");
    }

    #[test]
    fn a_compressed_archive_is_refused_with_its_name() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.tar"), [0x1f, 0x8b, 8, 0]).unwrap();
        let error = BaseImages::open(&BaseImages::list_archives(folder.path()).unwrap()).unwrap_err();
        assert!(error.contains("a.tar") && error.contains("plain tar"), "{error}");
    }
}
