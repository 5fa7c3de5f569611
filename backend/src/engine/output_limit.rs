//! Limits of the output that is kept, and the notices that tell a reader where output was cut.

/// Bytes of output that a report keeps of one step, and of each stream of a started program.
pub(super) const MAX_REPORT_OUTPUT: usize = 64 << 10;
/// A build, or a started program, that prints more than this many times `--log` is ended.
pub(super) const FLOOD_FACTOR: usize = 32;

/// The notice in place of output beyond a limit. `what` is what the limit applies to.
pub(super) fn truncation_notice(what: &str, max_bytes: usize) -> String {
    format!("\n… output truncated: {what} is limited to {max_bytes} bytes, further output is not kept\n")
}

/// The beginning of a text, of at most `max_bytes` bytes. Characters are not split.
pub(super) fn prefix_within(text: &str, max_bytes: usize) -> &str {
    let end = (0..=max_bytes.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_cut_between_characters() {
        assert_eq!(prefix_within("xé", 2), "x");
        assert_eq!(prefix_within("xé", 3), "xé");
        assert_eq!(prefix_within("é", 0), "");
    }
}
