//! Loads an image that a BuildKit daemon sent into the engine that runs it. The archive is written anew, with one image
//! under one tag, because the daemon's archive could contain tags that replace images of the engine.

use super::blob::Blob;
use super::docker_error;
use super::resource_names::image_name;
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

/// Loads an archive under the tag of its build. When `cancel` is cancelled, the archive ends early, and the engine
/// loads nothing.
///
/// # Errors
/// The archive has compressed layers or cannot be read, or the engine refuses it.
pub(super) async fn load(docker: &Docker, path: &Path, build: &str, cancel: &CancellationToken) -> Result<(), String> {
    let path = path.to_path_buf();
    let opened = tokio::task::spawn_blocking(move || open(&path)).await;
    let archive = opened.map_err(|error| error.to_string())??;
    let name = image_name(build);
    let (reader, writer) = tokio::io::duplex(1 << 18);
    let writer = SyncIoBridge::new(writer);
    // The writer ends with an error when the reader is dropped.
    tokio::task::spawn_blocking(move || write(&archive, &name, writer));
    let chunks = ReaderStream::with_capacity(reader, 1 << 18).take_until(cancel.clone().cancelled_owned());
    let body = bollard::body_try_stream(chunks);
    let options = ImportImageOptionsBuilder::default().quiet(true).build();
    let mut answers = Box::pin(docker.import_image(options, body, None));
    while let Some(answer) = answers.next().await {
        answer.map_err(|error| docker_error::message(&error))?;
    }
    Ok(())
}

/// Opens an archive. Compressed layers are refused, because a small compressed layer may unpack to any size.
fn open(path: &Path) -> Result<Archive, String> {
    let archive = archive::open(path)?;
    if archive.layers.iter().any(|layer| layer.compression != Compression::None) {
        return Err("the daemon sent compressed layers".into());
    }
    Ok(archive)
}

/// Writes an archive in the format of `docker save` with one image.
fn write(archive: &Archive, name: &str, to: impl Write) -> io::Result<()> {
    let mut out = Builder::new(to);
    let mut names = Vec::new();
    let mut add = |name: &str, blob: &Blob| {
        let mut header = Header::new_gnu();
        header.set_size(blob.length);
        header.set_mode(0o644);
        out.append_data(&mut header, name, blob.reader())
    };
    add("config.json", &Blob::from_bytes(archive.config_bytes().to_vec()))?;
    for (index, layer) in archive.layers.iter().enumerate() {
        let name = format!("{index}/layer.tar");
        add(&name, &Blob::from_layer(layer))?;
        names.push(name);
    }
    let manifest = json!([{"Config": "config.json", "RepoTags": [name], "Layers": names}]);
    add("manifest.json", &Blob::from_bytes(manifest.to_string().into_bytes()))?;
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
        // Tags that would replace an image of the engine.
        add(
            "manifest.json",
            json!([{"Config": "c", "RepoTags": ["alpine:latest"], "Layers": ["l"]}]).to_string().as_bytes(),
        );
        add("repositories", br#"{"alpine":{"latest":"l"}}"#);
        file
    }

    #[test]
    fn the_archive_for_the_engine_has_only_the_tag_of_the_build() {
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
    fn compressed_layers_are_not_loaded() {
        assert!(open(sent(&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0]).path()).unwrap_err().contains("compressed"));
    }
}
