//! OCI image layouts: `index.json` and the manifests that it names.

use super::ArchiveError;
use super::archive_files::{ArchiveFiles, ImageFiles, member};
use serde_json::Value;

/// Reads the image for linux/amd64 of `index.json`, else the first one. Nested indexes are followed.
pub(super) fn read(files: &ArchiveFiles) -> Result<ImageFiles, ArchiveError> {
    const MAX_NESTED: usize = 4;
    let mut name = "index.json".to_string();
    let (mut tags, mut digests) = (Vec::new(), Vec::new());
    for _ in 0..MAX_NESTED {
        let index = files.json(&name)?;
        if member(&index, "layers").is_array() {
            let blob = |value: &Value| member(value, "digest").as_str().map(ArchiveFiles::blob);
            let config =
                blob(member(&index, "config")).ok_or_else(|| ArchiveError::new("names no config").in_file(&name))?;
            let layers = member(&index, "layers").as_array().into_iter().flatten().filter_map(blob).collect::<Vec<_>>();
            return Ok(ImageFiles { config, layers, tags, digests });
        }
        let manifests = member(&index, "manifests").as_array().map_or(&[][..], Vec::as_slice);
        let is_linux_amd64 = |one: &&Value| {
            let platform = member(one, "platform");
            member(platform, "os") == "linux" && member(platform, "architecture") == "amd64"
        };
        let Some(chosen) = manifests.iter().find(is_linux_amd64).or(manifests.first()) else {
            return Err(ArchiveError::new("names no manifest").in_file(&name));
        };
        let annotations = member(chosen, "annotations");
        let named = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
        tags.extend(named.iter().find_map(|key| member(annotations, key).as_str()).map(str::to_string));
        let digest = member(chosen, "digest").as_str();
        let digest = digest.ok_or_else(|| ArchiveError::new("a manifest without digest").in_file(&name))?;
        name = ArchiveFiles::blob(digest);
        digests.push(digest.to_string());
    }
    Err(ArchiveError::new("index.json leads from index to index"))
}
