//! Something to tell a person about their input: data, not text. Words come from `words`.

/// How bad it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Teaching, no judgement.
    Note,
    /// Works, perhaps not as meant; or something is not modelled.
    Warning,
    /// The build or the start fails.
    Error,
}

/// One remark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable id with words in `data/words`.
    pub code: &'static str,
    /// How bad.
    pub severity: Severity,
    /// Values for the words.
    pub params: Vec<(&'static str, String)>,
    /// 1-based line of the Dockerfile.
    pub line: Option<usize>,
}
