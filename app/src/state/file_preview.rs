//! The preview of a file of the image: text, hex dump or ELF headers.

use stageplay_core::fs::{Content, Kind, Node, Special};
use stageplay_core::report::{ElfReport, elf_report};

/// Bytes of a text file that are shown.
const MAX_TEXT: usize = 64 << 10;
/// Bytes of a binary file that are shown.
const MAX_BINARY: usize = 512;

/// What is shown of a file.
#[derive(Clone, Debug)]
pub enum FilePreview {
    /// A text file.
    Text {
        /// The text, at most 64 KiB of it.
        text: String,
        /// Whether the file is longer.
        truncated: bool,
    },
    /// The first bytes of a binary file, at most 512.
    Binary(Vec<u8>),
    /// The headers of an ELF file.
    Elf(Box<ElfReport>),
    /// The content is not known.
    Unknown,
}

/// The preview of a file's content.
pub fn preview(content: &Content) -> FilePreview {
    let head = content.read_at(0, MAX_TEXT);
    if stageplay_core::elf::is_elf(&head)
        && let Ok(report) = elf_report(content)
    {
        return FilePreview::Elf(Box::new(report));
    }
    if !content.bytes_known() {
        return FilePreview::Unknown;
    }
    // The limit may cut the last character in two.
    let text = match std::str::from_utf8(&head) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok(),
        Err(_) => None,
    };
    match text.filter(|text| !text.contains('\0')) {
        Some(text) => FilePreview::Text { text: text.to_string(), truncated: content.len > MAX_TEXT as u64 },
        None => FilePreview::Binary(head.iter().take(MAX_BINARY).copied().collect()),
    }
}

/// The id of the words that name the type of a file.
pub fn file_type_id(node: &Node) -> &'static str {
    match &node.kind {
        Kind::Dir { .. } => "kind.directory",
        Kind::Symlink(_) => "kind.link",
        Kind::Special(Special::Fifo) => "kind.pipe",
        Kind::Special(_) => "kind.device",
        Kind::File(_) => "kind.file",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_that_is_cut_ends_the_text() {
        let mut bytes = vec![b'a'; MAX_TEXT - 1];
        bytes.extend("é".bytes());
        let cut = preview(&Content::inline(bytes));
        assert!(matches!(cut, FilePreview::Text { text, truncated: true } if text.len() == MAX_TEXT - 1));
        assert!(matches!(preview(&Content::inline([0, 1, 2])), FilePreview::Binary(_)));
        assert!(matches!(preview(&Content::unknown("why")), FilePreview::Unknown));
    }
}
