//! The panels of the page.

/// The panels of the page. A small screen shows one of them at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are named after the panels")]
pub enum Panel {
    Lesson,
    Editor,
    Result,
    Terminal,
}
