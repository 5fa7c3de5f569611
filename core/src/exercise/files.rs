//! The files of a pack, its digest, and the pack as one JSON text.

use crate::fs::{Content, Kind, Tree, path};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use stageplay_report::without_control_characters;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// The most files of a pack or a workspace.
pub const MAX_FILES: usize = 500;
/// The most bytes of all files of a pack or a workspace.
pub const MAX_BYTES: usize = 4 << 20;
/// The most files of a collection of packs.
pub const MAX_COLLECTION_FILES: usize = 5_000;
/// The most bytes of all files of a collection.
pub const MAX_COLLECTION_BYTES: usize = 32 << 20;
/// The longest path, in bytes.
const MAX_PATH: usize = 400;

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PackFile {
    /// Permission bits: 0o755 or 0o644.
    pub mode: u32,
    /// The content.
    pub bytes: Vec<u8>,
}

impl PackFile {
    /// A text that is not executable.
    pub fn text(text: &str) -> Self {
        PackFile { mode: 0o644, bytes: text.as_bytes().to_vec() }
    }

    /// The content, if it is text.
    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

/// Files by their paths, which are relative and have no `.` or `..`.
pub type Files = BTreeMap<String, PackFile>;

/// Whether a text is the path of a file below a folder: relative, without `.`, `..`, empty parts, control characters, and
/// characters that change the writing direction and can make a name look like another one.
pub(super) fn is_path(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= MAX_PATH
        && !text.contains(|c: char| c.is_control() || c == '\\')
        && without_control_characters(text) == text
        && text.split('/').all(|part| !["", ".", ".."].contains(&part))
}

/// Whether the files are within the limits, have valid paths, and no file is in the place of a folder.
///
/// # Errors
/// What is wrong: a message id, and the value of its placeholder `{what}`.
pub(super) fn check_files(files: &Files) -> Result<(), (&'static str, String)> {
    check_within(files, MAX_FILES, MAX_BYTES)
}

fn check_within(files: &Files, max_files: usize, max_bytes: usize) -> Result<(), (&'static str, String)> {
    if files.len() > max_files {
        return Err(("pack.too-many-files", max_files.to_string()));
    }
    if files.values().map(|file| file.bytes.len()).sum::<usize>() > max_bytes {
        return Err(("pack.too-large", max_bytes.to_string()));
    }
    for name in files.keys() {
        let mut folder = name.as_str();
        while let Some((above, _)) = folder.rsplit_once('/') {
            if files.contains_key(above) {
                return Err(("pack.file-and-folder", above.to_string()));
            }
            folder = above;
        }
        if !is_path(name) {
            return Err(("pack.bad-path", format!("{name:?}")));
        }
    }
    Ok(())
}

/// The files as a build context.
pub(super) fn tree(files: &Files) -> Tree {
    let mut tree = Tree::new();
    for (name, file) in files {
        let place = path::join("/", name);
        if tree.mkdir_all(path::parent(&place), 0o755, 0, 0).is_ok() {
            tree.put(&place, Kind::File(Content::inline(file.bytes.as_slice())), file.mode, 0, 0);
        }
    }
    tree
}

/// `sha256:` and 64 hexadecimal digits: the digest of files with their paths and modes.
pub fn digest(files: &Files) -> String {
    let mut hasher = Sha256::new();
    for (name, file) in files {
        for part in [name.as_bytes(), &file.mode.to_be_bytes(), &file.bytes] {
            hasher.update((part.len() as u64).to_be_bytes());
            hasher.update(part);
        }
    }
    format!("sha256:{}", hex(&hasher.finalize()))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// A file in JSON.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct JsonFile {
    path: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    executable: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    text: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    base64: Option<String>,
}

impl JsonFile {
    pub(super) fn new(path: &str, file: &PackFile) -> Self {
        let text = file.as_text().map(str::to_string);
        let base64 = text.is_none().then(|| Base64UrlUnpadded::encode_string(&file.bytes));
        JsonFile { path: path.to_string(), executable: file.mode & 0o111 != 0, text, base64 }
    }

