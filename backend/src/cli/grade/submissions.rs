//! Reads submissions: texts, tables of a form, and folders.

use crate::cli::usage_error::UsageError;
use stageplay::disk::{open_regular_file, read_found_file};
use stageplay_core::exercise::{Files, MAX_BYTES, MAX_FILES, PackFile, Submission, Unreadable, Work};
use stageplay_grading::{Entries, Entry, Packs, TableError};
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// The largest file with submissions, in bytes.
const MAX_FILE: u64 = 512 << 20;
/// How deep folders of submissions may be nested.
const MAX_DEPTH: usize = 8;

/// Reads all submissions, in order of the arguments, of folders in order of the names.
///
/// # Errors
/// A path of the command line that cannot be read.
pub(super) fn read(paths: &[PathBuf], id_column: Option<&str>, packs: &Packs) -> Result<Vec<Entry>, UsageError> {
    let mut reader = Reader {
        id_column,
        dockerfile: packs.only().map(|pack| pack.dockerfile.clone()),
        packs,
        entries: Entries::default(),
    };
    for path in paths {
        if !path.exists() {
            return Err(format!("{} does not exist", path.display()));
        }
        reader.add(path, 0)?;
    }
    Ok(reader.entries.into_vec())
}

struct Reader<'a> {
    id_column: Option<&'a str>,
    /// The Dockerfile's path in a workspace, if one pack is graded.
    dockerfile: Option<String>,
    packs: &'a Packs,
    entries: Entries,
}

impl Reader<'_> {
    fn add(&mut self, path: &Path, depth: usize) -> Result<(), UsageError> {
        let shown = path.display().to_string();
        let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
        let meta = if depth == 0 { fs::metadata(path) } else { fs::symlink_metadata(path) }.map_err(fail)?;
        if meta.is_dir() {
            if self.dockerfile.as_ref().is_some_and(|name| path.join(name).is_file()) {
                let full = path.canonicalize().map_err(fail)?;
                let student = full.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let submission = self.workspace(path, &student);
                self.entries.push(shown, student, submission);
                return Ok(());
            }
            if depth == MAX_DEPTH {
                return Ok(());
            }
            let mut entries = Vec::new();
            for entry in fs::read_dir(path).map_err(fail)? {
                entries.push(entry.map_err(fail)?.path());
            }
            entries.sort();
            let before = self.entries.len();
            for entry in entries {
                if let Err(error) = self.add(&entry, depth + 1) {
                    self.entries.push(entry.display().to_string(), String::new(), Err(("submission.bad-data", error)));
                }
            }
            if depth > 0 && self.entries.len() == before {
                let student = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                self.entries.push(shown, student, Err(("submission.empty-folder", String::new())));
            }
            return Ok(());
        }
        if !meta.is_file() || meta.len() > MAX_FILE {
            self.entries.push_no_submission(shown);
            return Ok(());
        }
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            return self.table(path);
        }
        let bytes = read_found_file(path, MAX_FILE).map_err(fail)?;
        self.entries.add_text(&shown, &bytes);
        Ok(())
    }

    /// A table of a form: each row with a submission in one of its cells.
    fn table(&mut self, path: &Path) -> Result<(), UsageError> {
        let bytes =
            read_found_file(path, MAX_FILE).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let added = self.entries.add_table(&path.display().to_string(), &bytes, self.id_column);
        added.map_err(|error| match error {
            TableError::NoColumn(name) => format!("{} has no column {name:?}", path.display()),
            TableError::NoTable(error) => format!("cannot read {}: {error}", path.display()),
        })
    }

    /// A workspace as it is, of the student after whom its folder is named.
    fn workspace(&self, path: &Path, student: &str) -> Result<Submission, Unreadable> {
        let Some(pack) = self.packs.only() else { return Err(("submission.no-prefix", String::new())) };
        let workspace = read_workspace(path).map_err(|error| ("submission.bad-files", error))?;
        let seed = self.packs.seed(pack, student);
        let pack = self.packs.variant(0, &seed).ok_or(("submission.unknown-pack", pack.name.clone()))?;
        let work = Work::of(&pack, &seed, &workspace, &[]);
        work.workspace(&pack)?;
        let version = env!("CARGO_PKG_VERSION").to_string();
        Ok(Submission { student: student.to_string(), name: String::new(), version, work: vec![work] })
    }
}

/// The files of a workspace on disk.
///
/// # Errors
/// A file cannot be read, or there is more than a workspace may hold.
pub(crate) fn read_workspace(top: &Path) -> Result<Files, String> {
    let mut files = Files::new();
    let mut bytes = 0;
    let mut folders = vec![(top.to_path_buf(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let fail = |error: std::io::Error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            let fail = |error: std::io::Error| format!("{}: {error}", path.display());
            let name = path.file_name().and_then(|name| name.to_str()).ok_or_else(|| path.display().to_string())?;
            let place = format!("{prefix}{name}");
            let meta = fs::symlink_metadata(&path).map_err(fail)?;
            if meta.is_dir() {
                if prefix.matches('/').count() < 50 {
                    folders.push((path.clone(), format!("{place}/")));
                }
                continue;
            }
            if !meta.is_file() {
                return Err(format!("{place}: a symbolic link, a device or a pipe"));
            }
            if files.len() == MAX_FILES || bytes > MAX_BYTES {
                return Err(format!("more than {MAX_FILES} files or {MAX_BYTES} bytes"));
            }
            let mut content = Vec::new();
            let file = open_regular_file(&path).map_err(fail)?;
            file.take(MAX_BYTES as u64 + 1).read_to_end(&mut content).map_err(fail)?;
            bytes += content.len();
            let mode = if meta.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 };
            files.insert(place, PackFile { mode, bytes: content });
        }
    }
    Ok(files)
}
