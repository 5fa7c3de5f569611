//! What builds made on an engine, kept on disk line by line until it is removed: a server that is
//! killed leaves a journal, and the next one removes what stands in it.

use std::collections::BTreeSet;
use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Ids of containers and images that are ours.
#[derive(Debug)]
pub struct Journal {
    path: Option<PathBuf>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    file: Option<File>,
    held: BTreeSet<String>,
}

impl Journal {
    /// In memory only: for one build of the command line, which cleans up by itself.
    pub fn in_memory() -> Self {
        Journal { path: None, inner: Mutex::default() }
    }

    /// Opens the journal of a folder; what a server before left in it is held again.
    ///
    /// # Errors
    /// The folder cannot be made or written.
    pub fn open(folder: &Path) -> std::io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join("journal");
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let mut held = BTreeSet::new();
        for line in text.lines() {
            // A torn last line names nothing.
            match line.split_at_checked(1) {
                Some(("+", id)) if valid(id) => held.insert(id.to_string()),
                Some(("-", id)) => held.remove(id),
                _ => false,
            };
        }
        let journal = Journal { path: Some(path), inner: Mutex::new(Inner { file: None, held }) };
        journal.rewrite()?;
        Ok(journal)
    }

    fn rewrite(&self) -> std::io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let text: String = inner.held.iter().map(|id| format!("+{id}\n")).collect();
        let fresh = path.with_extension("new");
        std::fs::write(&fresh, text)?;
        std::fs::rename(&fresh, path)?;
        inner.file = Some(OpenOptions::new().append(true).open(path)?);
        Ok(())
    }

    fn line(&self, sign: char, id: &str) {
        let mut inner = self.inner.lock().unwrap_or_else(PoisonError::into_inner);
        let changed = if sign == '+' { inner.held.insert(id.into()) } else { inner.held.remove(id) };
        if changed && let Some(file) = &mut inner.file {
            // Without a journal leftovers are found by their label; builds go on.
            let _ = writeln!(file, "{sign}{id}");
        }
    }

    /// Something was made: `container:ID` or `image:ID`.
    pub fn made(&self, id: &str) {
        if valid(id) {
            self.line('+', id);
        }
    }

    /// It is gone.
    pub fn gone(&self, id: &str) {
        self.line('-', id);
    }

    /// All that is held.
    pub fn held(&self) -> Vec<String> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner).held.iter().cloned().collect()
    }
}

fn valid(id: &str) -> bool {
    id.len() <= 200
        && (id.starts_with("container:") || id.starts_with("image:"))
        && id.chars().all(|c| c.is_ascii_alphanumeric() || c == ':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_removed_is_there_again() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path()).unwrap();
        journal.made("container:abc");
        journal.made("image:def");
        journal.gone("container:abc");
        journal.made("image:../../etc");
        drop(journal);
        std::fs::OpenOptions::new()
            .append(true)
            .open(folder.path().join("journal"))
            .unwrap()
            .write_all(b"+im")
            .unwrap();
        let again = Journal::open(folder.path()).unwrap();
        assert_eq!(again.held(), ["image:def"]);
    }
}