    /// The path and the file; `None` if it has neither text nor valid base64url, or both.
    pub(super) fn file(self) -> Option<(String, PackFile)> {
        let bytes = match (self.text, self.base64) {
            (Some(text), None) => text.into_bytes(),
            (None, Some(data)) => Base64UrlUnpadded::decode_vec(data.trim_end_matches('=')).ok()?,
            _ => return None,
        };
        let mode = if self.executable { 0o755 } else { 0o644 };
        Some((self.path, PackFile { mode, bytes }))
    }
}

/// A pack, or a collection of packs, as one text.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Bundle {
    /// The version of the format.
    stageplay_pack: u32,
    /// The name of the pack's folder.
    name: String,
    files: Vec<JsonFile>,
}

/// The files of a pack or a collection as one JSON text.
pub fn to_bundle(name: &str, files: &Files) -> String {
    let files = files.iter().map(|(path, file)| JsonFile::new(path, file)).collect();
    serde_json::to_string(&Bundle { stageplay_pack: 1, name: name.to_string(), files }).unwrap_or_default()
}

/// The files that somebody needs who does the exercise and is not shown a solution: all but `solution/` and `states/`.
pub fn without_solution(files: &Files) -> Files {
    let kept = files.iter().filter(|(path, _)| !path.starts_with("solution/") && !path.starts_with("states/"));
    kept.map(|(path, file)| (path.clone(), file.clone())).collect()
}

/// Reads what [`to_bundle`] wrote: the name and the files.
///
/// # Errors
/// What is wrong: a message id, and the value of its placeholder `{what}`.
pub fn from_bundle(text: &str) -> Result<(String, Files), (&'static str, String)> {
    if text.len() > 2 * MAX_COLLECTION_BYTES {
        return Err(("pack.too-large", (2 * MAX_COLLECTION_BYTES).to_string()));
    }
    let bundle: Bundle = serde_json::from_str(text).map_err(|error| ("pack.bad-bundle", error.to_string()))?;
    if bundle.stageplay_pack != 1 {
        return Err(("pack.newer-format", bundle.stageplay_pack.to_string()));
    }
    let mut files = Files::new();
    for file in bundle.files {
        let path = file.path.clone();
        let (name, file) = file.file().ok_or_else(|| ("pack.bad-bundle", path.clone()))?;
        if files.insert(name, file).is_some() {
            return Err(("pack.bad-bundle", path));
        }
    }
    check_within(&files, MAX_COLLECTION_FILES, MAX_COLLECTION_BYTES)?;
    Ok((bundle.name, files))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_brings_everything_back() {
        let program = PackFile { mode: 0o755, bytes: vec![0x7f, b'E', 0xff] };
        let files = Files::from([("pack.toml".into(), PackFile::text("format = 1\n")), ("start/app".into(), program)]);
        let (name, back) = from_bundle(&to_bundle("one", &files)).unwrap();
        assert_eq!((name.as_str(), &back), ("one", &files));
        assert_eq!(digest(&back), digest(&files));
        let mut changed = files.clone();
        changed.get_mut("start/app").unwrap().mode = 0o644;
        assert_ne!(digest(&changed), digest(&files));
    }

    #[test]
    fn paths_stay_in_the_pack() {
        for bad in ["", "/etc/passwd", "../x", "a/../b", "a//b", "a/", "a\nb", ".", "a\\b", "a\u{202e}txt.exe"] {
            assert!(!is_path(bad), "{bad:?}");
            let files = Files::from([(bad.to_string(), PackFile::text(""))]);
            assert!(from_bundle(&to_bundle("x", &files)).is_err(), "{bad:?}");
        }
        let both = Files::from([("a".into(), PackFile::text("")), ("a/b".into(), PackFile::text(""))]);
        assert_eq!(check_files(&both).unwrap_err().0, "pack.file-and-folder");
    }
}
