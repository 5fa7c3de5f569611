//! Archives of `docker save`: `manifest.json`.

use super::ArchiveError;
use super::archive_files::{ArchiveFiles, ImageFiles, member, texts};
use serde_json::Value;

const MANIFEST: &str = "manifest.json";

/// Reads the first image of `manifest.json`.
pub(super) fn read(files: &ArchiveFiles) -> Result<ImageFiles, ArchiveError> {
    let manifest = files.json(MANIFEST)?;
    image(manifest.as_array().and_then(|all| all.first()).unwrap_or(&Value::Null))
}

/// Reads all images of `manifest.json`.
pub(super) fn read_all(files: &ArchiveFiles) -> Result<Vec<ImageFiles>, ArchiveError> {
    let manifest = files.json(MANIFEST)?;
    let images = manifest.as_array().map_or(&[][..], Vec::as_slice);
    super::check_image_count(images.len())?;
    images.iter().map(image).collect()
}

fn image(image: &Value) -> Result<ImageFiles, ArchiveError> {
    let config = member(image, "Config").as_str();
    let config = config.ok_or_else(|| ArchiveError::new("names no Config").in_file(MANIFEST))?;
    Ok(ImageFiles {
        config: config.to_string(),
        layers: texts(member(image, "Layers")),
        tags: texts(member(image, "RepoTags")),
        digests: Vec::new(),
    })
}
