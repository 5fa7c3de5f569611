//! Reads the headers of a tar that ADD unpacks, as engines read them (Go's `archive/tar`), to find sparse files. An
//! engine writes the holes of a sparse file in full, so a small tar with one can unpack to any size.

/// Bytes of a block of a tar.
const BLOCK: usize = 512;
/// Bytes of one extended header (Go's `maxSpecialFileSize`).
const MAX_HEADER_BYTES: u64 = 1 << 20;

/// Finds sparse files in a tar that is given piece by piece.
pub(super) struct TarHeaders {
    state: State,
    block: Vec<u8>,
    is_first: bool,
    /// The size of the next entry by its pax header.
    pax_size: Option<u64>,
    /// Whether the name of the next entry in its pax header ends with a slash.
    pax_folder: Option<bool>,
    /// Whether the name of the next entry in a header of GNU ends with a slash.
    gnu_folder: Option<bool>,
    /// It begins with the header of a tar.
    is_tar: bool,
}

enum State {
    /// A header comes next.
    Header,
    /// The content of an extended header of this type comes next, with its padding: `content` bytes in `total`.
    Extended { kind: u8, bytes: Vec<u8>, content: usize, total: u64 },
    /// Content that is passed over.
    Content(u64),
    /// The engine reads no further.
    End,
}

/// The text of a field up to its first NUL byte.
fn text(field: &[u8]) -> &[u8] {
    field.split(|byte| *byte == 0).next().unwrap_or_default()
}

/// Parses a number as Go's `parseOctal` does: spaces and NUL bytes around it are ignored.
fn octal(field: &[u8]) -> Option<u64> {
    let is_blank = |byte: &u8| matches!(byte, b' ' | 0);
    let start = field.iter().position(|byte| !is_blank(byte)).unwrap_or(field.len());
    let end = field.iter().rposition(|byte| !is_blank(byte)).map_or(start, |last| last + 1);
    match &field[start..end] {
        [] => Some(0),
        trimmed => std::str::from_utf8(text(trimmed)).ok().and_then(|digits| u64::from_str_radix(digits, 8).ok()),
    }
}

/// Parses a size as Go's `parseNumeric` does: in octal digits, or as a binary number if its first bit is set.
fn size(field: &[u8]) -> Option<u64> {
    let Some((first, rest)) = field.split_first().filter(|(first, _)| **first & 0x80 != 0) else {
        return octal(field).filter(|size| i64::try_from(*size).is_ok());
    };
    let start = u64::from(first & 0x3f);
    // The second bit is the sign.
    let bytes = (first & 0x40 == 0).then_some(rest)?;
    let add = |sum: u64, byte: &u8| sum.checked_mul(256).map(|sum| sum | u64::from(*byte));
    bytes.iter().try_fold(start, add).filter(|size| i64::try_from(*size).is_ok())
}

fn has_valid_checksum(block: &[u8]) -> bool {
    let Some(expected) = octal(&block[148..156]) else { return false };
    let bytes = || block.iter().enumerate().map(|(at, byte)| if (148..156).contains(&at) { b' ' } else { *byte });
    let unsigned: u64 = bytes().map(u64::from).sum();
    let signed: i64 = bytes().map(|byte| i64::from(byte.cast_signed())).sum();
    expected == unsigned || i64::try_from(expected) == Ok(signed)
}

/// The value of `size` in a pax header, and whether its `path` ends with a slash, if it has them.
///
/// # Errors
/// The header is damaged or describes a sparse file.
fn pax_records(mut bytes: &[u8]) -> Result<(Option<u64>, Option<bool>), String> {
    let damaged = || "the tar in it has a damaged pax header".to_string();
    let (mut size, mut folder) = (None, None);
    while !bytes.is_empty() {
        let blank = bytes.iter().position(|byte| *byte == b' ').ok_or_else(damaged)?;
        let length = std::str::from_utf8(&bytes[..blank]).ok().and_then(|digits| digits.parse::<usize>().ok());
        let length = length.filter(|length| *length > blank + 1 && *length <= bytes.len()).ok_or_else(damaged)?;
        let (record, rest) = bytes.split_at(length);
        let record = record[blank + 1..].strip_suffix(b"\n").ok_or_else(damaged)?;
        let equals = record.iter().position(|byte| *byte == b'=').ok_or_else(damaged)?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        if key.starts_with(b"GNU.sparse") {
            return Err(sparse());
        }
        if key == b"size" {
            // An empty value removes the record.
            let parsed = || std::str::from_utf8(value).ok().and_then(|digits| digits.parse::<i64>().ok());
            let parsed = || parsed().and_then(|size| u64::try_from(size).ok());
            size = if value.is_empty() { None } else { Some(parsed().ok_or_else(damaged)?) };
        }
        if key == b"path" {
            folder = (!value.is_empty()).then(|| value.ends_with(b"/"));
        }
        bytes = rest;
    }
    Ok((size, folder))
}

fn sparse() -> String {
    "the tar in it has a sparse file".into()
}

