//! Reads submissions: texts, tables of a form, and folders.

use super::packs::Packs;
use crate::cli::usage::UsageError;
use stageplay_core::exercise::{Files, MAX_BYTES, MAX_FILES, PackFile, Submission, Unreadable, Work};
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// One submission, or why it cannot be read.
#[derive(Debug)]
pub(super) struct Entry {
    /// Where it was found: a path, with the row of a table.
    pub(super) source: String,
    /// The student's id as the table or the folder says it; empty if only the submission does.
    pub(super) student: String,
    pub(super) submission: Result<Submission, Unreadable>,
}

/// The most submissions that are read.
const MAX_ENTRIES: usize = 100_000;
/// The most bytes of the files of all submissions together, as small texts may unpack to large files.
const MAX_ALL_BYTES: usize = 1 << 30;
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
        all: Vec::new(),
        bytes: 0,
    };
    for path in paths {
        if !path.exists() {
            return Err(format!("{} does not exist", path.display()));
        }
        reader.add(path, 0)?;
    }
    Ok(reader.all)
}

struct Reader<'a> {
    id_column: Option<&'a str>,
    /// The Dockerfile's path in a workspace, if one pack is graded.
    dockerfile: Option<String>,
    packs: &'a Packs,
    all: Vec<Entry>,
    /// Bytes of the files of all submissions.
    bytes: usize,
}

impl Reader<'_> {
    fn push(&mut self, source: String, student: String, submission: Result<Submission, Unreadable>) {
        let files = submission.iter().flat_map(|one| &one.work).flat_map(|work| work.files.values());
        self.bytes += files.map(|file| file.bytes.len()).sum::<usize>();
        let submission = match submission {
            Ok(_) if self.bytes > MAX_ALL_BYTES => Err(("submission.all-too-large", MAX_ALL_BYTES.to_string())),
            submission => submission,
        };
        if self.all.len() < MAX_ENTRIES {
            self.all.push(Entry { source, student, submission });
        }
    }

    fn add(&mut self, path: &Path, depth: usize) -> Result<(), UsageError> {
        let shown = path.display().to_string();
        let fail = |error: std::io::Error| format!("cannot read {}: {error}", path.display());
        let meta = if depth == 0 { fs::metadata(path) } else { fs::symlink_metadata(path) }.map_err(fail)?;
        if meta.is_dir() {
            if self.dockerfile.as_ref().is_some_and(|name| path.join(name).is_file()) {
                let full = path.canonicalize().map_err(fail)?;
                let student = full.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
                let submission = self.workspace(path, &student);
                self.push(shown, student, submission);
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
            for entry in entries {
                if let Err(error) = self.add(&entry, depth + 1) {
                    self.push(entry.display().to_string(), String::new(), Err(("submission.bad-data", error)));
                }
            }
            return Ok(());
        }
        if !meta.is_file() || meta.len() > MAX_FILE {
            self.push(shown, String::new(), Err(("submission.no-prefix", String::new())));
            return Ok(());
        }
        if path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
            return self.table(path);
        }
        let bytes = fs::read(path).map_err(fail)?;
        let text = String::from_utf8_lossy(&bytes);
        let found = Submission::find_all(&text);
        if found.is_empty() {
            self.push(shown.clone(), String::new(), Err(("submission.no-prefix", String::new())));
        }
        for one in found {
            self.push(shown.clone(), String::new(), Submission::from_text(one));
        }
        Ok(())
    }

    /// A table of a form: each row with a submission in one of its cells.
    fn table(&mut self, path: &Path) -> Result<(), UsageError> {
        let bytes = fs::read(path).map_err(|error| format!("cannot read {}: {error}", path.display()))?;
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text);
        let mut column: Option<usize> = None;
        for (index, record) in reader.byte_records().enumerate() {
            let source = format!("{}:{}", path.display(), index + 1);
            let record = record.map_err(|error| format!("cannot read {}: {error}", path.display()))?;
            let cells: Vec<String> = record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            let found: Vec<&str> = cells.iter().flat_map(|cell| Submission::find_all(cell)).collect();
            if index == 0 && found.is_empty() {
                column = self.id_column.and_then(|name| cells.iter().position(|cell| cell.trim() == name));
                if let (Some(name), None) = (self.id_column, column) {
                    return Err(format!("{} has no column {name:?}", path.display()));
                }
                continue;
            }
            let student = column.and_then(|at| cells.get(at)).map(|cell| cell.trim().to_string()).unwrap_or_default();
            if found.is_empty() && cells.iter().any(|cell| !cell.trim().is_empty()) {
                self.push(source, student, Err(("submission.no-prefix", String::new())));
                continue;
            }
            for one in found {
                self.push(source.clone(), student.clone(), Submission::from_text(one));
            }
        }
        Ok(())
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
            let file = fs::File::open(&path).map_err(fail)?;
            file.take(MAX_BYTES as u64 + 1).read_to_end(&mut content).map_err(fail)?;
            bytes += content.len();
            let mode = if meta.permissions().mode() & 0o111 == 0 { 0o644 } else { 0o755 };
            files.insert(place, PackFile { mode, bytes: content });
        }
    }
    Ok(files)
}
