//! Reads and rewrites the Dockerfiles that are given on the command line.

use super::output::replace_file;
use super::usage_error::UsageError;
use stageplay::disk::{read_found_file, read_named_file, read_to_limit};
use std::path::{Path, PathBuf};

/// Bytes of a Dockerfile. What is larger is something else.
pub(super) const MAX_DOCKERFILE_BYTES: u64 = 64 << 20;

/// A Dockerfile with its text.
#[derive(Debug)]
pub(super) struct DockerfileSource {
    /// The name as given on the command line.
    pub(super) name: String,
    /// The text. Bytes that are not UTF-8 are replaced by U+FFFD.
    pub(super) text: String,
    path: Option<PathBuf>,
}

impl DockerfileSource {
    /// Reads a file; `-` reads standard input.
    pub(super) fn read(path: &Path) -> Result<Self, UsageError> {
        let name = path.display().to_string();
        let (bytes, path) = if name == "-" {
            (
                read_to_limit(std::io::stdin(), MAX_DOCKERFILE_BYTES)
                    .map_err(|error| format!("standard input: {error}"))?,
                None,
            )
        } else {
            let bytes = read_named_file(path, MAX_DOCKERFILE_BYTES).map_err(|error| format!("{name}: {error}"))?;
            (bytes, Some(path.to_path_buf()))
        };
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        Ok(DockerfileSource { name, text, path })
    }

    /// The folder of the file; `None` for standard input.
    pub(super) fn directory(&self) -> Option<&Path> {
        let parent = self.path.as_deref()?.parent()?;
        Some(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })
    }

    /// The name of the file without its folder.
    pub(super) fn file_name(&self) -> String {
        let name = self.path.as_deref().and_then(Path::file_name);
        name.map_or_else(|| "Dockerfile".into(), |name| name.to_string_lossy().into_owned())
    }

    /// Replaces the content of the file. For standard input, prints the text.
    pub(super) fn write(&self, text: &str) -> Result<(), UsageError> {
        let Some(path) = &self.path else {
            print!("{text}");
            return Ok(());
        };
        // If bytes were replaced when the file was read, writing the text back would lose them.
        let is_unchanged = read_found_file(path, MAX_DOCKERFILE_BYTES).is_ok_and(|bytes| bytes == self.text.as_bytes());
        if !is_unchanged {
            return Err(format!(
                "{}: not written, because it is not UTF-8 or it was changed in the meantime",
                self.name
            ));
        }
        replace_file(path, text.as_bytes()).map_err(|error| format!("{}: {error}", self.name))
    }
}

/// Reads all files.
pub(super) fn read_all(paths: &[PathBuf]) -> Result<Vec<DockerfileSource>, UsageError> {
    paths.iter().map(|path| DockerfileSource::read(path)).collect()
}
