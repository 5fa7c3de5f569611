//! Extended headers of a tar: what does not fit into the header of an entry stands in entries before it, by GNU's
//! way (`L`, `K`) and by POSIX's (pax, `x`). The tar library would read them whole, whatever their size.

use super::problem;
use stageplay_core::api::Problem;
use std::io::Read;
use tar::{Entry, EntryType, PaxExtensions};

/// The largest extended header, in bytes: names have 4,096 at most, and extended attributes are not taken over.
const MAX_BYTES: u64 = 64 << 10;

/// What was read of the next entry.
#[derive(Default)]
pub(super) struct Extended {
    name: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    pax: Option<Vec<u8>>,
}

fn refused(message: impl Into<String>) -> Problem {
    problem("broken-context", message, "pack the context again, for example with tar --format=ustar")
}

impl Extended {
    /// Reads an entry, if it is one that describes the next; whether it was.
    ///
    /// # Errors
    /// It is too large, damaged, or the second of its kind before one entry.
    pub(super) fn take(&mut self, entry: &mut Entry<'_, impl Read>) -> Result<bool, Problem> {
        let at = entry.raw_header_position();
        let kept = match entry.header().entry_type() {
            EntryType::GNULongName => &mut self.name,
            EntryType::GNULongLink => &mut self.link,
            EntryType::XHeader => &mut self.pax,
            _ => return Ok(false),
        };
        let size = entry.size();
        if size > MAX_BYTES {
            let what = format!("the extended header at byte {at} has {size} bytes; at most {MAX_BYTES} are taken");
            return Err(refused(what));
        }
        if kept.is_some() {
            return Err(refused(format!("the extended header at byte {at} is the second of its kind for one entry")));
        }
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).map_err(|error| refused(format!("the context breaks off: {error}")))?;
        *kept = Some(bytes);
        Ok(true)
    }

    /// Whether nothing waits for its entry.
    pub(super) fn is_empty(&self) -> bool {
        self.name.is_none() && self.link.is_none() && self.pax.is_none()
    }

    /// The name of an entry and where it links to, by its own header and those before it, which are used up.
    ///
    /// # Errors
    /// The headers contradict each other or are damaged; a name is no UTF-8.
    pub(super) fn names(&mut self, entry: &Entry<'_, impl Read>) -> Result<(String, Option<String>), Problem> {
        let at = entry.raw_header_position();
        let Extended { name, link, pax } = std::mem::take(self);
        let without_end = |mut bytes: Vec<u8>| {
            // GNU tar ends them with a zero.
            bytes.pop_if(|last| *last == 0);
            bytes
        };
        let (mut name, mut link, mut size) = (name.map(without_end), link.map(without_end), None);
        for record in PaxExtensions::new(pax.as_deref().unwrap_or_default()) {
            let record = record.map_err(|error| refused(format!("the header before byte {at}: {error}")))?;
            let value = record.value_bytes().to_vec();
            let known = match record.key_bytes() {
                b"path" => name.replace(value),
                b"linkpath" => link.replace(value),
                b"size" => size.replace(value),
                key if key.starts_with(b"GNU.sparse.") => {
                    let what = format!("the entry at byte {at} is a sparse file");
                    return Err(problem("special-file", what, "pack the context without tar's option --sparse"));
                }
                _ => None,
            };
            if known.is_some() {
                return Err(refused(format!("the entry at byte {at} has two names or sizes in its extended headers")));
            }
        }
        // Two sizes are two readings of all that follows.
        if size.is_some_and(|size| size != entry.size().to_string().into_bytes()) {
            return Err(refused(format!("the entry at byte {at} has another size in its extended header")));
        }
        let name = name.unwrap_or_else(|| entry.path_bytes().into_owned());
        let link = link.or_else(|| entry.link_name_bytes().map(std::borrow::Cow::into_owned));
        let name = String::from_utf8(name).map_err(|error| {
            let shown = String::from_utf8_lossy(error.as_bytes()).chars().take(80).collect::<String>();
            problem("bad-name", format!("the name {shown:?} is no UTF-8"), "")
        })?;
        Ok((name, link.map(|link| String::from_utf8_lossy(&link).into_owned())))
    }
}
