//! Where an archive keeps manifest, configuration and layers.

use super::compression::{Compression, Unpacking, detect, unpack};
use super::tar::{Entry, EntryType, Limits, Seeking, list};
use super::{ArchiveError, MAX_JSON, MAX_LAYERS, MAX_UNPACKED, stack};
use crate::fs::{Memory, Source, Time, Tree};
use crate::image::{Config, History, Image, Layer, sha256};
use crate::measure::Size;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A compressed layer that unpacks to more than this is a bomb, in bytes.
const MAX_STREAMED: u64 = 64 << 30;

/// A file of an archive: a part of a source.
#[derive(Clone, Debug)]
pub struct LayerFile {
    /// Its name in the archive.
    pub name: String,
    /// How it is packed.
    pub compression: Compression,
    /// Digest of the unpacked layer, from the configuration; else its file's name.
    pub diff_id: String,
    /// The instruction that made it, as `docker history` prints it; empty if the configuration does not say.
    pub created_by: String,
    source: Arc<dyn Source>,
    start: u64,
    length: u64,
}

impl LayerFile {
    /// Where its bytes are: in this source, from this one on, so many.
    pub fn place(&self) -> (&Arc<dyn Source>, u64, u64) {
        (&self.source, self.start, self.length)
    }
}

/// An image as files.
#[derive(Clone, Debug)]
pub struct Archive {
    /// From the lowest to the highest.
    pub layers: Vec<LayerFile>,
    /// Names that the archive gives to the image.
    pub tags: Vec<String>,
    /// Digests under which registries know it, of an OCI layout: of its index, if it has one, and of its manifest.
    pub digests: Vec<String>,
    config: Value,
    config_bytes: Vec<u8>,
    id: String,
}

/// A file inside the archive.
#[derive(Clone, Debug)]
struct Part {
    source: Arc<dyn Source>,
    start: u64,
    length: u64,
}

/// The archive's files by name, without a leading slash.
struct Files(BTreeMap<String, Part>);

