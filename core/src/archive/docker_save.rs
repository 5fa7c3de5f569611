//! Archives of `docker save`: `manifest.json`.

use super::ArchiveError;
use super::archive_files::{ArchiveFiles, ImageFiles, member, texts};
use serde_json::Value;

/// Reads the first image of `manifest.json`.
pub(super) fn read(files: &ArchiveFiles) -> Result<ImageFiles, ArchiveError> {
    let manifest = files.json("manifest.json")?;
    let image = manifest.as_array().and_then(|all| all.first()).unwrap_or(&Value::Null);
    let config = member(image, "Config").as_str();
    let config = config.ok_or_else(|| ArchiveError::new("names no Config").in_file("manifest.json"))?;
    Ok(ImageFiles {
        config: config.to_string(),
        layers: texts(member(image, "Layers")),
        tags: texts(member(image, "RepoTags")),
        digests: Vec::new(),
    })
}
