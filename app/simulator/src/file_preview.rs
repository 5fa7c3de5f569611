//! The preview of a file of the image: text, hex dump or ELF headers.

use crate::program_headers::program_headers;
use stageplay_core::fs::{Content, Kind, Node, Special};
use stageplay_core::report::elf_report;
use stageplay_protocol::FileBody;

/// Bytes of a text file that are shown.
const MAX_TEXT: usize = 64 << 10;
/// Bytes of a hex dump.
const MAX_HEX: usize = 1024;

/// The preview of a file's content.
pub(crate) fn preview(content: &Content) -> FileBody {
    let head = content.read_at(0, MAX_TEXT);
    if stageplay_core::elf::is_elf(&head)
        && let Ok(report) = elf_report(content)
    {
        return FileBody::Elf(Box::new(program_headers(report)));
    }
    if !content.bytes_known() {
        return FileBody::Unknown(content.basis.as_deref().map(str::to_string));
    }
    // The limit may cut the last character in two.
    let text = match std::str::from_utf8(&head) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => std::str::from_utf8(&head[..error.valid_up_to()]).ok(),
        Err(_) => None,
    };
    match text.filter(|text| !text.contains('\0')) {
        Some(text) => FileBody::Text { text: text.to_string(), truncated: content.len > MAX_TEXT as u64 },
        None => FileBody::Binary,
    }
}

/// The first bytes of a file as a hex dump; `None` if they are not known.
pub(crate) fn hex(content: &Content) -> Option<String> {
    let head = content.read_at(0, MAX_HEX);
    (!head.is_empty()).then(|| hex_dump(&head))
}

/// Sixteen bytes per line: offset, hexadecimal numbers, printable ASCII characters.
fn hex_dump(bytes: &[u8]) -> String {
    let line = |(index, line): (usize, &[u8])| {
        let hex: String = line.iter().map(|byte| format!("{byte:02x} ")).collect();
        let text: String =
            line.iter().map(|byte| if (32..127).contains(byte) { char::from(*byte) } else { '.' }).collect();
        format!("{:06x}  {hex:<48} {text}\n", index * 16)
    };
    bytes.chunks(16).enumerate().map(line).collect()
}

/// The id of the words that name the type of a file.
pub(crate) fn file_type_id(node: &Node) -> &'static str {
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
        assert!(matches!(cut, FileBody::Text { text, truncated: true } if text.len() == MAX_TEXT - 1));
        assert!(matches!(preview(&Content::inline([0, 1, 2])), FileBody::Binary));
        assert_eq!(hex(&Content::inline([0, 65])).unwrap(), format!("000000  {:<48} .A\n", "00 41 "));
        assert!(matches!(preview(&Content::unknown("why")), FileBody::Unknown(_)));
    }
}
