//! A diagnostic about the input, as data. Its message comes from `words`.

/// The severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Information.
    Note,
    /// The build works, perhaps not as intended; or something is not modelled.
    Warning,
    /// The build or the start fails.
    Error,
}

/// One diagnostic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// A stable id; its message is in `data/words`.
    pub code: &'static str,
    /// The severity.
    pub severity: Severity,
    /// Values for the placeholders of the message.
    pub params: Vec<(&'static str, String)>,
    /// 1-based line of the Dockerfile.
    pub line: Option<usize>,
}
