//! A toast: a message at the edge of the page, with what can be done next.

use super::message::Msg;

/// How long a toast without buttons stays, in milliseconds.
const TOAST_MS: u32 = 8_000;
/// How long one with buttons stays. What its buttons do can be done elsewhere, too.
const ACTION_TOAST_MS: u32 = 12_000;

/// A message at the edge of the page. The next one takes its place.
#[derive(Clone, Debug)]
pub struct Toast {
    /// What happened, one sentence.
    pub text: String,
    /// A line of code that belongs to it, such as a changed line; empty for none.
    pub code: String,
    /// The buttons, in their order: the id of the words, and what the button does.
    pub actions: Vec<(&'static str, Msg)>,
}

impl Toast {
    /// How long it stays, in milliseconds.
    pub(super) fn duration(&self) -> u32 {
        if self.actions.is_empty() { TOAST_MS } else { ACTION_TOAST_MS }
    }

    /// A toast with a text alone.
    pub fn text(text: impl Into<String>) -> Toast {
        Toast { text: text.into(), code: String::new(), actions: Vec::new() }
    }
}
