//! The fields of /etc/os-release.

/// A field of a text such as /etc/os-release, without quotes.
pub fn os_field(text: &str, name: &str) -> Option<String> {
    let value = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    Some(value.trim_matches('"').to_string())
}
