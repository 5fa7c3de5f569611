//! Reads submissions from texts and from tables of a form.

use stageplay_core::exercise::{Submission, Unreadable, Work};

/// One submission, or why it cannot be read.
#[derive(Debug)]
pub struct Entry {
    /// Where it was found: a path, with the row of a table.
    pub source: String,
    /// The student's id as a table or a folder says it; empty if only the submission does.
    pub student: String,
    /// The submission.
    pub submission: Result<Submission, Unreadable>,
}

/// The most submissions that are read.
const MAX_ENTRIES: usize = 100_000;
/// The most bytes of all submissions together in memory, as small texts may unpack to much.
const MAX_ALL_BYTES: usize = 1 << 30;

/// All submissions, in the order in which they were added.
#[derive(Debug, Default)]
pub struct Entries {
    all: Vec<Entry>,
    /// Bytes of all submissions in memory.
    bytes: usize,
}

/// Why a table cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TableError {
    /// It has no column with this heading.
    NoColumn(String),
    /// It is not a table: the reader's message.
    NoTable(String),
}

/// About the bytes that a piece of work takes in memory.
fn bytes(work: &Work) -> usize {
    let files = work.files.iter().map(|(path, file)| path.len() + file.bytes.len() + 128).sum::<usize>();
    let texts = work.removed.iter().chain(&work.commands).map(|text| text.len() + 64).sum::<usize>();
    1_024 + files + texts
}

impl Entries {
    /// The submissions.
    pub fn into_vec(self) -> Vec<Entry> {
        self.all
    }

    /// The number of submissions.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Adds a submission.
    pub fn push(&mut self, source: String, student: String, submission: Result<Submission, Unreadable>) {
        let bytes: usize = submission.iter().flat_map(|one| &one.work).map(bytes).sum();
        let submission = match submission {
            // Smaller ones that follow may still fit.
            Ok(_) if self.bytes + bytes > MAX_ALL_BYTES => Err(("submission.all-too-large", MAX_ALL_BYTES.to_string())),
            submission => submission,
        };
        if submission.is_ok() {
            self.bytes += bytes;
        }
        if self.all.len() < MAX_ENTRIES {
            self.all.push(Entry { source, student, submission });
        }
    }

    /// Adds something that is no submission.
    pub fn push_no_submission(&mut self, source: String) {
        self.push(source, String::new(), Err(("submission.no-prefix", String::new())));
    }

    /// Adds all submissions of a text.
    pub fn add_text(&mut self, source: &str, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let found = Submission::find_all(&text);
        if found.is_empty() {
            self.push_no_submission(source.to_string());
        }
        for one in found {
            self.push(source.to_string(), String::new(), Submission::from_text(one));
        }
    }

    /// Adds the submissions of a table of a form, CSV: each row with a submission in one of its cells. With `id_column`, a
    /// heading, the cell of that column is the student's id.
    ///
    /// # Errors
    /// There is no such column, or it is no table; rows before the fault are added.
    pub fn add_table(&mut self, source: &str, bytes: &[u8], id_column: Option<&str>) -> Result<(), TableError> {
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let mut reader = csv::ReaderBuilder::new().flexible(true).has_headers(false).from_reader(text);
        let mut column: Option<usize> = None;
        for (index, record) in reader.byte_records().enumerate() {
            let source = format!("{source}:{}", index + 1);
            let record = record.map_err(|error| TableError::NoTable(error.to_string()))?;
            let cells: Vec<String> = record.iter().map(|cell| String::from_utf8_lossy(cell).into_owned()).collect();
            let found: Vec<&str> = cells.iter().flat_map(|cell| Submission::find_all(cell)).collect();
            if index == 0 && found.is_empty() {
                column = id_column.and_then(|name| cells.iter().position(|cell| cell.trim() == name));
                if let (Some(name), None) = (id_column, column) {
                    return Err(TableError::NoColumn(name.to_string()));
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_in_a_submission_counts_as_bytes() {
        let command = "x".repeat(1_000);
        let removed = (0..200).map(|number| format!("{number:01000}")).collect();
        let mut entries = Entries { bytes: MAX_ALL_BYTES - 150_000, ..Entries::default() };
        let mut is_read = |work: Work| {
            entries.push(String::new(), String::new(), Ok(Submission { work: vec![work], ..Submission::default() }));
            entries.all.last().is_some_and(|one| one.submission.is_ok())
        };
        assert!(!is_read(Work { commands: vec![command; 200], ..Work::default() }));
        assert!(!is_read(Work { removed, ..Work::default() }));
        assert!(is_read(Work::default()), "a small one still fits");
    }
}