impl TarHeaders {
    pub(super) fn new() -> Self {
        TarHeaders {
            state: State::Header,
            block: Vec::with_capacity(BLOCK),
            is_first: true,
            pax_size: None,
            pax_folder: None,
            gnu_folder: None,
            is_tar: false,
        }
    }

    /// Whether an engine unpacks what was read so far.
    pub(super) fn is_tar(&self) -> bool {
        self.is_tar
    }

    /// Whether an engine does not read further: at the end of the tar, or if this is not a tar.
    pub(super) fn is_at_end(&self) -> bool {
        matches!(self.state, State::End)
    }

    /// Reads the next bytes. A file that does not begin with the header of a tar is not unpacked, and is accepted.
    ///
    /// # Errors
    /// Why it cannot be told what an engine would write: a sparse file, or a damaged header.
    pub(super) fn read(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            match &mut self.state {
                State::End => return Ok(()),
                State::Content(remaining) => {
                    let count = usize::try_from(*remaining).unwrap_or(usize::MAX).min(bytes.len());
                    *remaining -= count as u64;
                    bytes = &bytes[count..];
                    if *remaining == 0 {
                        self.state = State::Header;
                    }
                }
                State::Extended { kind, bytes: read, content, total } => {
                    let missing = usize::try_from(*total).unwrap_or(usize::MAX) - read.len();
                    let (now, rest) = bytes.split_at(missing.min(bytes.len()));
                    read.extend_from_slice(now);
                    bytes = rest;
                    if now.len() == missing {
                        let (kind, content) = (*kind, read[..*content].to_vec());
                        self.state = State::Header;
                        self.extended_header(kind, &content)?;
                    }
                }
                State::Header => {
                    let (now, rest) = bytes.split_at((BLOCK - self.block.len()).min(bytes.len()));
                    self.block.extend_from_slice(now);
                    bytes = rest;
                    if self.block.len() == BLOCK {
                        let block = std::mem::take(&mut self.block);
                        self.state = self.header(&block)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn extended_header(&mut self, kind: u8, content: &[u8]) -> Result<(), String> {
        match kind {
            b'x' => {
                (self.pax_size, self.pax_folder) = pax_records(content)?;
            }
            // Go drops the headers before a global header.
            b'g' => {
                pax_records(content)?;
                (self.pax_size, self.pax_folder, self.gnu_folder) = (None, None, None);
            }
            b'L' => {
                let name = text(content);
                self.gnu_folder = (!name.is_empty()).then(|| name.ends_with(b"/"));
            }
            _ => {}
        }
        Ok(())
    }

    /// What comes after a header.
    fn header(&mut self, block: &[u8]) -> Result<State, String> {
        let is_first = std::mem::replace(&mut self.is_first, false);
        // A second block of zeros ends the tar. One of something else is an error for the engine.
        if block.iter().all(|byte| *byte == 0) {
            return Ok(State::End);
        }
        if !has_valid_checksum(block) {
            return if is_first { Ok(State::End) } else { Err("the tar in it is damaged".into()) };
        }
        self.is_tar = true;
        let kind = block[156];
        let in_header = size(&block[124..136]).ok_or("the tar in it has an entry without a valid size")?;
        if matches!(kind, b'x' | b'g' | b'L' | b'K') {
            if in_header > MAX_HEADER_BYTES {
                return Err(format!("the tar in it has an extended header of {in_header} bytes"));
            }
            let content = usize::try_from(in_header).unwrap_or(usize::MAX);
            let total = in_header.next_multiple_of(BLOCK as u64);
            if total == 0 {
                self.extended_header(kind, &[])?;
                return Ok(State::Header);
            }
            return Ok(State::Extended { kind, bytes: Vec::new(), content, total });
        }
        let size = self.pax_size.take().unwrap_or(in_header);
        let (gnu_folder, pax_folder) = (self.gnu_folder.take(), self.pax_folder.take());
        let name = text(&block[..100]);
        let is_folder = gnu_folder.or(pax_folder).unwrap_or(name.is_empty() || name.ends_with(b"/"));
        let content = match kind {
            b'S' => return Err(sparse()),
            // Links, devices, folders and pipes have no content, whatever their size is.
            b'1'..=b'6' => 0,
            // An old kind of entry is a folder if its name ends with a slash.
            0 if size > 0 && is_folder => {
                return Err("the tar in it has a folder with content".into());
            }
            _ => {
                size.checked_next_multiple_of(BLOCK as u64).ok_or("the tar in it has an entry without a valid size")?
            }
        };
        Ok(if content == 0 { State::Header } else { State::Content(content) })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One entry: a header with this type and size field, and content with its padding.
    fn entry(kind: u8, name: &str, size: &[u8], content: &[u8]) -> Vec<u8> {
        let mut block = vec![0; BLOCK];
        block[..name.len()].copy_from_slice(name.as_bytes());
        block[124..124 + size.len()].copy_from_slice(size);
        block[148..156].fill(b' ');
        block[156] = kind;
        block[257..265].copy_from_slice(b"ustar\x0000");
        let sum: u64 = block.iter().map(|byte| u64::from(*byte)).sum();
        block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        block.extend_from_slice(content);
        block.resize(block.len().next_multiple_of(BLOCK), 0);
        block
    }

    fn plain(kind: u8, name: &str, content: &[u8]) -> Vec<u8> {
        entry(kind, name, format!("{:011o}", content.len()).as_bytes(), content)
    }

    /// A tar with one sparse file in each of the formats that engines read, `size` bytes when it is unpacked.
    pub(in crate::engine) fn sparse_tars(size: u64) -> Vec<Vec<u8>> {
        let record = |key: &str, value: &str| {
            let rest = format!(" {key}={value}\n");
            let length = (rest.len()..).find(|length| length.to_string().len() + rest.len() == *length).unwrap();
            format!("{length}{rest}")
        };
        let version_1 = [("major", "1".to_string()), ("minor", "0".into()), ("realsize", size.to_string())];
        let version_0 = [("size", size.to_string()), ("numblocks", "1".into()), ("map", format!("{size},0"))];
        let pax = |records: &[(&str, String)]| -> String {
            records.iter().map(|(key, value)| record(&format!("GNU.sparse.{key}"), value)).collect()
        };
        let map = format!("1\n{size}\n0\n");
        let mut padded = map.into_bytes();
        padded.resize(BLOCK, 0);
        vec![
            [plain(b'x', "x", pax(&version_1).as_bytes()), plain(b'0', "big", &padded)].concat(),
            [plain(b'x', "x", pax(&version_0).as_bytes()), plain(b'0', "big", b"")].concat(),
            plain(b'S', "big", b""),
        ]
    }

    /// Reads in pieces of several lengths.
    fn read(tar: &[u8]) -> Result<(), String> {
        let of = |length: usize| {
            let mut headers = TarHeaders::new();
            tar.chunks(length).try_for_each(|chunk| headers.read(chunk))
        };
        let whole = of(usize::MAX);
        assert_eq!(of(7), whole);
        assert_eq!(of(BLOCK), whole);
        whole
    }

    #[test]
    fn sparse_files_are_found_wherever_they_are() {
        for tar in sparse_tars(1 << 40) {
            let message = "the tar in it has a sparse file";
            assert_eq!(read(&tar).unwrap_err(), message);
            let before = [plain(b'0', "a", &[b'x'; 700]), plain(b'5', "d/", b""), plain(b'L', "l", b"name\0")].concat();
            assert_eq!(read(&[before, tar.clone()].concat()).unwrap_err(), message);
            // The engine takes the size from the pax header, and passes over that of a link.
            let moved = [plain(b'x', "x", b"12 size=512\n"), entry(b'0', "a", b"0", &[1; 512])].concat();
            assert_eq!(read(&[moved, tar.clone()].concat()).unwrap_err(), message);
            let link = entry(b'2', "a", b"77777777777", b"");
            assert_eq!(read(&[link, tar.clone()].concat()).unwrap_err(), message);
            let binary = [b"\x80\0\0\0\0\0\0\0\0\0\x02\0".as_slice()].concat();
            assert_eq!(read(&[entry(b'0', "a", &binary, &[1; 512]), tar].concat()).unwrap_err(), message);
        }
    }

    #[test]
    fn ordinary_tars_and_other_files_are_accepted() {
        let mut out = tar::Builder::new(Vec::new());
        for (name, length) in [("a", 0), (&*"long/".repeat(60), 513), ("é", 512)] {
            let mut header = tar::Header::new_gnu();
            header.set_size(length);
            header.set_mode(0o644);
            let name = format!("{name}f");
            out.append_data(&mut header, name, &vec![b'x'; length as usize][..]).unwrap();
        }
        let tar = out.into_inner().unwrap();
        assert_eq!(read(&tar), Ok(()));
        // Nothing behind the end is unpacked.
        assert_eq!(read(&[tar, vec![7; 2_000]].concat()), Ok(()));
        for other in [&b""[..], b"#!/bin/sh\n", &[0; 3_000], &[b'x'; 3_000]] {
            assert_eq!(read(other), Ok(()));
        }
    }

    #[test]
    fn what_cannot_be_told_is_refused() {
        let file = plain(b'0', "a", b"x");
        for bad in [
            [file.clone(), vec![b'x'; BLOCK]].concat(),
            [file.clone(), entry(b'0', "a", b"x", b"")].concat(),
            [file.clone(), plain(b'x', "x", b"99 path=a\n")].concat(),
            plain(b'x', "x", b"10 size=-1\n"),
            entry(b'x', "x", b"77777777", b""),
            plain(0, "folder/", b"x"),
            [plain(b'L', "l", b"folder/\0"), plain(0, "a", b"x")].concat(),
            [plain(b'x', "x", b"13 path=ab/c/\n"), plain(0, "a", b"x")].concat(),
        ] {
            assert!(read(&bad).is_err());
        }
    }
}
