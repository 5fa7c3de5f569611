//! Reads the archive of an image without blocking the threads that answer requests.

use crate::disk::archive;
use stageplay_core::archive::Limits;
use stageplay_core::image::Image;
use std::path::Path;
use tokio_util::sync::CancellationToken;

/// Reads an image archive with the default limits.
///
/// # Errors
/// The archive is damaged or exceeds the limits.
pub(super) async fn read(path: &Path) -> Result<Image, String> {
    read_within(path, Limits::default()).await
}

/// Reads an image archive within limits. If the returned future is dropped, reading stops.
///
/// # Errors
/// The archive is damaged or exceeds the limits.
pub(super) async fn read_within(path: &Path, mut limits: Limits) -> Result<Image, String> {
    let path = path.to_path_buf();
    let stop = CancellationToken::new();
    let stop_when_dropped = stop.clone().drop_guard();
    let read = tokio::task::spawn_blocking(move || {
        let archive = archive::open_until(&path, stop)?;
        archive.image_within(&mut limits).map_err(|error| error.to_string())
    });
    let image = read.await.map_err(|error| error.to_string())?;
    stop_when_dropped.disarm();
    image
}
