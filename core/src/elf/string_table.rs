//! The string table of the dynamic section.

use super::byte_reader::{Reader, string};
use std::borrow::Cow;

/// The longest string that is read, in bytes: a search path of several paths of PATH_MAX.
pub(super) const MAX_STRING: usize = 64 << 10;
/// The largest string table that is read as a whole, in bytes.
const MAX_WHOLE: u64 = 128 << 10;

/// The string table: its bytes, or its place in the file.
pub(super) enum Strings<'r> {
    Whole(Cow<'r, [u8]>),
    Far { reader: &'r Reader<'r>, offset: u64, size: u64 },
}

impl<'r> Strings<'r> {
    /// The table of `size` bytes at `offset` of the file; `None` if a small one lies outside of the file.
    pub(super) fn read(reader: &'r Reader<'r>, offset: u64, size: u64) -> Option<Self> {
        Some(match size <= MAX_WHOLE {
            true => Strings::Whole(reader.exact(offset, size as usize)?),
            false => Strings::Far { reader, offset, size },
        })
    }

    /// The string at a byte of the table.
    pub(super) fn get(&self, at: u64) -> Option<String> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        match self {
            Strings::Whole(bytes) => string(bytes, usize::try_from(at).ok()?).map(text),
            Strings::Far { reader, offset, size } if at < *size => {
                let mut len = 256;
                loop {
                    let bytes = reader.at_most(offset.checked_add(at)?, len)?;
                    match string(&bytes, 0) {
                        Some(found) => return Some(text(found)),
                        None if len >= MAX_STRING => return None,
                        None => len = MAX_STRING,
                    }
                }
            }
            Strings::Far { .. } => None,
        }
    }
}
