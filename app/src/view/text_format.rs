//! Small texts that several views show.

/// A text cut to at most `limit` characters, the last of which is then an ellipsis.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    if text.chars().count() <= limit { text.to_string() } else { text.chars().take(limit - 1).chain(['…']).collect() }
}

/// Permission bits and owner: `0755 0:0`.
pub(super) fn mode_and_owner(mode: u32, (uid, gid): (u32, u32)) -> String {
    format!("{mode:04o} {uid}:{gid}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_ends_with_an_ellipsis() {
        assert_eq!((shorten("abc", 3).as_str(), shorten("äbcd", 3).as_str()), ("abc", "äb…"));
        assert_eq!(mode_and_owner(0o755, (0, 10)), "0755 0:10");
    }
}
