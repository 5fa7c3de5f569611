//! Normalized names of Python packages (PEP 503).

/// The normalized form of a name, by which indexes compare it (PEP 503).
pub(crate) fn canonical_name(name: &str) -> String {
    let mut out = String::new();
    for c in name.chars() {
        match c {
            '-' | '_' | '.' if out.ends_with('-') => {}
            '-' | '_' | '.' => out.push('-'),
            c => out.extend(c.to_lowercase()),
        }
    }
    out
}
