//! Paths of Windows stages.

use crate::text::go_quote;

/// Takes the drive letter off a path on Windows (moby/buildkit, `util/system/path.go`).
pub(super) fn windows_path(path: &str) -> Result<String, String> {
    if path.len() == 2 && path.ends_with(':') {
        return Err(format!("No relative path specified in {}", go_quote(path)));
    }
    let slashed = path.replace('\\', "/");
    if slashed.starts_with("//") {
        return Err("UNC paths are not supported".into());
    }
    match slashed.split_once(':') {
        None => Ok(slashed),
        Some((drive, rest)) if drive.eq_ignore_ascii_case("c") => Ok(rest.to_string()),
        Some(_) => Err("The specified path is not on the system drive (C:)".into()),
    }
}
