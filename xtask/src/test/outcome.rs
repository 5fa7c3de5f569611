//! How a section of the tests ended.

/// How a section that did not fail ended.
#[derive(Debug)]
pub(crate) enum Outcome {
    Passed,
    /// Passed, but some of its tests did not run: why.
    PassedInPart(String),
    Skipped(String),
}
