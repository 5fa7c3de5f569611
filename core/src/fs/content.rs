//! What a file holds: bytes at hand, or a place in an archive that is read when somebody asks.

use super::Buffer;
use crate::measure::Size;
use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

/// Of a larger stored file only the start is read, in bytes.
const WHOLE: u64 = 64 << 20;
/// So much of it.
const HEAD: u64 = 1 << 20;

/// Bytes that can be read at any place: a file, or memory. Outside of core, what does I/O.
pub trait Source: fmt::Debug + Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> u64;

    /// Whether all bytes can be had at once; else nobody asks for more than a question needs.
    fn is_at_hand(&self) -> bool {
        true
    }

    /// Fills `into` with the bytes from `offset` on.
    ///
    /// # Errors
    /// Why they cannot be read, for people: the end is reached, or the disk's words.
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

/// What a file holds: all of its bytes, or only a head of a known length.
#[derive(Clone, Debug)]
pub struct Content {
    data: Data,
    /// Length in bytes, as `stat` would tell.
    pub len: u64,
    /// For a length that was not counted: where it comes from.
    pub basis: Option<Arc<str>>,
    /// False when the length itself is not known; `len` is then a lower bound.
    pub len_known: bool,
}

#[derive(Clone, Debug)]
enum Data {
    /// The first bytes. All of them when as long as the content.
    Here(Arc<[u8]>),
    There(Arc<Stored>),
}

#[derive(Debug)]
struct Stored {
    source: Arc<dyn Source>,
    offset: u64,
    /// Names the source's bytes: their digest.
    id: Arc<str>,
    /// What was read, once it was.
    read: OnceLock<Arc<[u8]>>,
    /// The first bytes, which most questions are about.
    start: OnceLock<Buffer>,
}

impl Stored {
    /// Bytes that are read at the first question.
    const START: u64 = 8 << 10;

    /// The first bytes of so many.
    fn start(&self, len: u64) -> &[u8] {
        if self.start.get().is_none() {
            let bytes = self.load(0, len.min(Stored::START));
            // What has not come yet may come.
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
            (Data::There(one), Data::There(two)) => one.id == two.id && one.offset == two.offset,
            _ => false,
        };
        (self.len, &self.basis, self.len_known) == (other.len, &other.basis, other.len_known)
            && (same_place || self.head() == other.head())
    }
}

impl Eq for Content {}

impl Content {
    /// A file whose every byte is known.
    pub fn inline(bytes: impl Into<Arc<[u8]>>) -> Self {
        let head = bytes.into();
        Content { len: head.len() as u64, data: Data::Here(head), basis: None, len_known: true }
    }

    /// A file of which the start and the length are known.
    pub fn partial(head: impl Into<Arc<[u8]>>, len: u64) -> Self {
        let head = head.into();
        Content { len: len.max(head.len() as u64), data: Data::Here(head), basis: None, len_known: true }
    }

    /// A file of which the head is known and the length modelled.
    pub fn modelled(head: impl Into<Arc<[u8]>>, len: u64, basis: impl Into<Arc<str>>) -> Self {
        Content { basis: Some(basis.into()), ..Content::partial(head, len) }
    }

    /// A file of which the head is known and the length at least that.
    pub fn started(head: impl Into<Arc<[u8]>>, why: impl Into<Arc<str>>) -> Self {
        Content { len_known: false, basis: Some(why.into()), ..Content::inline(head) }
    }

    /// A file that exists and of which nothing else is known.
    pub fn unknown(why: impl Into<Arc<str>>) -> Self {
        Content::started([], why)
    }

    /// A file of `len` bytes that stands in a source at `offset`; `id` names the source's bytes, as
    /// their digest does.
    pub fn stored(source: Arc<dyn Source>, id: Arc<str>, offset: u64, len: u64) -> Self {
        let data = Data::There(Arc::new(Stored { source, offset, id, read: OnceLock::new(), start: OnceLock::new() }));
        Content { data, len, basis: None, len_known: true }
    }

    /// The first bytes: all of them, where they are known, at hand and no more than 64 MiB. What
    /// cannot be read is empty.
    pub fn head(&self) -> &[u8] {
        match &self.data {
            Data::Here(head) => head,
            Data::There(stored) if !stored.source.is_at_hand() => stored.start(self.len),
            Data::There(stored) => stored.read.get_or_init(|| {
                let wanted = if self.len <= WHOLE { self.len } else { HEAD };
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
            Data::Here(head) => self.len_known && head.len() as u64 == self.len,
            Data::There(stored) => stored.source.is_at_hand(),
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
            Data::Here(head) => Cow::Borrowed(head.get(part(head)).unwrap_or(&[])),
            Data::There(stored) => {
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

    /// The same in memory that is used again.
    pub fn load(&self, offset: u64, len: usize) -> Buffer {
        let Data::There(stored) = &self.data else { return Buffer::from(&*self.read_at(offset, len)) };
        let wanted = self.len.saturating_sub(offset).min(len as u64);
        if stored.read.get().is_some() || offset.saturating_add(wanted) <= Stored::START {
            return Buffer::from(&*self.read_at(offset, len));
        }
        stored.load(offset, wanted)
    }

    /// All bytes, when they are known.
    pub fn bytes(&self) -> Option<&[u8]> {
        let head = (self.len_known && self.len <= WHOLE.max(self.head().len() as u64)).then(|| self.head())?;
        (head.len() as u64 == self.len).then_some(head)
    }

    /// Hands all bytes out, piece by piece.
    ///
    /// # Errors
    /// Not all are known, or the source or `take` fails: its words.
    pub fn read_all(&self, take: &mut dyn FnMut(&[u8]) -> Result<(), String>) -> Result<(), String> {
        const PIECE: u64 = 1 << 20;
        match &self.data {
            Data::Here(_) => take(self.bytes().ok_or("not all of its bytes are known")?),
            Data::There(stored) => {
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

    /// The same with more bytes behind it; where not all are known only the length grows.
    pub(crate) fn with(&self, more: &[u8]) -> Content {
        match self.bytes() {
            Some(bytes) => Content::inline([bytes, more].concat()),
            None => Content { len: self.len.saturating_add(more.len() as u64), ..self.clone() },
        }
    }

    /// The size with its honesty.
    pub fn size(&self) -> Size {
        match &self.basis {
            None => Size::exact(self.len),
            Some(basis) if self.len_known => Size::modelled(self.len, basis.clone()),
            Some(why) => Size::unknown(self.len, why.clone()),
        }
    }

    /// Says what it holds to a digest: bytes, or where they stand in their source.
    pub(crate) fn identify(&self, mut say: impl FnMut(&[u8])) {
        say(&self.len.to_le_bytes());
        match &self.data {
            Data::Here(head) => say(head),
            Data::There(stored) => {
                say(stored.id.as_bytes());
                say(&stored.offset.to_le_bytes());
            }
        }
        say(self.basis.as_deref().unwrap_or("").as_bytes());
    }
}
