//! Tar archives written: ustar headers, dates at the epoch.

use crate::fs::{Kind, Node, Special};

/// Collects entries.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Adds one node. Of a file whose bytes are not all known the rest is zeros.
    pub(crate) fn add(&mut self, name: &str, node: &Node) {
        let empty: &[u8] = &[];
        let (kind, link, data, len) = match &node.kind {
            Kind::Dir { .. } => (b'5', "", empty, 0),
            Kind::Symlink(target) => (b'2', &**target, empty, 0),
            Kind::File(content) => (b'0', "", content.head(), usize::try_from(content.len).unwrap_or(0)),
            Kind::Special(Special::CharDevice) => (b'3', "", empty, 0),
            Kind::Special(Special::BlockDevice) => (b'4', "", empty, 0),
            Kind::Special(Special::Fifo) => (b'6', "", empty, 0),
        };
        let name = if node.is_dir() { format!("{name}/") } else { name.to_string() };
        if name.len() > 100 {
            self.header(b'L', "././@LongLink", 0, (0, 0), name.len() + 1, "");
            self.data(name.as_bytes(), name.len() + 1);
        }
        let short: String = name.chars().take(100).collect();
        self.header(kind, &short, node.mode, (node.uid, node.gid), len, link);
        self.data(data, len);
    }

    fn data(&mut self, data: &[u8], len: usize) {
        let start = self.bytes.len();
        self.bytes.extend(data);
        self.bytes.resize((start + len).next_multiple_of(512), 0);
    }

    fn header(&mut self, kind: u8, name: &str, mode: u32, (uid, gid): (u32, u32), len: usize, link: &str) {
        let mut block = Vec::with_capacity(512);
        let mut field = |bytes: &[u8], width: usize| {
            let end = block.len() + width;
            block.extend(bytes.iter().take(width));
            block.resize(end, 0);
        };
        field(name.as_bytes(), 100);
        field(format!("{mode:07o}").as_bytes(), 8);
        field(format!("{uid:07o}").as_bytes(), 8);
        field(format!("{gid:07o}").as_bytes(), 8);
        field(format!("{len:011o}").as_bytes(), 12);
        field(b"00000000000", 12);
        field(b"        ", 8);
        field(&[kind], 1);
        field(link.as_bytes(), 100);
        field(b"ustar\x0000", 255);
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        let sum = format!("{sum:06o}\0 ");
        block.splice(148..156, sum.bytes());
        self.bytes.extend(block);
    }

    /// The archive with its two closing blocks.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.bytes.resize(self.bytes.len() + 1024, 0);
        self.bytes
    }
}
