//! Dockerfiles named on the command line.

use super::Usage;
use std::io::Read;
use std::path::{Path, PathBuf};

/// One file with its text.
#[derive(Debug)]
pub(super) struct Source {
    /// As named on the command line.
    pub(super) name: String,
    /// Bytes that are no UTF-8 are shown as U+FFFD.
    pub(super) text: String,
    path: Option<PathBuf>,
}

impl Source {
    /// Reads a file; `-` is the standard input.
    pub(super) fn read(path: &Path) -> Result<Self, Usage> {
        let name = path.display().to_string();
        let (bytes, path) = if name == "-" {
            let mut bytes = Vec::new();
            std::io::stdin().read_to_end(&mut bytes).map_err(|error| format!("standard input: {error}"))?;
            (bytes, None)
        } else {
            (std::fs::read(path).map_err(|error| format!("{name}: {error}"))?, Some(path.to_path_buf()))
        };
        let text = match String::from_utf8(bytes) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        };
        Ok(Source { name, text, path })
    }

    /// The folder that holds the file; `None` for the standard input.
    pub(super) fn directory(&self) -> Option<&Path> {
        let parent = self.path.as_deref()?.parent()?;
        Some(if parent.as_os_str().is_empty() { Path::new(".") } else { parent })
    }

    /// The name in its folder.
    pub(super) fn file_name(&self) -> String {
        let name = self.path.as_deref().and_then(Path::file_name);
        name.map_or_else(|| "Dockerfile".into(), |name| name.to_string_lossy().into_owned())
    }

    /// Puts a new text in place of the file; for the standard input it is printed.
    pub(super) fn write(&self, text: &str) -> Result<(), Usage> {
        let Some(path) = &self.path else {
            print!("{text}");
            return Ok(());
        };
        // A text that was read with replaced bytes must not go back: something would be lost.
        let same = std::fs::read(path).is_ok_and(|bytes| bytes == self.text.as_bytes());
        if !same {
            return Err(format!("{}: not written: it is no UTF-8, or it changed meanwhile", self.name));
        }
        std::fs::write(path, text).map_err(|error| format!("{}: {error}", self.name))
    }
}

/// Reads all files.
pub(super) fn read_all(paths: &[PathBuf]) -> Result<Vec<Source>, Usage> {
    paths.iter().map(|path| Source::read(path)).collect()
}