impl Files {
    /// Of a tar archive, itself compressed or not.
    fn of_tar(source: Arc<dyn Source>) -> Result<Self, ArchiveError> {
        let source: Arc<dyn Source> = match packing(&*source, 0, source.size())? {
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
                // Docker names a layer that two images share by a link.
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
        Ok(Files(files))
    }

    fn part(&self, name: &str) -> Result<&Part, ArchiveError> {
        self.0.get(name).ok_or_else(|| ArchiveError::new("is named and not in the archive").in_file(name))
    }

    fn bytes(&self, name: &str) -> Result<Vec<u8>, ArchiveError> {
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

    fn json(&self, name: &str) -> Result<Value, ArchiveError> {
        serde_json::from_slice(&self.bytes(name)?)
            .map_err(|error| ArchiveError::new(format!("no JSON: {error}")).in_file(name))
    }

    fn blob(digest: &str) -> String {
        format!("blobs/{}", digest.replacen(':', "/", 1))
    }
}

impl Archive {
    /// Opens an archive: a tar of `docker save`, of an OCI layout, or of one of them compressed.
    ///
    /// # Errors
    /// It is neither, or something that it names is missing or malformed.
    pub fn open(source: Arc<dyn Source>) -> Result<Self, ArchiveError> {
        Self::of_files(&Files::of_tar(source)?)
    }

    /// Opens an unpacked archive: its files by name.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn open_folder(files: impl IntoIterator<Item = (String, Arc<dyn Source>)>) -> Result<Self, ArchiveError> {
        let part = |source: Arc<dyn Source>| Part { length: source.size(), source, start: 0 };
        Self::of_files(&Files(files.into_iter().map(|(name, source)| (name, part(source))).collect()))
    }

    /// Opens a tar that is a root directory itself, as `docker export` writes it: an image of one layer.
    ///
    /// # Errors
    /// It is no tar.
    pub fn open_root(source: Arc<dyn Source>) -> Result<Self, ArchiveError> {
        let name = "root".to_string();
        let compression = packing(&*source, 0, source.size())?;
        let (start, length) = (0, source.size());
        let id = sha256(format!("{name} {length}").as_bytes());
        let (diff_id, created_by) = (id.clone(), String::new());
        let layers = vec![LayerFile { name, compression, diff_id, created_by, source, start, length }];
        let (tags, digests) = (Vec::new(), Vec::new());
        Ok(Archive { layers, tags, digests, config: Value::Null, config_bytes: Vec::new(), id })
    }

    fn of_files(files: &Files) -> Result<Self, ArchiveError> {
        if files.0.contains_key("manifest.json") {
            return docker(files);
        }
        if files.0.contains_key("index.json") {
            return oci(files);
        }
        Err(ArchiveError::new(
            "no image: neither manifest.json (docker save) nor index.json (OCI) is in it; docker export makes no image archive",
        ))
    }

    /// The configuration of the OCI image specification, as it stands in the archive.
    pub fn config(&self) -> &Value {
        &self.config
    }

    /// The same, byte for byte.
    pub fn config_bytes(&self) -> &[u8] {
        &self.config_bytes
    }

    /// Digest of these bytes: the image's id, `sha256:…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Lists a layer: what its tar holds, in order.
    ///
    /// # Errors
    /// With the layer's file and the byte.
    pub fn entries(
        &self,
        layer: &LayerFile,
        limits: &mut Limits,
        mut each: impl FnMut(Entry) -> Result<(), ArchiveError>,
    ) -> Result<(), ArchiveError> {
        let listed = match layer.compression {
            Compression::None => {
                let mut stream = Seeking::new(&*layer.source, layer.start, layer.length);
                list(&mut stream, limits, |entry, _| each(entry))
            }
            kind => match Unpacking::new(kind, &*layer.source, layer.start, layer.length, MAX_STREAMED) {
                Some(mut stream) => list(&mut stream, limits, |entry, _| each(entry)),
                None => {
                    let bytes = unpack(kind, &*layer.source, layer.start, layer.length, MAX_UNPACKED)?;
                    let memory = Memory(bytes.into());
                    list(&mut Seeking::new(&memory, 0, memory.size()), limits, |entry, _| each(entry))
                }
            },
        };
        listed.map_err(|error| error.in_file(&layer.name))
    }

    /// The layers stacked: an image to build on, whose files are read when somebody asks.
    ///
    /// # Errors
    /// As [`Archive::entries`]; a compressed layer of more than [`MAX_UNPACKED`] bytes.
    pub fn image(&self) -> Result<Image, ArchiveError> {
        self.image_within(&mut Limits::default())
    }

    /// As [`Archive::image`], with a limit of one's own.
    ///
    /// # Errors
    /// As [`Archive::image`]; more entries than that.
    pub fn image_within(&self, limits: &mut Limits) -> Result<Image, ArchiveError> {
        let mut image = Image::scratch();
        image.id = self.id.clone();
        image.config = Config::from_oci(&self.config);
        image.history = self.history();
        for file in &self.layers {
            let (source, start, length) = match file.compression {
                Compression::None => (file.source.clone(), file.start, file.length),
                kind => {
                    let bytes = unpack(kind, &*file.source, file.start, file.length, MAX_UNPACKED)
                        .map_err(|error| error.in_file(&file.name))?;
                    let source: Arc<dyn Source> = Arc::new(Memory(bytes.into()));
                    let length = source.size();
                    (source, 0, length)
                }
            };
            let lower = image.tree.clone().seal();
            let place = stack::Place {
                source: &source,
                id: file.diff_id.as_str().into(),
                start,
                below: "/",
                is_layer: true,
                owner: None,
            };
            let mut stream = Seeking::new(&*source, start, length);
            let mut tree: Tree = lower.clone();
            tree.date(Some(Time::Past));
            stack::apply(&mut tree, &lower, &mut stream, limits, &place, &mut |_| true)
                .map_err(|error| error.in_file(&file.name))?;
            let entries = crate::fs::diff(&lower, &tree);
            let size: Size = entries
                .iter()
                .filter(|entry| entry.kind == crate::fs::EntryKind::File)
                .map(|entry| entry.size.clone())
                .sum();
            let layer = Layer {
                created_by: file.created_by.clone(),
                size,
                entries,
                unlisted: Vec::new(),
                diff_id: file.diff_id.clone(),
            };
            image.layers.push(Arc::new(layer));
            image.tree = tree;
        }
        Ok(image.sealed())
    }

    fn history(&self) -> Vec<History> {
        let entries = member(&self.config, "history").as_array().into_iter().flatten();
        entries
            .map(|entry| History {
                created_by: member(entry, "created_by").as_str().unwrap_or("").into(),
                empty_layer: member(entry, "empty_layer").as_bool().unwrap_or(false),
                comment: (member(entry, "comment") == "buildkit.dockerfile.v0").then_some("buildkit.dockerfile.v0"),
            })
            .collect()
    }

    /// Puts a description and layers together; histories and digests come from the configuration.
    fn assemble(
        files: &Files,
        config_name: &str,
        layer_names: &[String],
        tags: Vec<String>,
    ) -> Result<Self, ArchiveError> {
        if layer_names.len() > MAX_LAYERS {
            return Err(ArchiveError::new(format!("more than {MAX_LAYERS} layers")));
        }
        let bytes = files.bytes(config_name)?;
        let config: Value = serde_json::from_slice(&bytes)
            .map_err(|error| ArchiveError::new(format!("no JSON: {error}")).in_file(config_name))?;
        let made = member(&config, "history").as_array().into_iter().flatten();
        let mut made = made.filter(|entry| !member(entry, "empty_layer").as_bool().unwrap_or(false));
        let diff_ids = member(member(&config, "rootfs"), "diff_ids").as_array().map_or(&[][..], Vec::as_slice);
        let mut layers = Vec::new();
        for (index, name) in layer_names.iter().enumerate() {
            let part = files.part(name)?;
            let compression = packing(&*part.source, part.start, part.length).map_err(|error| error.in_file(name))?;
            let created_by = made.next().and_then(|entry| member(entry, "created_by").as_str()).unwrap_or("");
            let diff_id = diff_ids.get(index).and_then(Value::as_str).unwrap_or(name);
            layers.push(LayerFile {
                name: name.clone(),
                compression,
                diff_id: diff_id.to_string(),
                created_by: created_by.to_string(),
                source: part.source.clone(),
                start: part.start,
                length: part.length,
            });
        }
        Ok(Archive { layers, tags, digests: Vec::new(), config, id: sha256(&bytes), config_bytes: bytes })
    }
}

/// How a part of a source is packed: its first bytes tell.
fn packing(source: &dyn Source, start: u64, length: u64) -> Result<Compression, ArchiveError> {
    let mut head = [0; 6];
    let count = usize::try_from(length.min(6)).unwrap_or(0);
    source.read_at(start, head.get_mut(..count).unwrap_or(&mut [])).map_err(ArchiveError::new)?;
    Ok(detect(&head))
}

/// A member of an object; null where there is none.
fn member<'v>(value: &'v Value, name: &str) -> &'v Value {
    value.get(name).unwrap_or(&Value::Null)
}

