//! The type of a file by its first bytes: text, script, program, or another one.

use super::image_files::{FileFact, FileType};

/// The bytes by which the type of a file is told.
const HEAD: usize = 512;

/// The id of the content type of a file.
pub(crate) fn content_type(fact: &FileFact) -> &'static str {
    match fact.kind {
        FileType::Dir => "dir",
        FileType::Link => "link",
        FileType::Package => "package",
        FileType::Special => "special",
        FileType::File => match &fact.content {
            Some(content) if content.len == 0 && content.len_known => "empty",
            Some(content) => of_head(&content.read_at(0, HEAD)),
            None => "unknown",
        },
    }
}

fn of_head(head: &[u8]) -> &'static str {
    // The last character may be cut in two.
    let is_text = match std::str::from_utf8(head) {
        Ok(text) => !text.contains('\0'),
        Err(error) => error.error_len().is_none() && !head.contains(&0),
    };
    match head {
        [] => "unknown",
        _ if stageplay_core::elf::is_elf(head) => "elf",
        [b'#', b'!', ..] => "script",
        _ if is_text => "text",
        _ => "binary",
    }
}
