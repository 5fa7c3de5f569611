//! An image archive: configuration and layers as parts of files.

use super::archive_files::{ArchiveFiles, ImageFiles, detect_compression, member};
use super::compression::{Compression, Unpacking, unpack};
use super::tar_read::{Entry, Limits, Seeking, list};
use super::{ArchiveError, MAX_JSON, MAX_LAYERS, MAX_UNPACKED, apply_layer, docker_save, oci_layout};
use crate::fs::{Memory, Source, Time, Tree};
use crate::image::{Config, History, Image, Layer, sha256};
use crate::measure::Size;
use serde_json::Value;
use std::sync::Arc;

/// The largest size in bytes to which a compressed layer may unpack: a larger one is a decompression bomb.
const MAX_STREAMED: u64 = 64 << 30;

/// A layer file of an archive: a range of a source.
#[derive(Clone, Debug)]
pub struct LayerFile {
    /// Its name in the archive.
    pub name: String,
    /// The compression.
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
    /// The place of its bytes: source, offset and length.
    pub fn place(&self) -> (&Arc<dyn Source>, u64, u64) {
        (&self.source, self.start, self.length)
    }
}

/// Adds texts that a list does not have yet.
fn add_new(to: &mut Vec<String>, texts: Vec<String>) {
    for text in texts {
        if !to.contains(&text) {
            to.push(text);
        }
    }
}

fn no_image() -> ArchiveError {
    ArchiveError::new(
        "no image: neither manifest.json (docker save) nor index.json (OCI) is in it; docker export makes no image archive",
    )
}

/// An image archive: `docker save` or an OCI layout.
#[derive(Clone, Debug)]
pub struct Archive {
    /// From the lowest to the highest.
    pub layers: Vec<LayerFile>,
    /// Names that the archive gives to the image.
    pub tags: Vec<String>,
    /// Of an OCI layout: the digests of its index, if it has one, and of its manifest, by which registries know the image.
    pub digests: Vec<String>,
    config: Value,
    config_bytes: Vec<u8>,
    id: String,
}

impl Archive {
    /// Opens an archive: a tar of `docker save`, of an OCI layout, or of one of them compressed. Of several images the one
    /// for linux/amd64 that the archive names first is opened, else the first one; see [`Archive::open_all`].
    ///
    /// # Errors
    /// It is none of these, or a file that it names is missing or malformed.
    pub fn open(source: Arc<dyn Source>) -> Result<Self, ArchiveError> {
        Self::of_files(&ArchiveFiles::of_tar(source)?)
    }

    /// Opens an unpacked archive: its files by name.
    ///
    /// # Errors
    /// As [`Archive::open`].
    pub fn open_folder(files: impl IntoIterator<Item = (String, Arc<dyn Source>)>) -> Result<Self, ArchiveError> {
        Self::of_files(&ArchiveFiles::of_folder(files))
    }

    /// As [`Archive::open`], with all images. They come in the order of the archive; the same image under
    /// several names is one.
    ///
    /// # Errors
    /// As [`Archive::open`], or there are more than 1,000 images or their descriptions are large.
    pub fn open_all(source: Arc<dyn Source>) -> Result<Vec<Self>, ArchiveError> {
        Self::all_of_files(&ArchiveFiles::of_tar(source)?)
    }

    /// As [`Archive::open_all`], of an unpacked archive.
    ///
    /// # Errors
    /// As [`Archive::open_all`].
    pub fn open_folder_all(
        files: impl IntoIterator<Item = (String, Arc<dyn Source>)>,
    ) -> Result<Vec<Self>, ArchiveError> {
        Self::all_of_files(&ArchiveFiles::of_folder(files))
    }

    /// Opens a tar that is a root directory itself, as `docker export` writes it: an image of one layer.
    ///
    /// # Errors
    /// It is no tar.
    pub fn open_root(source: Arc<dyn Source>) -> Result<Self, ArchiveError> {
        let name = "root".to_string();
        let compression = detect_compression(&*source, 0, source.size())?;
        let (start, length) = (0, source.size());
        let id = sha256(format!("{name} {length}").as_bytes());
        let (diff_id, created_by) = (id.clone(), String::new());
        let layers = vec![LayerFile { name, compression, diff_id, created_by, source, start, length }];
        let (tags, digests) = (Vec::new(), Vec::new());
        Ok(Archive { layers, tags, digests, config: Value::Null, config_bytes: Vec::new(), id })
    }

    fn of_files(files: &ArchiveFiles) -> Result<Self, ArchiveError> {
        if files.0.contains_key("manifest.json") {
            return Self::assemble(files, docker_save::read(files)?);
        }
        if files.0.contains_key("index.json") {
            return Self::assemble(files, oci_layout::read(files)?);
        }
        Err(no_image())
    }

