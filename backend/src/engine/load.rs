//! An image that a build's own daemon sent, brought to the engine that starts it: as an archive that we
//! write, with one image under our name, whatever names the daemon put into its own.

use super::Job;
use super::blob::Blob;
use super::cleanup::name_of;
use crate::disk::archive;
use bollard::Docker;
use bollard::query_parameters::ImportImageOptionsBuilder;
use futures_util::StreamExt;
use serde_json::json;
use stageplay_core::archive::{Archive, Compression};
use std::io::{self, Write};
use std::path::Path;
use tar::{Builder, Header};
use tokio_util::io::{ReaderStream, SyncIoBridge};
use tokio_util::sync::CancellationToken;

/// Loads it under the name of its build. It ends soon when it is cancelled, and then nothing of it is to come.
///
/// # Errors
/// The archive is not what a daemon was asked for, or the engine's words.
pub(super) async fn load(docker: &Docker, place: &Path, job: &Job, cancel: &CancellationToken) -> Result<(), String> {
    let place = place.to_path_buf();
    let opened = tokio::task::spawn_blocking(move || open(&place)).await;
    let archive = opened.map_err(|error| error.to_string())??;
    let name = name_of(&job.id);
    let (near, far) = tokio::io::duplex(1 << 18);
    let far = SyncIoBridge::new(far);
    // It ends by itself when nobody reads any more.
    tokio::task::spawn_blocking(move || write(&archive, &name, far));
    // Where it is cut off the engine makes nothing of it.
    let pieces = ReaderStream::with_capacity(near, 1 << 18).take_until(cancel.clone().cancelled_owned());
    let body = bollard::body_try_stream(pieces);
    let options = ImportImageOptionsBuilder::default().quiet(true).build();
    let mut answers = Box::pin(docker.import_image(options, body, None));
    while let Some(answer) = answers.next().await {
        answer.map_err(|error| super::launch::words(&error))?;
    }
    Ok(())
}

/// Opens what was sent, if it is as it was asked for: not packed, since a small packed layer may unpack to any size.
fn open(place: &Path) -> Result<Archive, String> {
    let archive = archive::open(place)?;
    if archive.layers.iter().any(|layer| layer.compression != Compression::None) {
        return Err("the daemon sent packed layers".into());
    }
    Ok(archive)
}

fn write(archive: &Archive, name: &str, to: impl Write) -> io::Result<()> {
    let mut out = Builder::new(to);
    let mut names = Vec::new();
    let mut add = |name: &str, blob: &Blob| {
        let mut header = Header::new_gnu();
        header.set_size(blob.length);
        header.set_mode(0o644);
        out.append_data(&mut header, name, blob.reader())
    };
    add("config.json", &Blob::of_bytes(archive.config_bytes().to_vec()))?;
    for (index, layer) in archive.layers.iter().enumerate() {
        let name = format!("{index}/layer.tar");
        add(&name, &Blob::of_layer(layer))?;
        names.push(name);
    }
    let manifest = json!([{"Config": "config.json", "RepoTags": [name], "Layers": names}]);
    add("manifest.json", &Blob::of_bytes(manifest.to_string().into_bytes()))?;
    out.into_inner()?.flush()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(layer: &[u8]) -> tempfile::NamedTempFile {
        let file = tempfile::NamedTempFile::new().unwrap();
        let mut out = Builder::new(file.reopen().unwrap());
        let mut add = |name: &str, bytes: &[u8]| {
            let mut header = Header::new_gnu();
            header.set_size(bytes.len() as u64);
            out.append_data(&mut header, name, bytes).unwrap();
        };
        add("c", json!({"config": {}}).to_string().as_bytes());
        add("l", layer);
        // Names that would take over an image of the engine.
        add(
            "manifest.json",
            json!([{"Config": "c", "RepoTags": ["alpine:latest"], "Layers": ["l"]}]).to_string().as_bytes(),
        );
        add("repositories", br#"{"alpine":{"latest":"l"}}"#);
        file
    }

    #[test]
    fn an_archive_for_the_engine_has_our_name_only() {
        let file = sent(&[0; 1_024]);
        let archive = open(file.path()).unwrap();
        let written = tempfile::NamedTempFile::new().unwrap();
        write(&archive, "stageplay-build:abc", written.reopen().unwrap()).unwrap();
        let again = archive::open(written.path()).unwrap();
        assert_eq!(again.tags, ["stageplay-build:abc"]);
        assert_eq!((again.id(), again.layers.len()), (archive.id(), 1));
        let mut names = tar::Archive::new(written.reopen().unwrap());
        let names: Vec<_> = names.entries().unwrap().map(|one| one.unwrap().path().unwrap().into_owned()).collect();
        assert_eq!(names, [Path::new("config.json"), Path::new("0/layer.tar"), Path::new("manifest.json")]);
    }

    #[test]
    fn what_was_not_asked_for_is_not_loaded() {
        assert!(open(sent(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0]).path()).unwrap_err().contains("packed"));
    }
}
