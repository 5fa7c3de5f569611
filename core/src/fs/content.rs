//! The content of a file: bytes in memory, or a range of a source such as an archive, which is read on demand.

use super::buffer_pool::Buffer;
use crate::measure::{Part, Size, TypicalSize, Way, typical_download};
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// The largest stored file that is read as a whole, in bytes.
const MAX_WHOLE: u64 = 64 << 20;
/// The number of bytes that are read of a larger file.
const HEAD: u64 = 1 << 20;

/// Bytes with random access: memory in core, files outside of core.
pub trait Source: fmt::Debug + Send + Sync {
    /// The number of bytes.
    fn size(&self) -> u64;

    /// Whether all bytes can be read at once. Otherwise only the bytes that are needed are read.
    fn is_at_hand(&self) -> bool {
        true
    }

    /// Fills `into` with the bytes from `offset` on.
    ///
    /// # Errors
    /// Why they cannot be read, as text: the end is reached, or the message of the system.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String>;
}

/// Bytes in memory as a source.
#[derive(Clone)]
pub struct Memory(pub Arc<[u8]>);

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Memory({} bytes)", self.0.len())
    }
}

impl Source for Memory {
    fn size(&self) -> u64 {
        self.0.len() as u64
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> Result<(), String> {
        let start = usize::try_from(offset).ok();
        let found = start.and_then(|start| self.0.get(start..start.checked_add(into.len())?));
        into.copy_from_slice(found.ok_or("it ends before that")?);
        Ok(())
    }
}

/// The content of a file: all bytes, or only the first ones and the length.
#[derive(Clone, Debug)]
pub struct Content {
    data: Data,
    /// Length in bytes, as `stat` prints it.
    pub len: u64,
    /// Of a length that was not counted: its source.
    pub basis: Option<Arc<str>>,
    /// Whether the length is known; otherwise `len` is a lower bound.
    pub len_known: bool,
    /// Of a length that is not known: how it could be told.
    way: Way,
    /// What would be told, if that is not the file itself: the address of a download, or a path of the build context.
    origin: Option<Arc<str>>,
    /// Of a length that is not known: what it typically is.
    typical: Option<Arc<TypicalSize>>,
}

#[derive(Clone, Debug)]
enum Data {
    /// The first bytes. All of them when as long as the content.
    Memory(Arc<[u8]>),
    Stored(Arc<Stored>),
}

#[derive(Debug)]
struct Stored {
    source: Arc<dyn Source>,
    offset: u64,
    /// The digest of the source's bytes.
    id: Arc<str>,
    /// The bytes that were read.
    read: OnceLock<Arc<[u8]>>,
    /// The first bytes, which most callers need.
    start: OnceLock<Buffer>,
}

impl Stored {
    /// The number of bytes that are read first.
    const START: u64 = 8 << 10;

    /// The first bytes of so many.
    fn start(&self, len: u64) -> &[u8] {
        if self.start.get().is_none() {
            let bytes = self.load(0, len.min(Stored::START));
            // A page that is missing now may be loaded later.
            if bytes.is_empty() {
                return &[];
            }
            let _ = self.start.set(bytes);
        }
        self.start.get().map_or(&[], |start| start)
    }

    fn load(&self, offset: u64, len: u64) -> Buffer {
        let mut buffer = Buffer::of(usize::try_from(len).unwrap_or(0));
        match self.source.read_at(self.offset.saturating_add(offset), &mut buffer) {
            Ok(()) => buffer,
            Err(_) => Buffer::default(),
        }
    }
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        let same_place = match (&self.data, &other.data) {
            (Data::Stored(one), Data::Stored(two)) => one.id == two.id && one.offset == two.offset,
            _ => false,
        };
        (self.len, &self.basis, self.len_known) == (other.len, &other.basis, other.len_known)
            && self.typical == other.typical
            && (same_place || self.head() == other.head())
    }
}

impl Eq for Content {}

impl Content {
    /// A file of which all bytes are known.
    pub fn inline(bytes: impl Into<Arc<[u8]>>) -> Self {
        // The length is that of the head at least.
        Content::partial(bytes, 0)
    }

