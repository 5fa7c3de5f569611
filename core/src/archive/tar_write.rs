//! Writes tar archives with ustar headers.

use super::tar_read::{BEFORE_ALL, SINCE_THEN};
use crate::fs::{Kind, Node, Special, Time};
use std::collections::BTreeMap;

/// A tar archive that is being written.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    /// The first name of each file with several names.
    linked: BTreeMap<u64, String>,
}

/// The fields of a header, in their order.
struct Header<'h> {
    name: &'h str,
    mode: u32,
    uid: u32,
    gid: u32,
    len: usize,
    /// Seconds since 1970.
    modified: u64,
    kind: u8,
    link: &'h str,
    user: &'h str,
    group: &'h str,
}

impl Writer {
    /// Appends to the entries of an archive, which is not checked.
    pub(crate) fn behind(mut entries: Vec<u8>) -> Self {
        // Remove the closing blocks, which are zero.
        while entries.len() >= 512 && entries.iter().rev().take(512).all(|byte| *byte == 0) {
            entries.truncate(entries.len() - 512);
        }
        Writer { bytes: entries, linked: BTreeMap::new() }
    }

    /// Adds one node with the names of its owner and group, which may be empty. Unknown bytes of a file are written as 0.
    pub(crate) fn add(&mut self, name: &str, node: &Node, owners: (&str, &str)) {
        let empty: &[u8] = &[];
        let first = match node.links() > 1 && !node.is_dir() {
            true => self.linked.get(&node.ino()).cloned(),
            false => None,
        };
        let (kind, link, data, len) = match (&node.kind, &first) {
            (_, Some(first)) => (b'1', first.as_str(), empty, 0),
            (Kind::Dir { .. }, _) => (b'5', "", empty, 0),
            (Kind::Symlink(target), _) => (b'2', &**target, empty, 0),
            (Kind::File(content), _) => (b'0', "", content.head(), usize::try_from(content.len).unwrap_or(0)),
            (Kind::Special(Special::CharDevice), _) => (b'3', "", empty, 0),
            (Kind::Special(Special::BlockDevice), _) => (b'4', "", empty, 0),
            (Kind::Special(Special::Fifo), _) => (b'6', "", empty, 0),
        };
        if first.is_none() && node.links() > 1 {
            self.linked.insert(node.ino(), name.to_string());
        }
        let name = if node.is_dir() { format!("{}/", name.trim_end_matches('/')) } else { name.to_string() };
        for (kind, long) in [(b'K', link), (b'L', name.as_str())] {
            if long.len() > 100 {
                let name = "././@LongLink";
                let len = long.len() + 1;
                let (user, group) = ("root", "root");
                self.header(&Header {
                    name,
                    mode: 0o644,
                    uid: 0,
                    gid: 0,
                    len,
                    modified: 0,
                    kind,
                    link: "",
                    user,
                    group,
                });
                self.data(long.as_bytes(), len);
            }
        }
        let Node { mode, uid, gid, .. } = *node;
        // The field is octal and has no sign.
        let modified = match node.modified {
            Time::Past => BEFORE_ALL,
            Time::Now(_) => SINCE_THEN,
            Time::At(_) => node.modified.known().map_or(0, |(seconds, _)| seconds.unsigned_abs().min(BEFORE_ALL - 1)),
        };
        let (user, group) = owners;
        self.header(&Header { name: &name, mode, uid, gid, len, modified, kind, link, user, group });
        self.data(data, len);
    }

    fn data(&mut self, data: &[u8], len: usize) {
        let start = self.bytes.len();
        self.bytes.extend(data);
        self.bytes.resize((start + len).next_multiple_of(512), 0);
    }

    fn header(&mut self, header: &Header) {
        let mut block = Vec::with_capacity(512);
        let mut field = |bytes: &[u8], width: usize| {
            let end = block.len() + width;
            block.extend(bytes.iter().take(width));
            block.resize(end, 0);
        };
        field(header.name.as_bytes(), 100);
        field(format!("{:07o}", header.mode).as_bytes(), 8);
        field(format!("{:07o}", header.uid).as_bytes(), 8);
        field(format!("{:07o}", header.gid).as_bytes(), 8);
        field(format!("{:011o}", header.len).as_bytes(), 12);
        field(format!("{:011o}", header.modified).as_bytes(), 12);
        field(b"        ", 8);
        field(&[header.kind], 1);
        field(header.link.as_bytes(), 100);
        field(b"ustar\x0000", 8);
        field(header.user.as_bytes(), 32);
        field(header.group.as_bytes(), 32);
        field(b"", 183);
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        let sum = format!("{sum:06o}\0 ");
        block.splice(148..156, sum.bytes());
        self.bytes.extend(block);
    }

    /// The number of bytes written so far.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The archive with its two closing blocks.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len() + 1024, 0);
        self.bytes
    }
}
