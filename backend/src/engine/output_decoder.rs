//! Decodes the output of a program. It comes in chunks, and a chunk may end inside of a character or of a control
//! sequence.

use stageplay_report::without_control_characters;

/// Bytes of a control sequence that are kept until the rest of it arrives. No usual sequence is longer.
const MAX_SEQUENCE: usize = 64;

/// Decodes one stream of a program: UTF-8 without control characters.
#[derive(Debug, Default)]
pub(super) struct OutputDecoder {
    /// The incomplete end of the chunks so far.
    rest: Vec<u8>,
}

impl OutputDecoder {
    /// The text of a chunk. An incomplete character or control sequence at its end is kept for the next chunk.
    pub(super) fn decode(&mut self, chunk: &[u8]) -> String {
        let mut bytes = std::mem::take(&mut self.rest);
        bytes.extend_from_slice(chunk);
        self.rest = bytes.split_off(complete_length(&bytes));
        clean(&bytes)
    }

    /// The text of what is left at the end of the stream. An incomplete character is U+FFFD.
    pub(super) fn finish(&mut self) -> String {
        clean(&std::mem::take(&mut self.rest))
    }
}

fn clean(bytes: &[u8]) -> String {
    without_control_characters(&String::from_utf8_lossy(bytes)).into_owned()
}

/// The number of bytes before an incomplete character or control sequence at the end.
fn complete_length(bytes: &[u8]) -> usize {
    let is_incomplete_character = |start: &usize| {
        let error = std::str::from_utf8(&bytes[*start..]).err();
        error.is_some_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
    };
    if let Some(start) = (bytes.len().saturating_sub(3)..bytes.len()).find(is_incomplete_character) {
        return start;
    }
    let start = bytes.len().saturating_sub(MAX_SEQUENCE);
    match bytes[start..].iter().rposition(|byte| *byte == 0x1b) {
        Some(at) if is_incomplete_sequence(&bytes[start + at + 1..]) => start + at,
        _ => bytes.len(),
    }
}

/// Whether the bytes behind an escape character are the beginning of a control sequence (ECMA-48: parameters and
/// intermediates) without its final byte.
fn is_incomplete_sequence(bytes: &[u8]) -> bool {
    match bytes.split_first() {
        None => true,
        Some((b'[', rest)) => {
            let parameters = rest.iter().take_while(|byte| (0x30..=0x3f).contains(*byte)).count();
            rest[parameters..].iter().all(|byte| (0x20..=0x2f).contains(byte))
        }
        Some(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Decodes bytes in two chunks, split at each place.
    fn decode_in_two(bytes: &[u8]) -> Vec<String> {
        let at = |place| {
            let mut decoder = OutputDecoder::default();
            let (first, second) = bytes.split_at(place);
            [decoder.decode(first), decoder.decode(second), decoder.finish()].concat()
        };
        (0..=bytes.len()).map(at).collect()
    }

    #[test]
    fn the_place_where_a_chunk_ends_does_not_matter() {
        for (bytes, text) in [
            ("a中文é𝄞z\n".as_bytes(), "a中文é𝄞z\n"),
            ("\u{1b}[1;31mred\u{1b}[0m 中".as_bytes(), "red 中"),
            (b"a\xff\xe4b\xe4\xb8", "a\u{fffd}\u{fffd}b\u{fffd}"),
            (b"\xf0\x9d\x84", "\u{fffd}"),
            (b"x\x1b]0;y\x1b[", "x\u{fffd}]0;y"),
        ] {
            for found in decode_in_two(bytes) {
                assert_eq!(found, text, "{bytes:?}");
            }
        }
    }

    #[test]
    fn one_byte_at_a_time_is_the_same_text() {
        let text = "中\u{1b}[2K𝄞\u{1b}[38;5;196m!";
        let mut decoder = OutputDecoder::default();
        let decoded: String = text.bytes().map(|byte| decoder.decode(&[byte])).collect();
        assert_eq!((decoded + &decoder.finish()).as_str(), "中𝄞!");
    }

    #[test]
    fn what_is_kept_is_bounded() {
        let mut decoder = OutputDecoder::default();
        decoder.decode(b"\x1b[");
        for _ in 0..1_000 {
            decoder.decode(b"0");
            assert!(decoder.rest.len() <= MAX_SEQUENCE);
        }
    }
}
