//! Images without layers, such as those of `FROM scratch` with metadata only. Docker builds and starts them, but does not
//! save them ("empty export - not implemented"). Their archives are written here, from what the engine tells of them.

use bollard::models::{ImageHistoryResponseItem, ImageInspect};
use serde_json::{Value, json};
use stageplay_core::image::Image;
use std::io::{self, Write};
use tar::{Builder, Header};

/// Whether an image has no layers.
pub(super) fn is_layerless(found: &ImageInspect) -> bool {
    let layers = found.root_fs.as_ref().map(|root| root.layers.as_deref().unwrap_or_default());
    layers.is_some_and(<[String]>::is_empty)
}

/// An image that was read from its archive, with the id that the engine has for it if it has no layers.
pub(super) fn with_id(image: Image, id: String) -> Image {
    if image.layers.is_empty() { Image { id, ..image } } else { image }
}

/// Writes the archive of an image without layers, in the format of `docker save`. `name` is its name or its id, and
/// `history` its history, the newest entry first.
///
/// The engine does not tell the bytes of the configuration. So the image of the archive has another id than that of the
/// engine.
///
/// # Errors
/// Writing fails.
pub(super) fn write(
    name: &str,
    found: &ImageInspect,
    history: &[ImageHistoryResponseItem],
    to: impl Write,
) -> io::Result<()> {
    let entry = |item: &ImageHistoryResponseItem| {
        let mut entry = json!({"created_by": item.created_by, "empty_layer": true});
        if !item.comment.is_empty() {
            entry["comment"] = item.comment.clone().into();
        }
        entry
    };
    let mut config = json!({
        "architecture": found.architecture,
        "os": found.os,
        "config": found.config,
        "history": history.iter().rev().map(entry).collect::<Vec<Value>>(),
        "rootfs": {"type": "layers", "diff_ids": []},
    });
    // The engine tells the time in UTC. Its text is that of RFC 3339, which the client's own form is not.
    if let Some(date) = found.created.filter(|date| date.offset().is_utc()) {
        let (month, nanosecond) = (u8::from(date.month()), date.nanosecond());
        let day = format!("{:04}-{month:02}-{:02}", date.year(), date.day());
        config["created"] =
            format!("{day}T{:02}:{:02}:{:02}.{nanosecond:09}Z", date.hour(), date.minute(), date.second()).into();
    }
    for (key, value) in [("variant", &found.variant), ("author", &found.author)] {
        if let Some(value) = value.as_ref().filter(|value| !value.is_empty()) {
            config[key] = value.clone().into();
        }
    }
    let tags: Vec<&str> = Some(name).filter(|name| !name.starts_with("sha256:")).into_iter().collect();
    let manifest = json!([{"Config": "config.json", "RepoTags": tags, "Layers": []}]);
    let mut out = Builder::new(to);
    for (name, content) in [("config.json", config.to_string()), ("manifest.json", manifest.to_string())] {
        let mut header = Header::new_gnu();
        header.set_size(content.len() as u64);
        header.set_mode(0o644);
        out.append_data(&mut header, name, content.as_bytes())?;
    }
    out.into_inner()?.flush()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::archive;
    use bollard::models::{ImageConfig, ImageInspectRootFs};

    #[test]
    fn an_image_without_layers_has_an_archive() {
        let config =
            ImageConfig { env: Some(vec!["A=b".into()]), cmd: Some(vec!["/x".into()]), ..ImageConfig::default() };
        let mut found = ImageInspect {
            architecture: Some("arm64".into()),
            os: Some("linux".into()),
            config: Some(config),
            root_fs: Some(ImageInspectRootFs { typ: "layers".into(), layers: None }),
            ..serde_json::from_str(r#"{"Created":"2026-11-30T22:09:42.000799509Z"}"#).unwrap()
        };
        assert!(is_layerless(&found) && !is_layerless(&ImageInspect::default()));
        let item = |created_by: &str| ImageHistoryResponseItem {
            created_by: created_by.into(),
            ..ImageHistoryResponseItem::default()
        };
        let file = tempfile::NamedTempFile::new().unwrap();
        write("a:1", &found, &[item("CMD"), item("ENV")], file.reopen().unwrap()).unwrap();
        let archive = archive::open(file.path()).unwrap();
        assert_eq!(
            (archive.tags.as_slice(), archive::platform(&archive).as_str()),
            (&["a:1".into()][..], "linux/arm64")
        );
        assert_eq!(archive.config()["created"], "2026-11-30T22:09:42.000799509Z");
        let image = archive.image().unwrap();
        assert_eq!((&image.config.env[..], image.layers.len()), (&["A=b".to_string()][..], 0));
        let history: Vec<_> = image.history.iter().map(|entry| (&*entry.created_by, entry.empty_layer)).collect();
        assert_eq!(history, [("ENV", true), ("CMD", true)]);
        found.root_fs = Some(ImageInspectRootFs { typ: "layers".into(), layers: Some(vec!["sha256:a".into()]) });
        assert!(!is_layerless(&found));
    }
}