fn texts(value: &Value) -> Vec<String> {
    value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_string).collect()
}

/// `manifest.json`: the first image.
fn docker(files: &Files) -> Result<Archive, ArchiveError> {
    let manifest = files.json("manifest.json")?;
    let image = manifest.as_array().and_then(|all| all.first()).unwrap_or(&Value::Null);
    let config = member(image, "Config").as_str();
    let config = config.ok_or_else(|| ArchiveError::new("names no Config").in_file("manifest.json"))?;
    Archive::assemble(files, config, &texts(member(image, "Layers")), texts(member(image, "RepoTags")))
}

/// `index.json`: the manifest for linux/amd64, else the first one; indexes of indexes are followed.
fn oci(files: &Files) -> Result<Archive, ArchiveError> {
    const MAX_NESTED: usize = 4;
    let mut name = "index.json".to_string();
    let (mut tags, mut digests) = (Vec::new(), Vec::new());
    for _ in 0..MAX_NESTED {
        let index = files.json(&name)?;
        if member(&index, "layers").is_array() {
            let blob = |value: &Value| member(value, "digest").as_str().map(Files::blob);
            let config =
                blob(member(&index, "config")).ok_or_else(|| ArchiveError::new("names no config").in_file(&name))?;
            let layers = member(&index, "layers").as_array().into_iter().flatten().filter_map(blob).collect::<Vec<_>>();
            let archive = Archive::assemble(files, &config, &layers, tags)?;
            return Ok(Archive { digests, ..archive });
        }
        let manifests = member(&index, "manifests").as_array().map_or(&[][..], Vec::as_slice);
        let is_ours = |one: &&Value| {
            let platform = member(one, "platform");
            member(platform, "os") == "linux" && member(platform, "architecture") == "amd64"
        };
        let Some(chosen) = manifests.iter().find(is_ours).or(manifests.first()) else {
            return Err(ArchiveError::new("names no manifest").in_file(&name));
        };
        let annotations = member(chosen, "annotations");
        let named = ["io.containerd.image.name", "org.opencontainers.image.ref.name"];
        tags.extend(named.iter().find_map(|key| member(annotations, key).as_str()).map(str::to_string));
        let digest = member(chosen, "digest").as_str();
        let digest = digest.ok_or_else(|| ArchiveError::new("a manifest without digest").in_file(&name))?;
        name = Files::blob(digest);
        digests.push(digest.to_string());
    }
    Err(ArchiveError::new("index.json leads from index to index"))
}
