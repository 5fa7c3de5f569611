//! Extended headers of a tar. A name or a size that does not fit into the header of an entry is stored in entries
//! before it: GNU's long names (types `L` and `K`) and POSIX's pax headers (type `x`). They are read here because the
//! tar library reads them whole, whatever their size.

use crate::problem::problem;
use stageplay_core::api::Problem;
use std::io::Read;
use tar::{Entry, EntryType, PaxExtensions};

/// Bytes of one extended header. A name has at most 4,096 bytes, and extended attributes are not kept.
const MAX_HEADER_BYTES: u64 = 64 << 10;

/// The extended headers of the next entry.
#[derive(Default)]
pub(super) struct ExtendedHeaders {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: Option<Vec<u8>>,
}

fn refused(message: impl Into<String>) -> Problem {
    problem("broken-context", message, "pack the context again, for example with tar --format=ustar")
}

impl ExtendedHeaders {
    /// Reads an entry if it is an extended header. Returns whether it is one.
    ///
    /// # Errors
    /// The header is too large or damaged, or the second of its kind for one entry.
    pub(super) fn read(&mut self, entry: &mut Entry<'_, impl Read>) -> Result<bool, Problem> {
        let at = entry.raw_header_position();
        let slot = match entry.header().entry_type() {
            EntryType::GNULongName => &mut self.name,
            EntryType::GNULongLink => &mut self.link,
            EntryType::XHeader => &mut self.pax,
            _ => return Ok(false),
        };
        let size = entry.size();
        if size > MAX_HEADER_BYTES {
            let what = format!("the extended header at byte {at} has {size} bytes; the limit is {MAX_HEADER_BYTES}");
            return Err(refused(what));
        }
        if slot.is_some() {
            return Err(refused(format!("the extended header at byte {at} is the second of its kind for one entry")));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|error| refused(format!("the context ends early: {error}")))?;
        *slot = Some(bytes);
        Ok(true)
    }

    /// Whether no header waits for its entry.
    pub(super) fn is_empty(&self) -> bool {
        self.name.is_none() && self.link.is_none() && self.pax.is_none()
    }

    /// Returns the name and the link target of an entry, from its own header and its extended headers. The extended
    /// headers are consumed.
    ///
    /// # Errors
    /// The headers contradict each other or are damaged, or a name is not UTF-8.
    pub(super) fn take_names(&mut self, entry: &Entry<'_, impl Read>) -> Result<(String, Option<String>), Problem> {
        let at = entry.raw_header_position();
        let ExtendedHeaders { name, link, pax } = std::mem::take(self);
        let without_nul = |mut bytes: Vec<u8>| {
            // GNU tar ends names with a NUL byte.
            bytes.pop_if(|last| *last == 0);
            bytes
        };
        let (mut name, mut link, mut size) = (name.map(without_nul), link.map(without_nul), None);
        for record in PaxExtensions::new(pax.as_deref().unwrap_or_default()) {
            let record = record.map_err(|error| refused(format!("the header before byte {at}: {error}")))?;
            let value = record.value_bytes().to_vec();
            let previous = match record.key_bytes() {
                b"path" => name.replace(value),
                b"linkpath" => link.replace(value),
                b"size" => size.replace(value),
                key if key.starts_with(b"GNU.sparse.") => {
                    let what = format!("the entry at byte {at} is a sparse file");
                    return Err(problem("special-file", what, "pack the context without tar's option --sparse"));
                }
                _ => None,
            };
            if previous.is_some() {
                return Err(refused(format!("the entry at byte {at} has two names or sizes in its extended headers")));
            }
        }
        // With two sizes, two readers could disagree about where the next entry begins.
        if size.is_some_and(|size| size != entry.size().to_string().into_bytes()) {
            return Err(refused(format!("the entry at byte {at} has a different size in its extended header")));
        }
        let name = name.unwrap_or_else(|| entry.path_bytes().into_owned());
        let link = link.or_else(|| entry.link_name_bytes().map(std::borrow::Cow::into_owned));
        let name = String::from_utf8(name).map_err(|error| {
            let shown = String::from_utf8_lossy(error.as_bytes()).chars().take(80).collect::<String>();
            problem("bad-name", format!("the name {shown:?} is not UTF-8"), "")
        })?;
        Ok((name, link.map(|link| String::from_utf8_lossy(&link).into_owned())))
    }
}
