//! Reads the archive of an image without blocking the threads that answer requests.

use super::policy::Policy;
use super::prepare;
use crate::disk::archive;
use stageplay_core::archive::Limits;
use stageplay_core::canonical::Canonical;
use stageplay_core::image::Image;
use std::path::Path;
use std::sync::Arc;
use tokio_util::sync::CancellationToken;

/// Entries of all layers of an image that an untrusted build made.
const MAX_LAYER_ENTRIES: usize = 500_000;
/// Bytes of the names of these entries, which are held in memory.
const MAX_LAYER_NAME_BYTES: usize = 64 << 20;

/// The limits for the image of a build.
fn limits(policy: &Policy) -> Limits {
    match policy.bounded {
        true => Limits::of(MAX_LAYER_ENTRIES, MAX_LAYER_NAME_BYTES),
        false => Limits::default(),
    }
}

/// Reads an image archive with the default limits.
///
/// # Errors
/// The archive is damaged or exceeds the limits.
pub(super) async fn read(path: &Path) -> Result<Image, String> {
    read_within(path, Limits::default(), |_| {}).await
}

/// Reads the image of a build, and restores what a canonical Dockerfile changed in it.
///
/// # Errors
/// The archive is damaged or exceeds the limits of an untrusted build.
pub(super) async fn read_built(
    path: &Path,
    canonical: Option<Arc<Canonical>>,
    policy: &Policy,
) -> Result<Image, String> {
    let restore = move |image: &mut Image| {
        if let Some(canonical) = canonical {
            prepare::restore(&canonical, image);
        }
    };
    read_within(path, limits(policy), restore).await
}

/// Reads an image archive within limits, and changes the image. If the returned future is dropped, reading stops.
///
/// # Errors
/// The archive is damaged or exceeds the limits.
async fn read_within(
    path: &Path,
    mut limits: Limits,
    change: impl FnOnce(&mut Image) + Send + 'static,
) -> Result<Image, String> {
    let path = path.to_path_buf();
    let stop = CancellationToken::new();
    let stop_when_dropped = stop.clone().drop_guard();
    let read = tokio::task::spawn_blocking(move || {
        let archive = archive::open_until(&path, stop)?;
        let mut image = archive.image_within(&mut limits).map_err(|error| error.to_string())?;
        change(&mut image);
        Ok(image)
    });
    let image = read.await.map_err(|error| error.to_string())?;
    stop_when_dropped.disarm();
    image
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An archive of an image whose only layer has files below folders with long names.
    fn archive(files: usize, folder: &str) -> tempfile::TempPath {
        let mut layer = tar::Builder::new(Vec::new());
        let mut header = tar::Header::new_gnu();
        header.set_size(0);
        header.set_mode(0o644);
        for number in 0..files {
            layer.append_data(&mut header.clone(), format!("{folder}/{number}"), &[][..]).unwrap();
        }
        let layer = layer.into_inner().unwrap();
        let digest = super::super::blob::sha256(&layer);
        let config = serde_json::json!({
            "architecture": "amd64", "os": "linux", "rootfs": {"type": "layers", "diff_ids": [digest]},
            "history": [{"created_by": "COPY .stageplay-context/a /"}],
        });
        let manifest = serde_json::json!([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["l/layer.tar"]}]);
        let mut out = tar::Builder::new(tempfile::NamedTempFile::new().unwrap());
        let files = [
            ("c.json", config.to_string().into_bytes()),
            ("l/layer.tar", layer),
            ("manifest.json", manifest.to_string().into_bytes()),
        ];
        for (name, content) in files {
            let mut header = tar::Header::new_gnu();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            out.append_data(&mut header, name, &content[..]).unwrap();
        }
        out.into_inner().unwrap().into_temp_path()
    }

    #[tokio::test]
    async fn the_names_of_an_image_that_a_build_made_are_bounded() {
        let canonical = || Some(Arc::new(Canonical::default()));
        let policy = Policy::default();
        let image = read_built(&archive(10, "a"), canonical(), &policy).await.unwrap();
        assert_eq!(&*image.history[0].created_by, "COPY a /");
        let folder = vec!["d".repeat(250); 15].join("/");
        let many = archive(18_000, &folder);
        assert!(read_built(&many, canonical(), &policy).await.is_err());
        assert!(read_built(&many, canonical(), &Policy::trusted()).await.is_ok());
    }
}