    /// A file of which the start and the length are known.
    pub fn partial(head: impl Into<Arc<[u8]>>, len: u64) -> Self {
        let head = head.into();
        Content {
            len: len.max(head.len() as u64),
            data: Data::Memory(head),
            basis: None,
            len_known: true,
            way: Way::RealBuild,
            origin: None,
            typical: None,
        }
    }

    /// A file of which the head is known and the length modelled.
    pub fn modelled(head: impl Into<Arc<[u8]>>, len: u64, basis: impl Into<Arc<str>>) -> Self {
        Content { basis: Some(basis.into()), ..Content::partial(head, len) }
    }

    /// A file of which the head is known and the length at least that.
    pub fn started(head: impl Into<Arc<[u8]>>, why: impl Into<Arc<str>>) -> Self {
        Content { len_known: false, basis: Some(why.into()), ..Content::inline(head) }
    }

    /// A file of which nothing is known but that it exists.
    pub fn unknown(why: impl Into<Arc<str>>) -> Self {
        Content::started([], why)
    }

    /// The content with how its unknown length could be told.
    #[must_use]
    pub fn told_by(self, way: Way) -> Self {
        Content { way, ..self }
    }

    /// As [`Content::told_by`], for a content that comes from somewhere else, which has this name there: an address, or a
    /// path of the build context.
    #[must_use]
    pub fn told_by_origin(self, way: Way, origin: &str) -> Self {
        Content { way, origin: Some(origin.into()), ..self }
    }

    /// What its unknown length typically is, if that is known.
    pub(crate) fn typical(&self) -> Option<&TypicalSize> {
        self.typical.as_deref()
    }

    /// The content with what its unknown length typically is, if that is known.
    #[must_use]
    pub fn estimated(self, typical: Option<&TypicalSize>) -> Self {
        Content { typical: typical.map(|typical| Arc::new(typical.clone())), ..self }
    }

    /// The content of a download whose length nobody declared. It is estimated if something like it was measured.
    pub fn download(address: &str) -> Self {
        let content = Content::unknown(format!("{address}: its size is not known"));
        content.told_by_origin(Way::Answers, address).estimated(typical_download(address).file)
    }

    /// The address of a download that nobody declared.
    pub(crate) fn address(&self) -> Option<&str> {
        self.origin.as_deref().filter(|_| self.way == Way::Answers)
    }

    /// A file of `len` bytes at `offset` of a source; `id` identifies the source's bytes, as their digest does.
    pub fn stored(source: Arc<dyn Source>, id: Arc<str>, offset: u64, len: u64) -> Self {
        let data = Data::Stored(Arc::new(Stored { source, offset, id, read: OnceLock::new(), start: OnceLock::new() }));
        Content { data, len, basis: None, len_known: true, way: Way::RealBuild, origin: None, typical: None }
    }

    /// The first bytes: all of them if they are known, available and at most 64 MiB. Empty if they cannot be read.
    pub fn head(&self) -> &[u8] {
        match &self.data {
            Data::Memory(head) => head,
            Data::Stored(stored) if !stored.source.is_at_hand() => stored.start(self.len),
            Data::Stored(stored) => stored.read.get_or_init(|| {
                let wanted = if self.len <= MAX_WHOLE { self.len } else { HEAD };
                let mut bytes = vec![0; usize::try_from(wanted).unwrap_or(0)];
                match stored.source.read_at(stored.offset, &mut bytes) {
                    Ok(()) => bytes.into(),
                    Err(_) => Arc::from([].as_slice()),
                }
            }),
        }
    }

    /// Whether every byte can be read.
    pub fn bytes_known(&self) -> bool {
        match &self.data {
            Data::Memory(head) => self.len_known && head.len() as u64 == self.len,
            Data::Stored(stored) => stored.source.is_at_hand(),
        }
    }

