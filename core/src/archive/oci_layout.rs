//! OCI image layouts: `index.json` and the manifests that it names.

use super::archive_files::{ArchiveFiles, ImageFiles, member};
use super::{ArchiveError, check_image_count};
use serde_json::Value;
use std::collections::BTreeSet;

const INDEX: &str = "index.json";
/// How deep indexes may be nested.
const MAX_NESTED: usize = 4;
/// The annotations of a manifest that name its image. The first one is a full name.
const NAMES: [&str; 2] = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];

/// Reads the image for linux/amd64 of `index.json`, else the first one. Nested indexes are followed.
pub(super) fn read(files: &ArchiveFiles) -> Result<ImageFiles, ArchiveError> {
    let mut name = INDEX.to_string();
    let (mut tags, mut digests) = (Vec::new(), Vec::new());
    for _ in 0..MAX_NESTED {
        let index = files.json(&name)?;
        if is_manifest(&index) {
            return image(&index, &name, tags, digests);
        }
        let manifests = manifests(&index);
        let is_linux_amd64 = |one: &&Value| {
            let platform = member(one, "platform");
            member(platform, "os") == "linux" && member(platform, "architecture") == "amd64"
        };
        let Some(chosen) = manifests.iter().find(is_linux_amd64).or(manifests.first()) else {
            return Err(ArchiveError::new("names no manifest").in_file(&name));
        };
        tags.extend(name_of(chosen));
        let digest = digest_of(chosen, &name)?;
        name = ArchiveFiles::blob(digest);
        digests.push(digest.to_string());
    }
    Err(too_deep())
}

/// Reads all images of `index.json`, those of nested indexes with the names of the index. Attestations are no images. An
/// image of a nested index may be absent, because often only one platform of an image is kept.
pub(super) fn read_all(files: &ArchiveFiles) -> Result<Vec<ImageFiles>, ArchiveError> {
    let mut reader = Reader { files, images: Vec::new(), seen: BTreeSet::new() };
    reader.add(INDEX, &[], &[], 0)?;
    match reader.images.is_empty() {
        true => Err(ArchiveError::new("names no manifest").in_file(INDEX)),
        false => Ok(reader.images),
    }
}

struct Reader<'f> {
    files: &'f ArchiveFiles,
    images: Vec<ImageFiles>,
    /// The names and the files of the manifests that were read.
    seen: BTreeSet<(Vec<String>, String)>,
}

impl Reader<'_> {
    /// Adds the images of an index or a manifest, with the names and digests of what leads to it.
    fn add(&mut self, name: &str, tags: &[String], digests: &[String], depth: usize) -> Result<(), ArchiveError> {
        // The same manifest may be named twice; that is one image.
        if !self.seen.insert((tags.to_vec(), name.to_string())) {
            return Ok(());
        }
        check_image_count(self.seen.len())?;
        let index = self.files.json(name)?;
        if is_manifest(&index) {
            let image = image(&index, name, tags.to_vec(), digests.to_vec())?;
            let is_whole =
                std::iter::once(&image.config).chain(&image.layers).all(|name| self.files.part(name).is_ok());
            if depth <= 1 || is_whole {
                self.images.push(image);
            }
            return Ok(());
        }
        if depth == MAX_NESTED {
            return Err(too_deep());
        }
        for one in manifests(&index).iter().filter(|one| !is_attestation(one)) {
            let digest = digest_of(one, name)?;
            let file = ArchiveFiles::blob(digest);
            if depth > 0 && self.files.part(&file).is_err() {
                continue;
            }
            let tags: Vec<String> = tags.iter().cloned().chain(name_of(one)).collect();
            let digests: Vec<String> = digests.iter().cloned().chain([digest.to_string()]).collect();
            self.add(&file, &tags, &digests, depth + 1)?;
        }
        Ok(())
    }
}

fn is_manifest(index: &Value) -> bool {
    member(index, "layers").is_array()
}

fn manifests(index: &Value) -> &[Value] {
    member(index, "manifests").as_array().map_or(&[][..], Vec::as_slice)
}

/// The image of a manifest.
fn image(manifest: &Value, file: &str, tags: Vec<String>, digests: Vec<String>) -> Result<ImageFiles, ArchiveError> {
    let blob = |value: &Value| member(value, "digest").as_str().map(ArchiveFiles::blob);
    let config = blob(member(manifest, "config")).ok_or_else(|| ArchiveError::new("names no config").in_file(file))?;
    let layers = member(manifest, "layers").as_array().into_iter().flatten().filter_map(blob).collect::<Vec<_>>();
    Ok(ImageFiles { config, layers, tags, digests })
}

fn name_of(descriptor: &Value) -> Option<String> {
    let annotations = member(descriptor, "annotations");
    NAMES.iter().find_map(|key| member(annotations, key).as_str()).map(str::to_string)
}

fn digest_of<'v>(descriptor: &'v Value, file: &str) -> Result<&'v str, ArchiveError> {
    let digest = member(descriptor, "digest").as_str();
    digest.ok_or_else(|| ArchiveError::new("a manifest without digest").in_file(file))
}

/// Whether a descriptor is of BuildKit's attestations (provenance, SBOM) for another manifest.
fn is_attestation(descriptor: &Value) -> bool {
    member(member(descriptor, "annotations"), "vnd.docker.reference.type") == "attestation-manifest"
}

fn too_deep() -> ArchiveError {
    ArchiveError::new("index.json leads from index to index")
}
