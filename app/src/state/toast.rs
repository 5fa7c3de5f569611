//! A toast: a message at the edge of the page, with what can be done next.

use super::message::Msg;

/// How long a toast without buttons stays, in milliseconds.
pub const TOAST_MS: u32 = 8_000;

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
    /// A toast with a text alone.
    pub fn text(text: impl Into<String>) -> Toast {
        Toast { text: text.into(), code: String::new(), actions: Vec::new() }
    }
}