    fn all_of_files(files: &ArchiveFiles) -> Result<Vec<Self>, ArchiveError> {
        let images = if files.0.contains_key("manifest.json") {
            docker_save::read_all(files)?
        } else if files.0.contains_key("index.json") {
            oci_layout::read_all(files)?
        } else {
            return Err(no_image());
        };
        if images.is_empty() {
            return Err(ArchiveError::new("names no image").in_file("manifest.json"));
        }
        let mut all: Vec<Self> = Vec::new();
        let (mut layers, mut bytes) = (0, 0);
        for image in images {
            let archive = Self::assemble(files, image)?;
            layers += archive.layers.len();
            bytes += archive.config_bytes.len() as u64;
            if layers > 10 * MAX_LAYERS || bytes > 2 * MAX_JSON {
                return Err(ArchiveError::new("the descriptions of all images together are too large"));
            }
            match all.iter_mut().find(|known| known.is_same_image(&archive)) {
                Some(known) => {
                    add_new(&mut known.tags, archive.tags);
                    add_new(&mut known.digests, archive.digests);
                }
                None => all.push(archive),
            }
        }
        Ok(all)
    }

    fn is_same_image(&self, other: &Self) -> bool {
        let names = |archive: &Self| archive.layers.iter().map(|layer| layer.name.clone()).collect::<Vec<_>>();
        self.id == other.id && names(self) == names(other)
    }

    /// The configuration of the OCI image specification, as in the archive.
    pub fn config(&self) -> &Value {
        &self.config
    }

    /// The bytes of the configuration.
    pub fn config_bytes(&self) -> &[u8] {
        &self.config_bytes
    }

    /// Digest of these bytes: the image's id, `sha256:…`.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Lists the entries of a layer's tar, in order.
    ///
    /// # Errors
    /// What is malformed, with the layer's file and the byte.
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

    /// The image with its layers stacked. Its files are read on demand.
    ///
    /// # Errors
    /// As [`Archive::entries`]; a compressed layer of more than [`MAX_UNPACKED`] bytes, or several of more than 2 GiB.
    pub fn image(&self) -> Result<Image, ArchiveError> {
        self.image_within(&mut Limits::default())
    }

    /// As [`Archive::image`], with limits.
    ///
    /// # Errors
    /// As [`Archive::image`], or the limits are exceeded.
    pub fn image_within(&self, limits: &mut Limits) -> Result<Image, ArchiveError> {
        let mut image = Image::scratch();
        image.id = self.id.clone();
        image.config = Config::from_oci(&self.config);
        image.history = self.history();
        for file in &self.layers {
            let (source, start, length) = match file.compression {
                Compression::None => (file.source.clone(), file.start, file.length),
                kind => {
                    let bytes = limits
                        .unpack(|most| unpack(kind, &*file.source, file.start, file.length, most))
                        .map_err(|error| error.in_file(&file.name))?;
                    let source: Arc<dyn Source> = Arc::new(Memory(bytes.into()));
                    let length = source.size();
                    (source, 0, length)
                }
            };
            let lower = image.tree.clone().seal();
            let place = apply_layer::Place {
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
            apply_layer::apply(&mut tree, &lower, &mut stream, limits, &place, &mut |_| true)
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
                comment: (member(entry, "comment") == "buildkit.dockerfile.v0")
                    .then(|| "buildkit.dockerfile.v0".into()),
            })
            .collect()
    }

    /// Assembles the archive from its files. History and digests come from the configuration.
    fn assemble(files: &ArchiveFiles, image: ImageFiles) -> Result<Self, ArchiveError> {
        let config_name = image.config.as_str();
        if image.layers.len() > MAX_LAYERS {
            return Err(ArchiveError::new(format!("more than {MAX_LAYERS} layers")));
        }
        let bytes = files.bytes(config_name)?;
        let config: Value = serde_json::from_slice(&bytes)
            .map_err(|error| ArchiveError::new(format!("no JSON: {error}")).in_file(config_name))?;
        let made = member(&config, "history").as_array().into_iter().flatten();
        let mut made = made.filter(|entry| !member(entry, "empty_layer").as_bool().unwrap_or(false));
        let diff_ids = member(member(&config, "rootfs"), "diff_ids").as_array().map_or(&[][..], Vec::as_slice);
        let mut layers = Vec::new();
        for (index, name) in image.layers.iter().enumerate() {
            let part = files.part(name)?;
            let compression =
                detect_compression(&*part.source, part.start, part.length).map_err(|error| error.in_file(name))?;
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
        Ok(Archive {
            layers,
            tags: image.tags,
            digests: image.digests,
            config,
            id: sha256(&bytes),
            config_bytes: bytes,
        })
    }
}
