//! Which files ADD unpacks, and where their entries go.

use super::apply_layer;
use super::compression::{self, Compression};
use super::tar_read::{self, Limits, Seeking};
use super::{ArchiveError, MAX_UNPACKED};
use crate::fs::{Content, Memory, Source, Tree};
use std::sync::Arc;

/// Whether ADD unpacks a file: an archive, plain or packed. `None` if not all of its bytes are known.
pub(crate) fn is_archive(content: &Content) -> Option<bool> {
    if !content.len_known {
        return None;
    }
    let head = content.head();
    let kind = compression::detect(head);
    if kind == Compression::None && head.len() < 512 {
        return Some(false);
    }
    let memory = Memory(content.bytes()?.into());
    // One header is enough to know: no more is unpacked, but for xz, which comes in one piece.
    let is_tar = match compression::Unpacking::new(kind, &memory, 0, memory.size(), MAX_UNPACKED) {
        Some(mut stream) => tar_read::begins(&mut stream),
        None => unpacked(content, MAX_UNPACKED)?.is_ok_and(|bytes| {
            let memory = Memory(bytes);
            tar_read::begins(&mut Seeking::new(&memory, 0, memory.size()))
        }),
    };
    Some(is_tar)
}

/// The tar inside a file, unpacked to at most `max` bytes; `None` if not all of its bytes are known.
fn unpacked(content: &Content, max: u64) -> Option<Result<Arc<[u8]>, ArchiveError>> {
    let bytes = content.bytes()?;
    let memory = Memory(bytes.into());
    Some(match compression::detect(bytes) {
        Compression::None => Ok(memory.0),
        kind => compression::unpack(kind, &memory, 0, memory.size(), max.min(MAX_UNPACKED)).map(Into::into),
    })
}

/// What ADD does with an archive: its entries go below a folder that exists. A packed one may have at most `max` bytes once
/// it is unpacked. Returns how many it has, 0 for one that is not packed: these bytes are new in memory.
///
/// # Errors
/// Damaged, too large, or something in it cannot be put there.
pub(crate) fn extract(
    content: &Content,
    tree: &mut Tree,
    below: &str,
    owner: Option<(u32, u32)>,
    max: u64,
) -> Result<u64, ArchiveError> {
    extract_some(content, tree, below, owner, &mut |_| true, max)
}

/// The same for the entries that are wanted.
///
/// # Errors
/// As [`extract`].
pub(crate) fn extract_some(
    content: &Content,
    tree: &mut Tree,
    below: &str,
    owner: Option<(u32, u32)>,
    filter: apply_layer::EntryFilter,
    max: u64,
) -> Result<u64, ArchiveError> {
    let bytes = unpacked(content, max).ok_or_else(|| ArchiveError::new("not all of its bytes are known"))??;
    let is_packed = compression::detect(content.head()) != Compression::None;
    let new = if is_packed { bytes.len() as u64 } else { 0 };
    let id = crate::image::sha256(&bytes);
    let source: Arc<dyn Source> = Arc::new(Memory(bytes));
    let place = apply_layer::Place { source: &source, id: id.into(), start: 0, below, is_layer: false, owner };
    let lower = Tree::new();
    apply_layer::apply(
        tree,
        &lower,
        &mut Seeking::new(&*source, 0, source.size()),
        &mut Limits::default(),
        &place,
        filter,
    )?;
    Ok(new)
}