    /// At most `len` bytes from `offset` on, read without the rest; fewer where the file ends or is
    /// not known. Nothing if the source fails.
    pub fn read_at(&self, offset: u64, len: usize) -> Cow<'_, [u8]> {
        let part = |bytes: &'_ [u8]| -> std::ops::Range<usize> {
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(bytes.len());
            start..start.saturating_add(len).min(bytes.len())
        };
        match &self.data {
            Data::Memory(head) => Cow::Borrowed(head.get(part(head)).unwrap_or(&[])),
            Data::Stored(stored) => {
                if let Some(read) = stored.read.get().filter(|read| read.len() as u64 == self.len) {
                    return Cow::Borrowed(read.get(part(read)).unwrap_or(&[]));
                }
                let wanted = self.len.saturating_sub(offset).min(len as u64);
                if offset.saturating_add(wanted) <= Stored::START {
                    let start = stored.start(self.len);
                    return Cow::Borrowed(start.get(part(start)).unwrap_or(&[]));
                }
                Cow::Owned(stored.load(offset, wanted).to_vec())
            }
        }
    }

    /// As [`Content::read_at`], into a buffer of the pool.
    pub fn load(&self, offset: u64, len: usize) -> Buffer {
        let Data::Stored(stored) = &self.data else { return Buffer::from(&*self.read_at(offset, len)) };
        let wanted = self.len.saturating_sub(offset).min(len as u64);
        if stored.read.get().is_some() || offset.saturating_add(wanted) <= Stored::START {
            return Buffer::from(&*self.read_at(offset, len));
        }
        stored.load(offset, wanted)
    }

    /// All bytes, when they are known.
    pub fn bytes(&self) -> Option<&[u8]> {
        let head = (self.len_known && self.len <= MAX_WHOLE.max(self.head().len() as u64)).then(|| self.head())?;
        (head.len() as u64 == self.len).then_some(head)
    }

    /// Passes all bytes to `take`, in chunks.
    ///
    /// # Errors
    /// Not all bytes are known, or the source or `take` fails.
    pub fn read_all(&self, take: &mut dyn FnMut(&[u8]) -> Result<(), String>) -> Result<(), String> {
        const PIECE: u64 = 1 << 20;
        match &self.data {
            Data::Memory(_) => take(self.bytes().ok_or("not all of its bytes are known")?),
            Data::Stored(stored) => {
                let mut done = 0;
                while done < self.len {
                    let mut piece = vec![0; usize::try_from(PIECE.min(self.len - done)).unwrap_or(0)];
                    stored.source.read_at(stored.offset + done, &mut piece)?;
                    take(&piece)?;
                    done += piece.len() as u64;
                }
                Ok(())
            }
        }
    }

    /// The content with more bytes at the end. If not all bytes are known, only the length grows.
    pub(crate) fn with(&self, more: &[u8]) -> Content {
        match self.bytes() {
            Some(bytes) => Content::inline([bytes, more].concat()),
            None => Content { len: self.len.saturating_add(more.len() as u64), ..self.clone() },
        }
    }

    /// The size, with how it is known.
    pub fn size(&self) -> Size {
        match &self.basis {
            None => Size::exact(self.len),
            Some(basis) if self.len_known => Size::modelled(self.len, basis.clone()),
            Some(why) => {
                let what = self.origin.as_ref().unwrap_or(why);
                if let Some(typical) = &self.typical {
                    return typical.size_of(what, self.way) + Size::exact(self.len);
                }
                Size::unknown_part(Part::new(what.clone(), why.clone(), self.way).at_least(self.len))
            }
        }
    }

    /// The part of a size that waits for this content: how it could be told, and the download that it is from.
    pub(crate) fn told_by_what(&self, part: Part) -> Part {
        let what = self.origin.clone().unwrap_or_else(|| part.what.clone());
        Part { what, way: self.way, ..part }
    }

    /// The size of the content as that of the file at a path.
    pub(crate) fn size_at(&self, path: &Arc<str>) -> Size {
        self.size().with_parts(|part| part.what = self.origin.as_ref().unwrap_or(path).clone())
    }

    /// Why the length is not exact.
    pub(crate) fn basis(&self) -> Option<&str> {
        self.basis.as_deref()
    }

    /// Passes identifying bytes to a digest: the content, or its place in its source.
    pub(crate) fn identify(&self, mut update: impl FnMut(&[u8])) {
        update(&self.len.to_le_bytes());
        match &self.data {
            Data::Memory(head) => update(head),
            Data::Stored(stored) => {
                update(stored.id.as_bytes());
                update(&stored.offset.to_le_bytes());
            }
        }
        update(self.basis.as_deref().unwrap_or("").as_bytes());
        if let Some(typical) = &self.typical {
            update(&typical.best.to_le_bytes());
        }
    }
}
