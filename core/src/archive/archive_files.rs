//! The files of an archive, and those that make up an image.

use super::compression::{Compression, detect, unpack};
use super::tar_read::{EntryType, Limits, Seeking, list};
use super::{ArchiveError, MAX_JSON, MAX_UNPACKED};
use crate::fs::{Memory, Source};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The files of an image, by their names in the archive.
pub(super) struct ImageFiles {
    /// The configuration.
    pub(super) config: String,
    /// The layers, from the lowest to the highest.
    pub(super) layers: Vec<String>,
    /// The names of the image.
    pub(super) tags: Vec<String>,
    /// Digests of the index and the manifest, if the format has them.
    pub(super) digests: Vec<String>,
}

/// A file of the archive: a range of a source.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) source: Arc<dyn Source>,
    pub(super) start: u64,
    pub(super) length: u64,
}

/// The files of an archive by name, without a leading slash.
pub(super) struct ArchiveFiles(pub(super) BTreeMap<String, Part>);

impl ArchiveFiles {
    /// The files of an unpacked archive.
    pub(super) fn of_folder(files: impl IntoIterator<Item = (String, Arc<dyn Source>)>) -> Self {
        let part = |source: Arc<dyn Source>| Part { length: source.size(), source, start: 0 };
        ArchiveFiles(files.into_iter().map(|(name, source)| (name, part(source))).collect())
    }

    /// Reads a tar archive, compressed or not.
    pub(super) fn of_tar(source: Arc<dyn Source>) -> Result<Self, ArchiveError> {
        let source: Arc<dyn Source> = match detect_compression(&*source, 0, source.size())? {
            Compression::None => source,
            kind => Arc::new(Memory(unpack(kind, &*source, 0, source.size(), MAX_UNPACKED)?.into())),
        };
        let mut files = BTreeMap::new();
        let mut links: Vec<(String, String)> = Vec::new();
        list(&mut Seeking::new(&*source, 0, source.size()), &mut Limits::default(), |entry, _| {
            let name = entry.path.trim_start_matches('/').to_string();
            match entry.kind {
                EntryType::File => {
                    files.insert(name, Part { source: source.clone(), start: entry.offset, length: entry.size });
                }
                // Docker stores a layer that two images share as a link.
                EntryType::Symlink => {
                    let target = crate::fs::path::join(crate::fs::path::parent(&entry.path), &entry.link);
                    links.push((name, target));
                }
                EntryType::Hardlink => links.push((name, entry.link)),
                _ => {}
            }
            Ok(())
        })?;
        for (name, target) in links {
            if let Some(part) = files.get(target.trim_start_matches('/')).cloned() {
                files.insert(name, part);
            }
        }
        Ok(ArchiveFiles(files))
    }

    pub(super) fn part(&self, name: &str) -> Result<&Part, ArchiveError> {
        self.0.get(name).ok_or_else(|| ArchiveError::new("is named and not in the archive").in_file(name))
    }

    pub(super) fn bytes(&self, name: &str) -> Result<Vec<u8>, ArchiveError> {
        let part = self.part(name)?;
        if part.length > MAX_JSON {
            let what = format!("{} bytes are too many for a description", part.length);
            return Err(ArchiveError::new(what).in_file(name));
        }
        let mut bytes = vec![0; usize::try_from(part.length).unwrap_or(0)];
        let read = part.source.read_at(part.start, &mut bytes);
        read.map_err(|error| ArchiveError::new(error).in_file(name))?;
        Ok(bytes)
    }

    pub(super) fn json(&self, name: &str) -> Result<Value, ArchiveError> {
        serde_json::from_slice(&self.bytes(name)?)
            .map_err(|error| ArchiveError::new(format!("no JSON: {error}")).in_file(name))
    }

    pub(super) fn blob(digest: &str) -> String {
        format!("blobs/{}", digest.replacen(':', "/", 1))
    }
}

/// The compression of a range of a source, detected by its first bytes.
pub(super) fn detect_compression(source: &dyn Source, start: u64, length: u64) -> Result<Compression, ArchiveError> {
    let mut head = [0; 6];
    let count = usize::try_from(length.min(6)).unwrap_or(0);
    source.read_at(start, head.get_mut(..count).unwrap_or(&mut [])).map_err(ArchiveError::new)?;
    Ok(detect(&head))
}

/// A member of a JSON object; null if it does not exist.
pub(super) fn member<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.get(name).unwrap_or(&Value::Null)
}

/// The strings of a JSON array.
pub(super) fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
}
