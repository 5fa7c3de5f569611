//! Paths inside a root: absolute, `/`-separated, without `.` and `..`, no trailing slash.

/// Joins `path` to `base` (unless it is absolute) and removes `.`, `..` and doubled slashes.
///
/// Purely textual: symbolic links are not followed.
pub fn join(base: &str, path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    let bases = if path.starts_with('/') { "" } else { base };
    for part in bases.split('/').chain(path.split('/')) {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    let mut joined = String::with_capacity(base.len() + path.len() + 1);
    for part in parts {
        joined.push('/');
        joined.push_str(part);
    }
    if joined.is_empty() {
        joined.push('/');
    }
    joined
}

/// Go's `path.Clean`: the shortest path of the same meaning, relative if it was; `.` for nothing.
pub(crate) fn clean(path: &str) -> String {
    let rooted = path.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if rooted => {}
            name => parts.push(name),
        }
    }
    let joined = parts.join("/");
    match (rooted, joined.is_empty()) {
        (true, _) => format!("/{joined}"),
        (false, true) => ".".into(),
        (false, false) => joined,
    }
}

/// The directory that holds `path`; `/` for `/` itself.
pub fn parent(path: &str) -> &str {
    match path.rfind('/') {
        Some(0) | None => "/",
        Some(at) => path.get(..at).unwrap_or("/"),
    }
}

/// The last component of `path`; empty for `/`.
pub fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Whether `path` is `directory` itself or lies below it.
pub fn is_within(path: &str, directory: &str) -> bool {
    directory == "/" || path == directory || path.strip_prefix(directory).is_some_and(|rest| rest.starts_with('/'))
}
